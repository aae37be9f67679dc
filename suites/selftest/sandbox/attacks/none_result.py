"""Returns nothing."""

def is_even(n):
    pass
