"""Returns a set of numbers that all have one hash."""

def is_even(n):
    return {index * (2**61 - 1) for index in range(1, 500)}
