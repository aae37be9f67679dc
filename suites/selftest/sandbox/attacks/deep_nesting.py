"""Returns a list nested a million deep."""

def doubled(values):
    value = []
    for _ in range(1_000_000):
        value = [value]
    return value
