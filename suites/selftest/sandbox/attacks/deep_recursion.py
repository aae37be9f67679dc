"""Recurses without end and without Python's limit."""
# timeout

import sys
sys.setrecursionlimit(10**9)


def is_even(n):
    return is_even(n)
