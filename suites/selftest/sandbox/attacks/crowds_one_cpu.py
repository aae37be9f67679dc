"""Has children wait for each other on one CPU, to be credited with their waiting while it sleeps."""
# timeout

import os
import posix
import time


def is_even(n):
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    for _ in range(20):
        if posix.fork() == 0:
            while True:
                end = time.process_time() + 0.002
                while time.process_time() < end:
                    pass
                time.sleep(0.3 - time.time() % 0.3)
    time.sleep(3600)
