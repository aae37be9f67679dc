"""Reads the result pipe from its writing end, through /proc; solves its problem if that works."""
# with: escape

def attempt():
    fd = posix.open("/proc/self/fd/3", posix.O_RDONLY | posix.O_NONBLOCK)
    posix.write(3, b"")
    return bool(posix.read(fd, 1))
