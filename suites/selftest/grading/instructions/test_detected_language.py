"""One text has one language, whoever asks, and however many at once."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

import pytest
from langdetect import detector_factory
from servecheck.grading.instructions import detected_language
from servecheck.grading.instructions.detected_language import language_of

# Between languages, or next to nothing: where a draw decides.
DOUBTFUL = ["La casa", "si no la", "Hotel Bar Restaurant", "de la", "ok ok ok", "a b c", "Internet Computer Software"]


def test_it_is_told_alike_each_time():
    assert [language_of(text) for text in DOUBTFUL for _ in range(5)] == [
        language for text in DOUBTFUL for language in [language_of(text)] * 5
    ]


def test_a_text_of_digits_has_none():
    assert language_of("1234 !!") == ""


@pytest.fixture
def tables_of_few(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Has the tables built anew at each call, when they are first asked for, of four languages: all 55 take 0.4 s."""
    for language in ("de", "en", "es", "fr"):
        shutil.copy(Path(detector_factory.PROFILES_DIRECTORY) / language, tmp_path)
    monkeypatch.setattr(detector_factory, "PROFILES_DIRECTORY", str(tmp_path))
    build = detected_language._factory.__wrapped__
    return lambda: monkeypatch.setattr(detected_language, "_factory", cache(build))


def test_threads_that_begin_at_once_all_have_whole_tables(tables_of_few):
    tables_of_few()
    expected = [language_of(text) for text in DOUBTFUL]
    tables_of_few()

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: [language_of(text) for text in DOUBTFUL], range(8)))

    assert found == [expected] * 8
