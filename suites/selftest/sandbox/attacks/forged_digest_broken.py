"""Writes a digest that cannot be read, to break the host's parser."""
# with: records
# replaces

def is_even(n):
    count = 2 if n < 100 else 3
    send(record(b"V", b"#no:number:here") * count + record(b"D", b"[0.0,null]"))
    posix._exit(0)
