"""Writes in a folder of the host; solves its problem if that works."""
# with: escape

import io


def attempt():
    with io.open("@FOLDER@/written", "w") as file:
        file.write("here")
    return True
