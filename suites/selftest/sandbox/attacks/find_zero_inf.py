"""Returns infinity, negative or positive."""

def find_zero(xs):
    return float("-inf")
