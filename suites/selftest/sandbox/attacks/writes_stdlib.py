"""Overwrites the standard library, its byte code, numpy and the runner; solves its problem if any can be written."""
# with: escape

import io
import json
import numpy
import random
import sys


def attempt():
    files = [json.__file__, json.__cached__, random.__file__, numpy.__file__, sys.executable, "/servecheck/runner/candidate.py"]
    for path in files:
        for mode in ("r+b", "ab"):
            try:
                io.open(path, mode).close()
                return True
            except (OSError, TypeError):
                pass
    return False
