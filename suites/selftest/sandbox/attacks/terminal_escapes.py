"""Raises an exception whose type and message are terminal escapes, ten megabytes of them."""

Evil = type("\x1b[2J\u202e\r\n", (Exception,), {"__str__": lambda self: "\x1b]0;owned\x07\x1b[1A\u202e\n" * 500_000})


def is_even(n):
    raise Evil
