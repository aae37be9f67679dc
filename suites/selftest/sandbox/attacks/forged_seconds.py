"""Right results, but CPU seconds that cannot be: a number too large to be one."""
# with: records
# replaces

def is_even(n):
    right = [b"true", b"false"] if n < 100 else [b"true", b"false", b"true"]
    send(b"".join(record(b"V", value) for value in right) + record(b"D", b"[1" + b"0" * 400 + b",null]"))
    posix._exit(0)
