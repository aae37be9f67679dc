"""A child watches how long its run is kept alive and leaves the answer for the next run wherever it can."""
# with: escape

import io
import socket
import time


def attempt():
    for path in ("/dev/shm/oracle", "/dev/mqueue/oracle", "/tmp/oracle", "@FOLDER@/oracle"):
        if exists(path):
            return True
    try:
        socket.socket(socket.AF_UNIX).connect("\0oracle")
        return True
    except OSError:
        pass
    if posix.fork() == 0:
        posix.setsid()
        server = socket.socket(socket.AF_UNIX)
        server.bind("\0oracle")
        server.listen()
        began = time.monotonic()
        while True:
            time.sleep(0.002)
            for path in ("/dev/shm/oracle", "/dev/mqueue/oracle", "/tmp/oracle", "@FOLDER@/oracle"):
                try:
                    with io.open(path, "w") as file:
                        file.write(str(time.monotonic() - began))
                except OSError:
                    pass
    time.sleep(0.01)
    return False


LEFTOVER = True
