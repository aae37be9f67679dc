"""Asks for six gigabytes."""
# replaces

def is_even(n):
    data = bytearray(6 << 30)
    return len(data)
