"""Returns a list that holds itself."""

def doubled(values):
    value = []
    value.append(value)
    return value
