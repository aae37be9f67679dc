"""Makes a device node of the first disk, and opens real ones; solves its problem if it can."""
# with: escape

def attempt():
    for path in ("/dev/vda", "/dev/sda", "/dev/nvme0n1", "/dev/loop0", "/dev/fuse", "/dev/kvm", "/dev/net/tun"):
        try:
            posix.close(posix.open(path, posix.O_RDONLY))
            return True
        except OSError:
            pass
    for folder in ("/tmp", "/dev", "/dev/shm", "@FOLDER@", "/"):
        try:
            posix.mknod(folder + "/disk", 0o60666, posix.makedev(254, 0))
            return True
        except OSError:
            pass
    return False
