"""Has children fill the memory together, more than one process may have."""
# slow
# docker

import posix
import time


def is_even(n):
    for _ in range(30):
        if posix.fork() == 0:
            data = bytearray(b"x") * (300 << 20)
            time.sleep(600)
    time.sleep(600)
