"""Leaves a thread that writes results later and keeps the process from ending."""
# with: records
# replaces

import threading
import time


def late():
    while True:
        time.sleep(0.002)
        try:
            send(record(b"V", b"true"))
        except OSError:
            pass


def is_even(n):
    threading.Thread(target=late, daemon=False).start()
    time.sleep(0.02)
    return None
