"""Returns NotImplemented, Ellipsis and the interpreter's other oddities."""

def is_even(n):
    return NotImplemented if n % 2 else ...
