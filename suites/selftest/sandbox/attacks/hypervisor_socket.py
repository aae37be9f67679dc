"""Connects past the network namespace to the hypervisor with AF_VSOCK; solves its problem if such a socket opens."""
# with: escape

import socket


def attempt():
    socket.socket(40, socket.SOCK_STREAM).close()
    return True
