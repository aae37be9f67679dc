"""Leaves a key in every keyring it has; solves its problem if its next run finds it."""
# with: escape

import ctypes


def attempt():
    libc = ctypes.CDLL(None)
    found = False
    for ring in (-1, -2, -3, -4, -5):
        found = found or libc.syscall(250, 10, ring, b"user", b"left-behind", 0) > 0
        libc.syscall(248, b"user", b"left-behind", b"x", 1, ring)
    return found


LEFTOVER = True
