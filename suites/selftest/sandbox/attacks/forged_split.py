"""Writes half a record and ends."""
# with: records
# replaces

def is_even(n):
    send(record(b"V", b"true")[:4])
    posix._exit(0)
