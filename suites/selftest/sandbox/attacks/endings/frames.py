"""Ends programs that write a supervisor's answer, the right one, in the format of ``runner/frames.py``."""

import json
import posix
import struct


def frame(n):
    values = ["true", "false"] if n < 100 else ["true", "false", "true"]
    answer = {"status": "complete", "detail": "", "results": values, "cpu_s": 0.0, "program_cpu_s": 0.0}
    body = json.dumps({**answer, "wall_s": 0.0, "timings": None}).encode()
    return struct.pack(">I", len(body)) + body
