"""Aborts."""
# replaces

import os


def is_even(n):
    os.abort()
