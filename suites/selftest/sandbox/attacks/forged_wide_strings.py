"""Writes an array of strings that would take the host 40 GB, because all its items are as wide as the widest."""
# with: records

def doubled(values):
    text = b'{"array":["U",[100001],["' + b"x" * 100_000 + b'"' + b',"y"' * 100_000 + b"]]}"
    send(record(b"V", text) * 3 + record(b"D", b"[0.0,null]"))
    posix._exit(0)
