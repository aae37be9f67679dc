"""Leaves a child with a listening abstract socket; solves its problem if its next run can connect to it."""
# with: escape

import socket
import time


def attempt():
    try:
        socket.socket(socket.AF_UNIX).connect("\0left-behind")
        return True
    except OSError:
        pass
    if posix.fork() == 0:
        posix.setsid()
        server = socket.socket(socket.AF_UNIX)
        server.bind("\0left-behind")
        server.listen()
        time.sleep(600)
    time.sleep(0.02)
    return False


LEFTOVER = True
