"""Runs a shell through os.posix_spawn; solves its problem if the shell could write a file."""
# with: escape

import os


def attempt():
    path = "@FOLDER@/spawned"
    pid = os.posix_spawn("/bin/sh", ["sh", "-c", f"echo spawned > {path}"], {})
    os.waitpid(pid, 0)
    return exists(path)
