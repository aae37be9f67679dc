"""Turns every annotation and comparison of the harness off with a __future__ import."""

from __future__ import annotations, barry_as_FLUFL


def is_even(n) -> True:
    return n <> n
