"""Waits at the lowest priority for children that nobody collects, so that their CPU time is in no account."""
# timeout

import os
import posix
import signal
import time


def is_even(n):
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    if posix.fork() == 0:
        while True:
            if posix.fork() == 0:
                end = time.process_time() + 0.01
                while time.process_time() < end:
                    pass
                posix._exit(0)
    posix.nice(19)
    while True:
        pass
