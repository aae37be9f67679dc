"""What somebody has pickled is read and never loaded: a text alone is taken, and nothing hostile is run."""

from __future__ import annotations

import base64
import json
import os
import pickle
import zlib
from pathlib import Path

import pytest
from servecheck.problems.contests import ContestTest
from servecheck.problems.private_tests import RefusedTests, pickled_text, private_tests, public_tests

ROWS = [
    {"input": "1 2\n", "output": "3\n", "testtype": "stdin"},
    {"input": "é🙂", "output": "x" * 300, "testtype": "stdin"},
]
TESTS = [ContestTest("1 2\n", "3\n"), ContestTest("é🙂", "x" * 300)]


def packed(pickled: bytes) -> str:
    return base64.b64encode(zlib.compress(pickled)).decode()


class Hostile:
    """Runs a command where it is unpickled."""

    def __init__(self, touched: Path) -> None:
        self.touched = touched

    def __reduce__(self) -> tuple[object, ...]:
        return os.system, (f"touch {self.touched}",)


@pytest.mark.parametrize("protocol", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("more", [0, 100_000], ids=["short", "long"])
def test_tests_are_read_whatever_pickled_them(protocol: int, more: int) -> None:
    rows = [*ROWS, {"input": "y" * more, "output": "", "testtype": "functional"}]

    found = private_tests(packed(pickle.dumps(json.dumps(rows), protocol=protocol)))

    assert found == [*TESTS, ContestTest("y" * more, "")]


def test_tests_that_are_not_packed_are_read_too() -> None:
    assert private_tests(json.dumps(ROWS)) == public_tests(json.dumps(ROWS)) == TESTS


def test_a_pickle_that_runs_something_is_refused_and_not_run(tmp_path: Path) -> None:
    hostile = pickle.dumps(Hostile(tmp_path / "touched"))

    with pytest.raises(RefusedTests, match="it is not loaded"):
        private_tests(packed(hostile))

    assert not list(tmp_path.iterdir())
    os.system(f"touch {tmp_path / 'touched'}")  # what it would have run
    assert list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "pickled",
    [
        pickle.dumps([json.dumps(ROWS)]),
        pickle.dumps({"a": "b"}),
        pickle.dumps(5),
        pickle.dumps(b"[]"),
        pickle.dumps(None),
        pickle.dumps(("[]", "[]")),
        pickle.dumps(print),
        b"\x80\x04\x8c\x02[]\x8c\x02[].",
        b"\x80\x04\x8c\x02[]0\x8c\x02[].",
        b"\x80\x04cos\nsystem\n(S'true'\ntR.",
        b"\x80\x04\x95\xff\xff\xff\xff\xff\xff\xff\xff\x8c\x02[]\x94(K\x01.",
        b"\x80\x04\x8c\x02[]\x94",
        b"\x80\x04.",
        b"\x80\x04h\x00.",
        b"\x80\x04Pid\n.",
        b"\x80\x04\x82\x01.",
        b"\x80\x04\x8d\xff\xff\xff\xff\xff\xff\xff\x7f[].",
        b"\x80\x04X\xff\xff\xff\x7f[].",
        b"\x80\x04\x8c\x02\xff\xff.",
        b"\xff\xff",
        b"",
        b"[]",
    ],
    ids=lambda pickled: pickled[:24].hex(),
)
def test_a_pickle_of_anything_but_one_text_is_refused(pickled: bytes) -> None:
    with pytest.raises(RefusedTests):
        pickled_text(pickled)


def test_a_memo_that_would_fill_the_memory_is_passed_over() -> None:
    assert pickled_text(b"\x80\x04\x8c\x02[]r\xff\xff\xff\x7f.") == "[]"


def test_what_unpacks_to_far_more_than_it_is_long_is_refused() -> None:
    bomb = packed(pickle.dumps("[" + " " * 5_000_000 + "]"))

    with pytest.raises(RefusedTests, match="break off, or have more than 1,000,000 bytes"):
        private_tests(bomb, largest=1_000_000)


@pytest.mark.parametrize(
    "text",
    [
        "", "!!", "AAAA", base64.b64encode(b"not zlib").decode(), packed(pickle.dumps("[]"))[:-8],
        packed(pickle.dumps("no JSON")), packed(pickle.dumps("\ud800")), packed(pickle.dumps("{}")),
        packed(pickle.dumps('[{"input": "", "output": ""}]')),
        packed(pickle.dumps('[{"input": 1, "output": "", "testtype": "stdin"}]')),
        packed(pickle.dumps('[{"input": "", "output": "", "testtype": "interactive"}]')),
    ],
)  # fmt: skip
def test_what_is_in_no_such_form_is_refused_in_one_line(text: str) -> None:
    with pytest.raises(RefusedTests) as caught:
        private_tests(text)

    assert "\n" not in str(caught.value)
