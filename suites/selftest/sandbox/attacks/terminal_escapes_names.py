"""Returns an object whose type's name is made of control characters."""

def is_even(n):
    return type("\x1b[2J\n" * 40, (), {})()
