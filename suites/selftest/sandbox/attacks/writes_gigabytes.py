"""Writes to its own standard output and error without end."""
# timeout

import posix


def is_even(n):
    while True:
        posix.write(1, b"x" * 65536)
        posix.write(2, b"x" * 65536)
