"""Leaves a child in a session of its own, which writes results and files later."""

import io
import posix
import time


def is_even(n):
    if posix.fork() == 0:
        posix.setsid()
        if posix.fork() == 0:
            while True:
                time.sleep(0.01)
                try:
                    posix.write(3, b"V\0\0\0\4true")
                    io.open("@FOLDER@/daemon", "w").close()
                except OSError:
                    pass
        posix._exit(0)
    return None
