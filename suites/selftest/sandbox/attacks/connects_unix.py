"""Connects to sockets of the host's services and to an abstract one; solves its problem if one answers."""
# with: escape

import socket


def attempt():
    paths = ("/var/run/docker.sock", "/run/docker.sock", "/run/containerd/containerd.sock", "/run/systemd/private",
             "/run/dbus/system_bus_socket", "@FOLDER@/socket", "\0@ABSTRACT@")
    for path in paths:
        try:
            with socket.socket(socket.AF_UNIX) as client:
                client.connect(path)
                return True
        except OSError:
            pass
    return False
