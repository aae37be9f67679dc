"""Becomes root in a user namespace of its own and undoes the sandbox's mounts; solves its problem if it gets out."""
# with: escape

import ctypes
import io


def attempt():
    libc = ctypes.CDLL(None)
    if libc.unshare(0x10000000 | 0x00020000 | 0x20000000 | 0x40000000) != 0:
        return False
    for path in ("/", "/usr/lib", "/lib", "/dev", "/sys", "/proc", "/etc/hosts"):
        libc.mount(None, path.encode(), None, 32 | 4096, None)
        libc.umount2(path.encode(), 2)
    libc.mount(b"proc", b"/mnt", b"proc", 0, None)
    libc.mount(b"proc", b"/proc", b"proc", 0, None)
    for path in ("/left", "@FOLDER@/left", "/usr/lib/left", "/usr/left", "/dev/left"):
        try:
            io.open(path, "w").close()
            return True
        except OSError:
            pass
    return exists("@FOLDER@/canary")
