"""At how many moments tests kill each kind of process: at two, which random seeds choose, or ``SERVECHECK_KILLS``.

The seeds are the same in every run, and more kills begin with the same ones: where a moment is found that leaves
something behind, ``SERVECHECK_KILLS=20`` looks for others like it.
"""

from __future__ import annotations

import os

KILLS = int(os.environ.get("SERVECHECK_KILLS", "2"))
