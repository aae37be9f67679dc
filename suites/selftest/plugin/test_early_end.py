"""``--end-early``: a run that is held to a recorded one ends as soon as it is decided, and asks for nothing more."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.slow

ASKED = "not gated: 22 of 44 asked, which decided"


@pytest.fixture(scope="module")
def held_to(suite, recorded):
    return lambda *options: suite(f"--references={recorded.run_dir.with_name('scores.json')}", *options)


def test_it_ends_at_the_look_that_decides_and_is_a_run_of_the_problems_asked(held_to):
    run = held_to("--end-early", "--margin=30", "--require-gate")

    assert run.code == 0
    assert {name: gate["verdict"] for name, gate in run.gates.items()} == {"published": "NOT GATED", "paired": "PASS"}
    assert run.gates["published"]["headline"].startswith(ASKED)
    assert "at look 2 at 22 problems, level 0.5" in run.gates["paired"]["headline"]
    assert any("the run is decided after 22 of 44 problems, so no other is asked" in line for line in run.lines)
    assert 22 <= len(run.verdicts) < 44
    assert any("may end after 11 (level" in line for line in run.lines)


def test_on_two_workers_and_resumed_it_ends_where_it_did(held_to):
    run = held_to("--end-early", "--margin=30", "-n2")
    before = run.gates["paired"]["headline"]

    again = held_to("--end-early", "--margin=30", f"--run-dir={run.run_dir}")

    assert "at look 2 at 22 problems" in before
    assert (again.code, run.gates["paired"]["headline"]) == (0, before)


def test_a_loss_ends_it_with_a_fail(held_to):
    run = held_to("--end-early", "--profile=fault-prose")

    assert run.code == 1
    assert run.gates["paired"]["verdict"] == "FAIL"
    assert len(run.verdicts) < 44


def test_what_is_never_plain_asks_everything_and_spends_the_rest(held_to):
    run = held_to("--end-early", "--margin=10")

    assert run.code == 0
    assert run.gates["published"]["verdict"] == "PASS"
    assert "at look 4 at 44 problems, level 4." in run.gates["paired"]["headline"]
    assert len(run.verdicts) == 44


@pytest.mark.parametrize(
    ("options", "fault"),
    [
        (("-k", "Starter/1"), "choose no cases beside it"),
        (("--record-reference",), "may leave problems out"),
        (("--problems=starter", "--temperature=0.5"), "none is recorded that this run of humaneval can be held to"),
    ],
)
def test_where_nothing_could_end_it_the_command_is_refused(held_to, options, fault):
    run = held_to("--end-early", *options)

    assert run.code == 4
    assert fault in run.output
