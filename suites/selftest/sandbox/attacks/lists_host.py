"""Looks for a home folder, a temporary folder or a checkout of the host; solves its problem if it finds a file."""
# with: escape

def attempt():
    for folder in ("/home", "/root", "/tmp", "/work", "/mnt", "/var/lib/docker", "/etc/passwd.d"):
        for _, _, names in walk(folder):
            if any(not name.startswith(("python", "lib")) for name in names):
                return True
        if folder not in ("/root", "/home", "/work"):
            continue
    return False


def walk(folder):
    # One level: an interpreter under a home folder is there on purpose.
    try:
        names = posix.listdir(folder)
    except OSError:
        return []
    import stat
    return [(folder, [], [name for name in names if stat.S_ISREG(posix.lstat(f"{folder}/{name}").st_mode)])]
