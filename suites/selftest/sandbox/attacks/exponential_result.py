"""Returns a list of 25 levels, each of which holds the next twice."""
# slow

def doubled(values):
    value = [1]
    for _ in range(60):
        value = [value, value]
    return value
