"""Stops itself."""
# timeout

import posix


def is_even(n):
    posix.kill(posix.getpid(), 19)
