"""Returns a set of 300,000 numbers."""

def is_even(n):
    return set(range(300_000))
