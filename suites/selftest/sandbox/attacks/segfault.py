"""Reads address 0."""

import ctypes


def is_even(n):
    ctypes.string_at(0)
