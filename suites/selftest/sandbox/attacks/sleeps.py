"""Uses no CPU time and never returns."""
# timeout

import time


def is_even(n):
    time.sleep(3600)
