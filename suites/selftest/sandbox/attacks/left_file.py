"""Leaves files wherever it can for its next run; solves its problem if it finds one there."""
# with: escape

import io
import posix
import sys


def attempt():
    found = False
    folders = ["/tmp", "/dev/shm", "/dev/mqueue", "/var/tmp", "/run", "/dev", "/", "@FOLDER@", *sys.path, "/servecheck"]
    for folder in folders:
        path = folder + "/left-behind"
        found = found or exists(path)
        try:
            io.open(path, "w").close()
        except OSError:
            pass
    return found


LEFTOVER = True
