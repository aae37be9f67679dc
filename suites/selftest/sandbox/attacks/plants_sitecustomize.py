"""Plants sitecustomize, a .pth file and modules that shadow others; solves its problem if it can."""
# with: escape

import io
import json
import sys


def attempt():
    folder = json.__file__.rpartition("/json/")[0]
    for path in (f"{folder}/sitecustomize.py", f"{folder}/site-packages/a.pth", "/servecheck/json.py", "/servecheck/packages/a.py"):
        try:
            io.open(path, "w").close()
            return True
        except OSError:
            pass
    return False
