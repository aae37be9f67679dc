"""Returns a long string of control characters."""

def shout(text):
    return "\x1b\U000e0001" * 100_000
