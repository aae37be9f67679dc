"""Gives itself capabilities and keeps them; solves its problem if it can."""
# with: escape

import ctypes


def attempt():
    libc = ctypes.CDLL(None)
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)
    all_of_them = (ctypes.c_uint32 * 6)(0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0x1FF, 0x1FF, 0x1FF)
    some = (ctypes.c_uint32 * 6)(1 << 7, 1 << 7, 0, 0, 0, 0)
    return libc.syscall(126, header, all_of_them) == 0 or libc.syscall(126, header, some) == 0
