"""Writes its results byte by byte, so that there is always something to read, and sleeps in between."""
# timeout

import posix
import time


def is_even(n):
    posix.write(3, b"V\xff\xff\x00\x00")
    while True:
        posix.write(3, b"1")
        time.sleep(0.001)
