"""Writes the digest of a long value instead of the value, in the supervisor's own notation."""
# with: records

def is_even(n):
    count = 2 if n < 100 else 3
    send(record(b"V", b"#" + b"0" * 64 + b":4:0:true") * count + record(b"D", b"[0.0,null]"))
    posix._exit(0)
