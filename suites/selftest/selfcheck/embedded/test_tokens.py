"""What counts as a token, and how text is cut by tokens and words."""

import pytest
from servecheck.selfcheck.embedded.tokens import chunks, filled, limited, stopped, token_count


@pytest.mark.parametrize(("text", "count"), [("", 0), ("  \n", 0), ("a bc", 2), ("f(x_1)", 4), ("!!!", 3), ("é, ß", 3)])
def test_words_and_punctuation_marks_are_tokens(text: str, count: int) -> None:
    assert token_count(text) == count


@pytest.mark.parametrize(
    ("limit", "kept", "cut_off"), [(1, "a ", True), (2, "a b", True), (3, "a b,", False), (4, "a b,", False)]
)
def test_a_limit_cuts_before_the_first_token_beyond_it(limit: int, kept: str, cut_off: bool) -> None:
    assert limited("a b,", limit) == (kept, cut_off)


@pytest.mark.parametrize(
    ("stops", "kept", "met"),
    [
        ((), "one two three", False),
        (("four",), "one two three", False),
        ((" t",), "one", True),
        (("three", "two"), "one ", True),
        (("three", "one two three"), "", True),
        (("three",), "one two ", True),
    ],
)
def test_a_text_ends_before_the_stop_that_begins_first(stops: tuple[str, ...], kept: str, met: bool) -> None:
    assert stopped("one two three", stops) == (kept, met)


def test_filling_repeats_up_to_the_exact_number_of_tokens() -> None:
    assert filled("Well: ", "!!", 5) == "Well: !!!"
    assert token_count(filled("", "one two. ", 1000)) == 1000


@pytest.mark.parametrize("words", [1, 3, 100])
def test_chunks_put_together_are_the_text(words: int) -> None:
    text = "  def f(x):\n\n    return x  # twice\n" + "!" * 100 + " end \n"

    pieces = chunks(text, words)

    assert "".join(pieces) == text
    assert all(0 < len(piece.split()) <= words for piece in pieces)


def test_text_without_spaces_comes_in_many_chunks() -> None:
    assert len(chunks("!" * 320, 1)) == 10


def test_nothing_has_no_chunk() -> None:
    assert chunks("", 4) == []
