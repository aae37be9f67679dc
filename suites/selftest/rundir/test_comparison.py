"""Stored runs are compared as profiles of one run are, and what makes no pairs has no verdict."""

from __future__ import annotations

import json
import re

import pytest
from servecheck.errors import UsageError
from servecheck.gates.decision import Decision, GateVerdict
from servecheck.gates.pairs import gate_pairs
from servecheck.profiles.schema import Sampling
from servecheck.rundir.comparison import ComparedRuns, RunComparison, compare_runs, run_labels
from servecheck.rundir.scores import samples_of
from servecheck.rundir.stored_run import read_stored_run

from suites.selftest.records import Yes, record
from suites.selftest.report.runs_on_disk import PROFILE, outcomes, sampled, written_run


class EvenMore(Yes):
    """Of the same name."""


class YesOrNo(Yes):
    """Whose verdicts are on two answers."""

    between = ("yes", "no")


def compared(*folders, **options) -> ComparedRuns:
    return compare_runs([read_stored_run(folder) for folder in folders], **options)


def only(found: ComparedRuns) -> RunComparison:
    ((comparison,),) = (suite.runs for suite in found.suites)
    return comparison


@pytest.fixture
def baseline(tmp_path):
    return written_run(tmp_path / "a")


def test_flips_are_those_of_the_verdicts(baseline, tmp_path):
    before = written_run(tmp_path / "b", outcomes(40, 3))
    now = written_run(tmp_path / "c", outcomes(40, 1, 2))

    found = only(compared(before, now, margin=10))

    assert found.gate.figures["newly_failing"] == ["T/1", "T/2"]
    assert found.gate.figures["newly_solved"] == ["T/3"]


def test_a_run_without_a_loss_passes_at_a_margin_that_its_problems_support(baseline, tmp_path):
    found = compared(baseline, written_run(tmp_path / "b"), margin=10)

    assert only(found).gate.verdict is GateVerdict.PASS
    assert (found.fails, found.is_refused) == (False, False)


def test_a_loss_beyond_chance_fails(baseline, tmp_path):
    found = compared(baseline, written_run(tmp_path / "b", outcomes(40, 0, 1, 2, 3)))

    assert only(found).gate.verdict is GateVerdict.FAIL
    assert found.fails


def test_of_several_samples_the_shares_solved_make_the_pairs_and_decide_as_they_do_in_a_live_gate(tmp_path):
    before, now = sampled(4, T3=2), sampled(4, T1=0, T2=3)

    found = only(compared(written_run(tmp_path / "a", before), written_run(tmp_path / "b", now), margin=10))

    live = [
        samples_of([record(t, n, one) for t, of in run.items() for n, one in enumerate(of)]) for run in (now, before)
    ]
    assert found.gate == gate_pairs(*live, against="glm47-fp8 in " + str(tmp_path / "a"), margin=10)
    assert (found.gate.figures["worse"], found.gate.figures["better"]) == (["T/1", "T/2"], ["T/3"])
    assert "sign_flip_p" in found.gate.figures


@pytest.mark.parametrize(
    ("before", "now"), [(sampled(4), sampled(1)), (sampled(1), sampled(4)), (sampled(4), sampled(6))]
)
def test_unlike_numbers_of_samples_make_pairs_and_are_told(tmp_path, before, now):
    found = compared(written_run(tmp_path / "a", before), written_run(tmp_path / "b", now), margin=10)

    assert only(found).gate.verdict is GateVerdict.PASS
    assert "permutation_p" in only(found).gate.figures
    told = f"samples {len(before['T/0'])} in the baseline, {len(now['T/0'])} here"
    assert [told] == [phrase for of_run in found.warnings.values() for phrase in of_run]


def test_a_loss_in_some_samples_of_many_problems_fails(tmp_path):
    worse = sampled(4, **{f"T{number}": 2 for number in range(20)})

    found = compared(written_run(tmp_path / "a", sampled(4)), written_run(tmp_path / "b", worse), margin=5)

    assert only(found).gate.verdict is GateVerdict.FAIL
    assert found.fails


def test_one_sample_among_several_in_a_family_is_held_by_its_share(tmp_path):
    folders = [written_run(tmp_path / "a"), written_run(tmp_path / "b"), written_run(tmp_path / "c", sampled(2))]

    ((first, second),) = (suite.runs for suite in compared(*folders, margin=10).suites)

    assert [one.gate.figures["gate"] for one in (first, second)] == ["paired-samples"] * 2
    assert [one.gate.figures["comparisons"] for one in (first, second)] == [2, 2]


def test_decisions_are_compared_whichever_are_right_so_that_needless_ones_do_not_make_up_for_lost_ones(tmp_path):
    decided = {f"T/{number}": number < 20 for number in range(40)}
    way = {"suite": "decides", "grader": YesOrNo(), "decided": decided}
    before = written_run(tmp_path / "a", outcomes(40, *range(8)), **way)
    now = written_run(tmp_path / "b", outcomes(40, *range(20, 28)), **way)

    found = compared(before, now, margin=20)

    gates = only(found).decisions
    assert gates["baseline"].figures["estimate_points"] == 0
    assert gates["baseline-agreement"].verdict is GateVerdict.FAIL
    assert "decides as glm47-fp8 in " in gates["baseline-agreement"].headline
    assert "yes +40.0 points" in gates["baseline-agreement"].headline
    assert found.fails


def test_of_a_suite_about_anything_else_no_decisions_are_compared(baseline, tmp_path):
    assert only(compared(baseline, written_run(tmp_path / "b"))).agreement is None


def test_the_margin_is_that_of_the_compared_profile(baseline, tmp_path):
    now = written_run(tmp_path / "b", profile=PROFILE.model_copy(update={"margin": 7.0}))

    assert only(compared(baseline, now)).gate.figures["margin_points"] == 7


@pytest.mark.slow
def test_a_proven_loss_beyond_the_margin_of_the_compared_runs_gates_fails_whatever_so_many_problems_could_have(
    tmp_path,
):
    before = written_run(tmp_path / "a", outcomes(1000), margin=3)
    now = written_run(tmp_path / "b", outcomes(1000, *range(26)), margin=2)

    found = compared(before, now)

    assert (only(found).gate.verdict, only(found).gate.figures["margin_points"]) == (GateVerdict.FAIL, 2)
    assert found.warnings == {}
    assert only(compared(before, now, margin=4)).gate.verdict is GateVerdict.PASS


def test_where_nothing_says_the_margin_that_of_so_many_problems_is_taken_and_told(baseline, tmp_path):
    now = written_run(tmp_path / "b")
    facts = json.loads((now / "scores.json").read_text())
    del facts["margin"]
    (now / "scores.json").write_text(json.dumps(facts))

    found = compared(baseline, now)

    assert only(found).gate.figures["margin_points"] == 5
    ((told,),) = found.warnings.values()
    assert told == (
        "humaneval: the margin is that of so many problems, 5 points: the run does not say which one its suite "
        "declared, and where that was a smaller one, give it with --margin"
    )
    assert compared(baseline, now, margin=5).warnings == {}


def test_several_comparisons_are_one_family(baseline, tmp_path):
    worse, same = written_run(tmp_path / "b", outcomes(40, 0, 1, 2, 3)), written_run(tmp_path / "c")

    ((first, second),) = (suite.runs for suite in compared(baseline, worse, same).suites)

    assert first.gate.figures["mid_p"] < 0.05 < first.gate.figures["adjusted_p"]
    assert first.gate.verdict is not GateVerdict.FAIL
    assert second.gate.figures["comparisons"] == 2


def test_a_run_that_was_refused_is_none_of_the_family(baseline, tmp_path):
    worse = written_run(tmp_path / "b", outcomes(40, 0, 1, 2, 3))
    unfinished = written_run(tmp_path / "c", is_scored=False)

    ((first, second),) = (suite.runs for suite in compared(baseline, worse, unfinished).suites)

    assert first.gate.verdict is GateVerdict.FAIL
    assert "broken off before it was scored" in second.refusal


INVALID = {"published": Decision(GateVerdict.INVALID, "INVALID: 6 % of the replies are empty")}
REFUSED = [
    ({"problems": "mbpp-plus"}, "it asked mbpp-plus, and the baseline starter"),
    ({"digest": "ab" * 32}, "it asked another version of starter"),
    ({"solved": outcomes(39)}, "its run.json has other problems"),
    ({"solved": outcomes(39), "asked": outcomes(40)}, "no verdict of 1 of 40 problems"),
    ({"solved": outcomes(40), "total": 41}, "replies to 40 of 41 problems"),
    ({"solved": {**sampled(2), "T/9": [True]}, "asked": sampled(2)}, "no verdict of 1 of 80 samples"),
    ({"solved": sampled(2), "is_scored": False}, "broken off before it was scored"),
    ({"gates": INVALID}, "INVALID: 6 % of the replies are empty"),
    ({"gates": {}}, "scores.json is damaged: it has no gates"),
    ({"is_scored": False}, "broken off before it was scored"),
    ({"chosen": True}, "some chosen problems alone"),
    ({"suite": "mention"}, "no verdict of the suite humaneval"),
]
IDS = [f"{number}: {words}" for number, (_, words) in enumerate(REFUSED)]


@pytest.mark.parametrize(("changes", "words"), REFUSED, ids=IDS)
def test_what_makes_no_pairs_is_refused_in_words(baseline, tmp_path, changes, words):
    # as good as can be, so that anything but a refusal would be a PASS
    found = compared(baseline, written_run(tmp_path / "b", **changes), suite="humaneval", margin=50)

    assert only(found).gate is None
    assert words in only(found).refusal
    assert found.is_refused


@pytest.mark.parametrize(("changes", "words"), REFUSED, ids=IDS)
def test_nor_is_such_a_run_a_baseline(baseline, tmp_path, changes, words):
    found = compared(written_run(tmp_path / "b", **changes), baseline, suite="humaneval", margin=50)

    assert only(found).gate is None


def test_a_suite_that_one_of_them_lacks_is_refused(baseline, tmp_path):
    found = compared(baseline, written_run(tmp_path / "b", suite="mention"), written_run(tmp_path / "c"), margin=10)

    assert [suite.suite for suite in found.suites] == ["humaneval", "mention"]
    assert [[one.gate is None for one in suite.runs] for suite in found.suites] == [[True, False], [True, True]]


def test_runs_without_a_suite_in_common_are_refused_in_a_line(baseline, tmp_path):
    other = written_run(tmp_path / "b", suite="mention")

    with pytest.raises(UsageError) as refused:
        compared(baseline, other)

    assert str(refused.value) == (
        "no suite of the baseline's is another run's: glm47-fp8 under humaneval has humaneval, glm47-fp8 under mention "
        "has mention; name runs of one suite"
    )


@pytest.mark.parametrize("margin", [0.0, 100.0, 1e6])
def test_a_margin_that_is_none_is_refused(baseline, tmp_path, margin):
    now = written_run(tmp_path / "b", profile=PROFILE.model_copy(update={"margin": margin}))

    assert only(compared(baseline, now)).refusal == "it has no margin that could be one: give --margin"


def test_what_is_not_the_same_is_warned_of(tmp_path):
    before = written_run(tmp_path / "a", environment={"gpu": "H100", "numpy": "2.3.5"})
    other = PROFILE.model_copy(update={"sampling": Sampling(temperature=0.8)})
    now = written_run(tmp_path / "b", profile=other, environment={"gpu": "H200", "numpy": "2.3.5"})

    assert compared(before, now).warnings == {
        "glm47-fp8 in " + str(now): (
            "sampling.temperature 0.0 in the baseline, 0.8 here",
            'gpu "H100" in the baseline, "H200" here',
        )
    }


def test_runs_that_did_not_hold_their_own_gates_are_told(tmp_path):
    failed = {"published": Decision(GateVerdict.FAIL, "FAIL: 30 of 40 solved")}
    before = written_run(tmp_path / "a", gates=failed, profile=PROFILE.model_copy(update={"name": "old"}))
    now = written_run(tmp_path / "b", profile=PROFILE.model_copy(update={"name": "new"}))

    found = compared(before, now, margin=10)

    assert only(found).gate.verdict is GateVerdict.PASS
    assert found.warnings == {"old": ("humaneval: its own gate did not hold: FAIL: 30 of 40 solved",)}


def test_a_label_is_as_long_as_it_has_to_be(tmp_path):
    first = written_run(tmp_path / "a")
    again = written_run(tmp_path / "b", began_at="2026-11-21T10:00:00.000+00:00")
    other = written_run(tmp_path / "c", profile=PROFILE.model_copy(update={"name": "glm47-awq"}))

    found = compared(first, again, other)

    assert found.label == "glm47-fp8 of 2026-11-20 10:00"
    assert [one.label for one in found.suites[0].runs] == ["glm47-fp8 of 2026-11-21 10:00", "glm47-awq"]


def test_runs_of_one_profile_are_told_apart_by_their_suites_first(tmp_path):
    own = written_run(tmp_path / "a")
    other = written_run(tmp_path / "a-mbpp", suite="mbpp")
    later = written_run(tmp_path / "b", began_at="2026-11-21T10:00:00.000+00:00")

    assert run_labels([read_stored_run(own), read_stored_run(other)]) == [
        "glm47-fp8 under humaneval",
        "glm47-fp8 under mbpp",
    ]
    assert run_labels([read_stored_run(folder) for folder in (own, other, later)]) == [
        "glm47-fp8 of 2026-11-20 10:00",
        "glm47-fp8 under mbpp",
        "glm47-fp8 of 2026-11-21 10:00",
    ]


def test_commands_that_make_no_comparison(baseline, tmp_path):
    other = written_run(tmp_path / "b")

    with pytest.raises(UsageError, match="two runs at least"):
        compared(baseline)
    with pytest.raises(UsageError, match="no run is a baseline of itself"):
        compared(baseline, other, baseline)
    with pytest.raises(UsageError, match="a margin of 0 points is none"):
        compared(baseline, other, margin=0)


def test_a_run_of_other_prompts_under_the_same_name_has_no_comparison(tmp_path):
    runs = [written_run(tmp_path / name, asked_sha256=digest) for name, digest in (("a", "0a" * 32), ("b", "0b" * 32))]

    found = compared(*runs, margin=10)

    assert only(found).refusal.startswith("what the protocol evalplus_chat asks is not what it asked for the baseline")
    assert (only(found).gate, found.is_refused) == (None, True)


def test_a_run_that_another_grader_judged_has_no_comparison(tmp_path):
    runs = [written_run(tmp_path / name, grader=grader) for name, grader in (("a", Yes()), ("b", EvenMore()))]

    assert re.match("the grader yes [0-9a-f]{16} judged it, and yes ", only(compared(*reversed(runs))).refusal)


def test_a_run_from_before_prompts_and_grader_were_kept_is_compared(tmp_path):
    old = written_run(tmp_path / "a", asked_sha256=None)
    scores = json.loads((old / "scores.json").read_text())
    (old / "scores.json").write_text(json.dumps({key: one for key, one in scores.items() if key != "grader"}))

    found = compared(old, written_run(tmp_path / "b", asked_sha256="0b" * 32), margin=10)

    assert only(found).gate is not None
    assert [told for of_run in found.warnings.values() for told in of_run] == [
        "what the baseline asked is not known, and is taken to be the same"
    ]
