"""Forks until it cannot, in every child."""
# timeout

import posix
while True:
    try:
        posix.fork()
    except OSError:
        pass
