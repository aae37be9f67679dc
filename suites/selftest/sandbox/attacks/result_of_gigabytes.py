"""Returns more than any right answer has."""
# timeout

def is_even(n):
    return "x" * (300 << 20)
