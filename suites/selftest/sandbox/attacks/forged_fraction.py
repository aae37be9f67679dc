"""Writes a fraction of two enormous integers: reducing it would cost the host hours."""
# with: records

def mean(values):
    huge = b'{"int":"' + b"f" * 5_000_000 + b'"}'
    huger = b'{"int":"' + b"e" * 5_000_001 + b'"}'
    text = b'{"fraction":[' + huge + b"," + huger + b"]}"
    send(record(b"V", text) * 3 + record(b"D", b"[0.0,null]"))
    posix._exit(0)
