"""Defines the function under letters that look the same."""

def iѕ_even(n):
    return n % 2 == 0
