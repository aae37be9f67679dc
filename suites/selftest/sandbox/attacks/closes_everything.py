"""Closes every descriptor and goes on."""
# replaces

import posix
posix.closerange(0, 64)


def is_even(n):
    return None
