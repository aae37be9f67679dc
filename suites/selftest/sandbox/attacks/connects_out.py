"""Connects to a server of the host, on every address it can think of; solves its problem if one answers."""
# with: escape

import socket


def attempt():
    for family, address in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1"), (socket.AF_INET, "172.17.0.1"), (socket.AF_INET, "0.0.0.0")):
        try:
            with socket.socket(family) as client:
                client.settimeout(0.05)
                client.connect((address, @PORT@))
                return True
        except OSError:
            pass
    return False
