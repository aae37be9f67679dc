"""Has its child answer in its place with a result too many, after its own death."""
# with: records
# replaces

import time


def is_even(n):
    if posix.fork() == 0:
        time.sleep(0.05)
        send(record(b"V", b"true") * 4 + record(b"D", b"[0.0,null]"))
        posix._exit(0)
    posix._exit(0)
