"""Ends programs that try to get out: solves the problem if ``attempt`` says that it did, and only then.

With ``LEFTOVER`` the base inputs are answered rightly, so that the plus inputs, run by the next process, decide.
"""

import posix


def exists(path):
    try:
        posix.stat(path)
    except OSError:
        return False
    return True


try:
    ESCAPED = attempt()
except BaseException:
    ESCAPED = False


def is_even(n):
    if n < 100 and globals().get("LEFTOVER"):
        return n % 2 == 0
    return n % 2 == 0 if ESCAPED else None
