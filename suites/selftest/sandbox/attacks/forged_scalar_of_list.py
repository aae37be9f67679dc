"""Writes a numpy scalar that holds a list."""
# with: records

def doubled(values):
    send(record(b"V", b'{"scalar":["float64",[[1,2],[3,4]]]}') * 3 + record(b"D", b"[0.0,null]"))
    posix._exit(0)
