"""Writes long results that are no text, so that their digest never matches what is fetched."""
# with: records
# replaces

def doubled(values):
    send(record(b"V", b"\xff\xfe" * 400) * 3 + record(b"D", b"[0.0,null]"))
    posix._exit(0)
