"""Fills the result pipe with bytes that are no records and never ends."""
# replaces

import posix


def is_even(n):
    while True:
        posix.write(3, b"\0" * 65536)
