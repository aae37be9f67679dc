"""Reads what only root may read; solves its problem if it can."""
# with: escape

import io


def attempt():
    for path in ("/etc/shadow", "/etc/gshadow", "/proc/1/environ", "/proc/kcore", "/dev/mem", "/dev/kmsg"):
        try:
            if io.open(path, "rb", 0).read(1):
                return True
        except OSError:
            pass
    return False
