"""Kills itself."""
# replaces

import posix


def is_even(n):
    posix.kill(posix.getpid(), 9)
