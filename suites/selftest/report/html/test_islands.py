"""What is packed can stand in any page and comes out as it was."""

from __future__ import annotations

import re

from servecheck.report.html.islands import packed, unpacked

VALUE = {"text": "</script>\u2028 größer 😀 <!--", "numbers": [1, None, 2.5]}


def test_what_was_packed_comes_out():
    assert unpacked(packed(VALUE)) == VALUE


def test_nothing_in_it_means_anything_to_html():
    assert re.fullmatch(r"[A-Za-z0-9+/=]+", packed(VALUE))


def test_text_that_repeats_takes_little():
    assert len(packed(["the same reply " * 500] * 10)) < 2_000
