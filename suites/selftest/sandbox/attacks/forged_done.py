"""Writes "all done" without any result, then ends at once."""
# with: records

def is_even(n):
    send(record(b"D", b"[0.0,null]"))
    posix._exit(0)
