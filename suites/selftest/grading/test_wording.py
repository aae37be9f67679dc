"""What a hostile program returns or says is shown in one short line without control characters."""

import pytest
from servecheck.grading.wording import call, shown


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
