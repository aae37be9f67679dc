"""Returns a list that holds an integer of ten million digits."""

def doubled(values):
    return [1 << 33_000_000]
