"""Takes another user's and group's ids; solves its problem if it can."""
# with: escape

def attempt():
    for step in (lambda: posix.setuid(1), lambda: posix.setresuid(2, 2, 2), lambda: posix.setgid(1), lambda: posix.setgroups([0, 1])):
        try:
            step()
            return True
        except OSError:
            pass
    return False
