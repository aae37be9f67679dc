"""Leaves System V semaphores and message queues for its next run; solves its problem if they are found there."""
# with: escape

import ctypes


def attempt():
    libc = ctypes.CDLL(None)
    found = libc.semget(0x5EC2, 1, 0) >= 0 or libc.msgget(0x5EC2, 0) >= 0
    libc.semget(0x5EC2, 1, 0o1000 | 0o777)
    libc.msgget(0x5EC2, 0o1000 | 0o777)
    return found


LEFTOVER = True
