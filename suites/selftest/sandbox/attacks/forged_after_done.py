"""Writes right results, "all done", and results again."""
# with: records

def is_even(n):
    right = [b"true", b"false"] if n < 100 else [b"true", b"false", b"true"]
    values = b"".join(record(b"V", value) for value in right)
    send(values + record(b"D", b"[0.0,null]") + values)
    posix._exit(0)
