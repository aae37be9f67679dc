"""Mounts, unmounts and changes its root; solves its problem if it can."""
# with: escape

import ctypes


def attempt():
    libc = ctypes.CDLL(None)
    return any(
        result == 0
        for result in (
            libc.mount(b"none", b"/mnt", b"tmpfs", 0, None),
            libc.mount(None, b"/", None, 32 | 4096, None),
            libc.umount2(b"/", 2),
            libc.chroot(b"/"),
            libc.syscall(155, b"/", b"/"),
        )
    )
