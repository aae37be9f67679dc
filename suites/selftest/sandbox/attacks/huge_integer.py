"""Returns an integer of more digits than Python writes in decimal."""

def is_even(n):
    return 7 << 40_000
