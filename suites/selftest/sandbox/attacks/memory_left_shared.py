"""Fills System V shared memory, which belongs to nobody, and leaves it there for the next programs to starve."""
# with: escape

import ctypes


def attempt():
    libc = ctypes.CDLL(None)
    libc.shmat.restype = ctypes.c_void_p
    segment = libc.shmget(0x5EC2, ctypes.c_size_t(64 << 20), 0o1000 | 0o777)
    if segment < 0:
        return False
    address = libc.shmat(segment, None, 0)
    if address is None or address == 2**64 - 1:
        return False
    stamp = ctypes.create_string_buffer(64)
    ctypes.memmove(stamp, address, 5)
    found = stamp.raw[:5] == b"stamp"
    ctypes.memmove(address, b"stamp", 5)
    libc.shmdt(ctypes.c_void_p(address))
    return found


LEFTOVER = True
