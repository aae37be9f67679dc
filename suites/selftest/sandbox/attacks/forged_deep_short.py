"""Writes results nested too deep for a parser but short enough to be sent unasked."""
# with: records

def is_even(n):
    count = 2 if n < 100 else 3
    send(record(b"V", b"[" * 250) * count + record(b"D", b"[0.0,null]"))
    posix._exit(0)
