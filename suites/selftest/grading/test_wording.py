"""What a hostile program returns or says is shown in one short line without control characters."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from servecheck.grading.wording import call, printable, shown


class TestPrintable:
    @given(st.text(st.characters(exclude_categories=()) | st.sampled_from("\x1b\n\r\u202e\u2028\x00\ud800")))
    def test_one_line_of_printable_characters_of_at_most_the_length(self, text: str) -> None:
        line = printable(text, 30)

        assert len(line) <= 30
        assert line.isprintable()
        line.encode("utf-8")

    @pytest.mark.parametrize(
        ("text", "line"),
        [
            ("plain é 😀", "plain é 😀"),
            ("\x1b[2J", r"\x1b[2J"),
            ("a\nb\r\tc", r"a\nb\r\tc"),
            ("\u202eevil", r"\u202eevil"),
            ("\ud800", r"\ud800"),
            ("\x9b31m", r"\x9b31m"),
        ],
    )
    def test_what_is_not_printable_is_escaped(self, text: str, line: str) -> None:
        assert printable(text) == line

    def test_a_cut_shows(self) -> None:
        assert printable("x" * 120) == "x" * 120
        assert printable("x" * 121) == "x" * 119 + "…"
        assert printable("\0" * 120) == (r"\x00" * 30)[:119] + "…"


class TestShown:
    def test_short_values_are_their_repr(self) -> None:
        assert shown([1, "a", None, {2: (3.5,)}]) == "[1, 'a', None, {2: (3.5,)}]"

    def test_long_values_are_cut(self) -> None:
        assert len(shown(list(range(100_000)))) < 60
        assert len(shown("x" * 100_000)) <= 60
        assert len(shown({str(i): i for i in range(10_000)})) < 100

    @pytest.mark.parametrize("wrap", [lambda value: value, lambda value: [value], lambda value: {1: (value,)}])
    def test_integers_too_long_for_decimal_digits(self, wrap: object) -> None:
        assert "16000 bits" in shown(wrap(1 << 15999))  # type: ignore[operator]

    def test_deep_values_end(self) -> None:
        value: list[object] = []
        for _ in range(90):
            value = [value]

        assert len(shown(value)) < 60


class TestCall:
    def test_a_call_as_one_writes_it(self) -> None:
        assert call("f", [1, [2, 3], "x"]) == "f(1, [2, 3], 'x')"
        assert call("f", []) == "f()"

    def test_a_long_call_is_one_short_line(self) -> None:
        line = call("f", ["\x1b" * 500, list(range(500)), "y" * 500])

        assert len(line) <= 120
        assert line.isprintable()
