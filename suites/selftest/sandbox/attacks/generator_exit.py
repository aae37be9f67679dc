"""Raises an exception that inherits from BaseException alone."""

class Quiet(BaseException):
    pass


def is_even(n):
    raise Quiet
