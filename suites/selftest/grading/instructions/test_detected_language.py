"""One text has one language, whoever asks, and however many at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

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


def test_threads_that_begin_at_once_all_have_whole_tables():
    expected = [language_of(text) for text in DOUBTFUL]
    detected_language._factory.cache_clear()

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: [language_of(text) for text in DOUBTFUL], range(8)))

    assert found == [expected] * 8
