"""Unlinks and renames what it can see; solves its problem if it can."""
# with: escape

import json
import numpy
import sys


def attempt():
    for path in ("@FOLDER@/canary", json.__file__, numpy.__file__, sys.executable):
        for step in (lambda: posix.unlink(path), lambda: posix.rename(path, path + "x"), lambda: posix.utime(path, (0, 0))):
            try:
                step()
                return True
            except OSError:
                pass
    return False
