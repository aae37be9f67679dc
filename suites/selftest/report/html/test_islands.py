"""What is packed can stand in any page and comes out as it was."""

from __future__ import annotations

import base64
import json
import re
import zlib
from typing import Any

from servecheck.report.html.islands import packed


def unpacked(island: str) -> Any:
    """What ``packed`` packed, as a page's script takes it."""
    return json.loads(zlib.decompress(base64.b64decode(island)))


VALUE = {"text": "</script>\u2028 größer 😀 <!--", "numbers": [1, None, 2.5]}


def test_what_was_packed_comes_out():
    assert unpacked(packed(VALUE)) == VALUE


def test_nothing_in_it_means_anything_to_html():
    assert re.fullmatch(r"[A-Za-z0-9+/=]+", packed(VALUE))


def test_text_that_repeats_takes_little():
    assert len(packed(["the same reply " * 500] * 10)) < 2_000
