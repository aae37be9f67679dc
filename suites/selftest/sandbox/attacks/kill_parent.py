"""Kills its parent; solves its problem if that is allowed."""
# with: escape

def attempt():
    parent = posix.getppid()
    posix.kill(parent, 9)
    return parent != 0
