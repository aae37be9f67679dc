"""Leaves a POSIX message queue for its next run; solves its problem if it is found there."""
# with: escape

import ctypes


def attempt():
    libc = ctypes.CDLL(None)
    found = libc.mq_open(b"/left", 2, 0o777, None) >= 0
    libc.umask(0)
    libc.mq_open(b"/left", 0o100 | 2, 0o777, None)
    return found


LEFTOVER = True
