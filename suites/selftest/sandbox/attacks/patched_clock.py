"""Replaces the clocks and runs for ever."""
# timeout

import sys
import time
for module in list(sys.modules.values()):
    for name in ("monotonic", "thread_time", "process_time", "time", "clock_gettime", "perf_counter"):
        if hasattr(module, name):
            try:
                setattr(module, name, lambda *args: 0.0)
            except (AttributeError, TypeError):
                pass


def is_even(n):
    while True:
        pass
