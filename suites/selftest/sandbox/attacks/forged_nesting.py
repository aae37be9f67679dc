"""Writes a result nested ten million deep."""
# with: records

def is_even(n):
    send(record(b"V", b"[" * 10_000_000) + record(b"V", b"[" * 5000) + record(b"D", b"[0.0,null]"))
    posix._exit(0)
