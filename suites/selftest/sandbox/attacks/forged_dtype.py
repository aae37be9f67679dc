"""Writes an array of Python objects, and one whose dtype is a mebibyte of text."""
# with: records

def doubled(values):
    send(record(b"V", b'{"array":["object",[1],[1]]}') + record(b"V", b'{"array":["' + b"x" * 1048576 + b'",[1],[1]]}'))
    posix._exit(0)
