"""Reads a file of the host; solves its problem if it can."""
# with: escape

import io


def attempt():
    return io.open("@FOLDER@/canary").read() == "canary"
