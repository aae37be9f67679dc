"""Ends programs that write result records themselves, in the format of ``runner/candidate.py``, to every descriptor."""

import posix
import struct


def record(kind, payload=b""):
    return struct.pack(">cI", kind, len(payload)) + payload


def send(data):
    for fd in range(3, 16):
        view = memoryview(data)
        try:
            while view:
                view = view[posix.write(fd, view) :]
        except OSError:
            pass
