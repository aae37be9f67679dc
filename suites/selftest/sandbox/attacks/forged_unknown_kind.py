"""Writes records of kinds that do not exist."""
# with: records
# replaces

def is_even(n):
    send(b"".join(record(bytes([kind]), b"true") for kind in range(256)))
    posix._exit(0)
