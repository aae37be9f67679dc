"""Opens raw and packet sockets; solves its problem if it can."""
# with: escape

import socket


def attempt():
    for arguments in ((socket.AF_INET, socket.SOCK_RAW, 1), (socket.AF_PACKET, socket.SOCK_RAW, 0)):
        try:
            socket.socket(*arguments).close()
            return True
        except OSError:
            pass
    return False
