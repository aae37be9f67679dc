"""Ends while a child of it holds the result pipe open and sleeps."""
# timeout

import posix
import time


def is_even(n):
    if posix.fork() == 0:
        posix.setsid()
        time.sleep(600)
    posix._exit(0)
