"""Ignores every signal, cancels every timer, and never returns."""
# timeout

import signal
for number in range(1, 65):
    try:
        signal.signal(number, signal.SIG_IGN)
    except (OSError, ValueError):
        pass


def is_even(n):
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.setitimer(signal.ITIMER_PROF, 0)
    signal.alarm(0)
    signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))
    while True:
        pass
