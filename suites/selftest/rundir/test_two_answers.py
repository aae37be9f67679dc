"""Which answer is right is told by any verdict on the problem."""

from __future__ import annotations

from servecheck.rundir.two_answers import two_answers

from suites.selftest.records import record


def test_a_right_first_answer_and_a_wrong_second_one_tell_the_same():
    found = two_answers(
        ("call", "no call"),
        [
            record("T/0", solved=True, answer="call"),
            record("T/1", solved=False, answer="no call"),
            record("T/2", solved=True, answer="no call"),
            record("T/3", solved=False, answer="call"),
        ],
    )

    assert found.between == ("call", "no call")
    assert found.first_is_right == {"T/0": True, "T/1": True, "T/2": False, "T/3": False}
