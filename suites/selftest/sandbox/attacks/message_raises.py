"""Raises an exception whose message raises, kills and never ends."""

class Evil(BaseException):
    def __str__(self):
        raise SystemExit(0)
    __repr__ = __str__


def is_even(n):
    raise Evil
