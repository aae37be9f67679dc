"""Prints five gigabytes."""
# slow

def is_even(n):
    text = "x" * (1 << 20)
    for _ in range(5 << 10):
        print(text)
    return None
