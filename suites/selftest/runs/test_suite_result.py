"""From records to gates: a score is decided about only where there is one, and what keeps it from being is said."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from servecheck.errors import UsageError
from servecheck.evaluation.case import Case
from servecheck.evaluation.record import Record
from servecheck.gates.decision import Decision, GateVerdict
from servecheck.gates.lookup import LookUp
from servecheck.gates.packed_counts import pack_counts
from servecheck.gates.pairs import held
from servecheck.gates.references import Reference
from servecheck.profiles.schema import Profile, Sampling
from servecheck.rundir.scores import samples_of
from servecheck.runs.plan import Plan
from servecheck.runs.suite_result import SuiteResult, decision_lines, suite_result

from suites.selftest.records import record, suite_named
from suites.selftest.stats.examples import reference

TASKS = [f"Starter/{number}" for number in range(44)]
DIGEST = "0f" * 32
NOTHING = LookUp((), ())


def _plan(samples: Mapping[str, tuple[int, ...]] | None = None) -> Plan:
    return Plan(
        profile=Profile(name="p", model="m", margin=10.0, sampling=Sampling(max_tokens=512)),
        problems="starter",
        problems_sha256=DIGEST,
        total=len(TASKS),
        samples=samples or dict.fromkeys(TASKS, (0,)),
        readiness_socket=Path(),
        run_dir=Path(),
    )


def _records(
    cases: Iterable[Case], unsolved: Sequence[str] = (), faults: Mapping[str, Sequence[str]] | None = None
) -> dict[tuple[str, int], Record]:
    return {
        (case.task_id, case.sample): record(
            case.task_id,
            case.sample,
            case.task_id not in unsolved,
            faults=tuple((faults or {}).get(case.task_id, ())),
            finish_reason="stop",
            model="m",
        )
        for case in cases
    }


def _reference(score: str, **changes: Any) -> Reference:
    plain = {"suite": "mention", "problems": "starter", "metric": "pass@1", "n": None, "source": "a leaderboard"}
    return reference(**(plain | {"model": "m", "date": "2026-11"} | changes), score=score)


def _recorded(unsolved: Sequence[str] = ()) -> Reference:
    outcomes = [task_id not in unsolved for task_id in TASKS]
    return _reference(
        f"{100 * sum(outcomes) / len(outcomes):.1f}",
        solved=pack_counts(outcomes),
        solved_count=sum(outcomes),
        n=len(outcomes),
        problems_sha256=DIGEST,
        date="2026-11-02",
    )


def _recorded_four(share: float = 1.0) -> Reference:
    """Of a run with four samples a problem; the last share of the problems solved, and two samples of the first one."""
    counts = [4 if place >= (1 - share) * len(TASKS) else 0 for place in range(len(TASKS))]
    counts[0] = 2
    return _reference(
        f"{100 * sum(counts) / (4 * len(counts)):.1f}",
        solved=pack_counts(counts, 4),
        samples=4,
        solved_count=sum(counts),
        n=len(counts),
        problems_sha256=DIGEST,
        date="2026-11-02",
    )


PUBLISHED_100 = LookUp((_reference("100.0"),), ())
BOTH = replace(PUBLISHED_100, recorded=(_recorded(),))


def _result(
    found: LookUp = PUBLISHED_100,
    *,
    plan: Plan | None = None,
    without: Sequence[str] = (),
    chosen: Sequence[str] | None = None,
    cause: str = "",
    chooses: bool = False,
    **given: Any,
) -> SuiteResult:
    """Of a run whose ``chosen`` tasks (all) were selected, those ``without`` a verdict left out of the records."""
    plan = plan or _plan()
    cases = [case for case in plan.cases() if chosen is None or case.task_id in chosen]
    records = _records((case for case in cases if case.task_id not in without), **given)
    return suite_result(suite_named("mention"), plan, cases, records, found, cause, chooses=chooses)


def test_where_nobody_knows_what_was_asked_it_stands_beside_the_first_gate():
    plan = _plan()
    cases = list(plan.cases())
    told = "asked: what these replies were asked is not known, so they are compared as if it were what is asked now"

    for found in (NOTHING, PUBLISHED_100, BOTH):
        records = _records(cases)
        result = suite_result(suite_named("mention"), plan, cases, records, found, asked_is_known=False)
        assert told in next(iter(result.gates.values())).details
        known = suite_result(suite_named("mention"), plan, cases, records, found)
        assert told not in next(iter(known.gates.values())).details


def test_a_recorded_run_of_which_nobody_knows_what_it_was_asked_is_said_to_be_one():
    told = "asked: what the recorded run was asked is not known, so it is compared as if it were what is asked now"

    silent, known = _recorded(), _recorded().model_copy(update={"asked_sha256": "0a" * 32})

    assert told in _result(replace(BOTH, recorded=(silent,))).gates["paired"].details
    assert told not in _result(replace(BOTH, recorded=(known,))).gates["paired"].details


def _announced(plan: Plan, cases: Sequence[Case], found: LookUp) -> list[str]:
    return decision_lines("mention", plan, cases, found)


def _only(result: SuiteResult) -> Decision:
    assert result.gates.keys() == {"published"}
    return result.gates["published"]


def test_records_are_in_the_sets_order_whatever_the_order_in_which_they_came():
    plan = _plan({"Starter/10": (0, 1), "Starter/9": (0,)})
    cases = list(plan.cases())

    result = suite_result(suite_named("mention"), plan, cases, _records(reversed(cases)), NOTHING)

    assert [(row.task_id, row.sample) for row in result.records] == [
        ("Starter/10", 0),
        ("Starter/10", 1),
        ("Starter/9", 0),
    ]


def test_a_whole_run_is_scored_and_held_to_the_published_score():
    result = _result(unsolved=TASKS[:6])

    assert [str(score) for score in result.scores] == ["pass@1  38/44  86.4 %"]
    assert _only(result).verdict is GateVerdict.FAIL
    assert _only(result).headline == "FAIL: 38 of 44 solved (86.4 %), published 100.0 %, margin 10 points"
    assert result.measured


def test_the_newest_published_score_is_the_one_that_gates():
    result = _result(LookUp((_reference("86.4"), _reference("100.0")), ()), unsolved=TASKS[:6])

    assert "published 86.4 %" in _only(result).headline


def test_replies_that_cannot_be_judged_make_chosen_problems_invalid_too():
    result = _result(chosen=TASKS[:3], faults={TASKS[0]: ("limit_ignored",)})

    assert _only(result).verdict is GateVerdict.INVALID
    assert _only(result).headline.startswith("INVALID: 1 of 3 replies are longer than the max_tokens")
    assert result.faults == "1 longer than max_tokens"


def test_what_replies_tell_of_their_server_stands_with_the_first_gate_alone():
    plan = _plan()
    records = _records(plan.cases())
    records = {key: replace(one, model="/models/m.gguf") for key, one in records.items()}

    result = suite_result(suite_named("mention"), plan, list(plan.cases()), records, BOTH)

    assert [gate.details[-1:] == ("server: its replies name model /models/m.gguf, asked for m",)
            for gate in result.gates.values()] == [True, False]  # fmt: skip
    assert result.gates["published"].verdict is GateVerdict.PASS


def test_without_any_reference_the_gate_says_how_to_have_one():
    result = _result(NOTHING)

    assert _only(result).verdict is GateVerdict.NO_REFERENCE
    assert _only(result).headline.endswith(
        "; to gate on this run's own outcomes from now on, give this command again with --record-reference and this "
        "run's --run-dir, which asks for nothing that is there"
    )
    assert result.measured


def test_a_recorded_run_alone_gates_in_pairs_and_asks_for_no_published_score():
    result = _result(LookUp((), (), (_recorded(["Starter/1"]),)), unsolved=["Starter/2"])

    assert result.gates.keys() == {"paired"}
    assert "1 newly failing, 1 newly solved of 44 (0.0 points) against 97.7 % of 2026-11-02" in (
        result.gates["paired"].headline
    )
    assert result.gates["paired"].figures["newly_failing"] == ["Starter/2"]
    assert result.gates["paired"].figures["newly_solved"] == ["Starter/1"]


def test_published_and_recorded_gate_side_by_side():
    result = _result(BOTH, unsolved=TASKS[:6])

    assert {name: gate.verdict for name, gate in result.gates.items()} == {
        "published": GateVerdict.FAIL,
        "paired": GateVerdict.FAIL,
    }
    assert list(result.gates) == ["published", "paired"]


@pytest.mark.parametrize(
    ("n", "recorded_unsolved", "accepted", "verdict"),
    [
        (None, 3, "agreed", GateVerdict.NOT_GATED),  # no measurement, but true by construction
        (44, 4, "agreed", GateVerdict.NOT_GATED),  # the accepted run fails it too
        (44, 3, "agreed", GateVerdict.FAIL),
        (44, 4, None, GateVerdict.FAIL),  # recorded, and never accepted
        (None, 3, None, GateVerdict.FAIL),
    ],
)
def test_beside_a_paired_pass_a_published_fail_counts_unless_the_accepted_run_has_it_too(
    n, recorded_unsolved, accepted, verdict
):
    recorded = _recorded(TASKS[:recorded_unsolved]).model_copy(update={"accepted": accepted})
    found = LookUp((_reference("97.7", n=n),), (), (recorded,))
    plan = replace(_plan(), profile=_plan().profile.model_copy(update={"margin": 11.0}))

    result = _result(unsolved=TASKS[:4], found=found, plan=plan)

    assert result.gates["paired"].verdict is GateVerdict.PASS
    assert result.gates["published"].verdict is verdict
    assert "FAIL: 40 of 44 solved" in result.gates["published"].headline


def test_why_a_run_was_accepted_stands_with_every_gate_against_it():
    recorded = _recorded().model_copy(update={"accepted": "int4, agreed"})
    plan = _plan()
    found = LookUp((), (), (recorded,))

    (gate,) = _result(found=found, plan=plan).gates.values()
    (line,) = _announced(plan, list(plan.cases()), found)

    assert gate.headline.endswith("margin 10 points (accepted: int4, agreed)")
    assert "accepted: the reference of 2026-11-02, 44 of 44 solved, because: int4, agreed" in gate.details
    assert line.startswith("recorded 100.0 % of 2026-11-02 (accepted: int4, agreed), margin 10 points, ")


def test_the_first_accepted_run_gates_beside_the_latest():
    latest = _recorded(TASKS[:4]).model_copy(update={"origin": "2026-11-02, 44 of 44 solved"})
    found = LookUp((), (), (latest, _recorded()))

    gates = _result(unsolved=TASKS[:4], found=found).gates

    assert {name: gate.verdict for name, gate in gates.items()} == {
        "paired": GateVerdict.PASS,
        "origin": GateVerdict.FAIL,
    }


def test_a_first_accepted_run_that_is_gone_is_said_to_be():
    latest = _recorded().model_copy(update={"origin": "2026-11-01, 44 of 44 solved"})

    (gate,) = _result(found=LookUp((), (), (latest,))).gates.values()

    gone = "origin: the first accepted run (2026-11-01, 44 of 44 solved) is not in the file any more"
    assert gate.details[-1] == gone


def test_a_recorded_run_that_solved_nothing_gates_only_where_somebody_accepted_it():
    nothing = _recorded(TASKS)
    accepted = nothing.model_copy(update={"accepted": "agreed"})

    verdicts = [
        _result(unsolved=TASKS, found=LookUp((), (), (one,))).gates["paired"].verdict for one in (nothing, accepted)
    ]

    assert verdicts == [GateVerdict.NOT_GATED, GateVerdict.PASS]


def test_a_published_fail_counts_where_the_pairs_decide_nothing():
    found = LookUp((_reference("100.0"),), (), (_recorded(),))

    result = _result(unsolved=TASKS[:2], found=found)

    assert [gate.verdict for gate in result.gates.values()] == [GateVerdict.FAIL, GateVerdict.INCONCLUSIVE]


def test_a_recorded_run_of_another_number_of_problems_is_told_before_anything_is_asked():
    recorded = _recorded().model_copy(update={"n": 43})

    with pytest.raises(UsageError, match="record it anew"):
        _announced(_plan(), list(_plan().cases()), LookUp((), (), (recorded,)))


def test_missing_verdicts_make_it_invalid_whatever_it_would_be_held_to():
    result = _result(BOTH, without=["Starter/3", "Starter/7"])

    assert _only(result).verdict is GateVerdict.INVALID
    assert _only(result).headline == (
        "INVALID: 2 of 44 missing (Starter/3, Starter/7): they have no verdict, so there is no score"
    )
    assert not result.measured


def test_the_cause_of_missing_verdicts_is_quoted_in_one_printable_line():
    result = _result(without=["Starter/3"], cause="HTTP 401: no\x1b[2J\nkey" + "x" * 1000)

    assert "so there is no score; HTTP 401: no" in _only(result).headline
    assert _only(result).headline.isprintable()
    assert len(_only(result).headline) < 500


def test_a_cause_without_missing_verdicts_is_not_mentioned():
    assert "HTTP 500" not in _only(_result(cause="HTTP 500")).headline


def test_five_missing_problems_are_named_and_each_once():
    plan = _plan(dict.fromkeys(TASKS, (0, 1)))

    headline = _only(_result(plan=plan, without=TASKS[:6])).headline

    assert headline.startswith(
        "INVALID: 12 of 88 missing (Starter/0, Starter/1, Starter/2, Starter/3, Starter/4, ...): "
    )


def test_without_a_single_verdict_there_is_no_score():
    result = _result(without=TASKS)

    assert (result.scores, list(result.records)) == ((), [])
    assert _only(result).headline.startswith("INVALID: 44 of 44 missing (")


def test_a_chosen_subset_is_not_gated_though_all_of_it_is_solved():
    result = _result(BOTH, chosen=TASKS[:12])

    assert _only(result).verdict is GateVerdict.NOT_GATED
    assert _only(result).headline == "not gated: 12 of 44 selected"
    assert not result.measured


def test_a_subset_with_missing_verdicts_is_invalid():
    result = _result(chosen=TASKS[:12], without=["Starter/3"])

    assert _only(result).headline.startswith("INVALID: 1 of 12 missing (Starter/3)")


def test_replies_that_leave_problems_out_make_it_invalid():
    result = _result(plan=_plan(dict.fromkeys(TASKS[2:], (0,))))

    assert _only(result).headline == "INVALID: the replies leave out 2 of 44 problems, so there is no score"
    assert not result.measured


def test_a_subset_of_replies_that_leave_problems_out_is_a_subset():
    plan = _plan(dict.fromkeys(TASKS[2:], (0,)))

    assert _only(_result(plan=plan, chosen=TASKS[2:5])).headline == "not gated: 3 of 42 selected"


def test_replies_to_the_problems_alone_that_the_command_chooses_are_a_subset_too():
    plan = _plan(dict.fromkeys(TASKS[2:5], (0,)))

    result = _result(plan=plan, chooses=True)

    assert _only(result).verdict is GateVerdict.NOT_GATED
    assert _only(result).headline == "not gated: 3 of 44 problems selected"
    assert (result.chosen, result.measured) == (True, False)
    assert _only(_result(plan=plan, chooses=True, without=["Starter/3"])).verdict is GateVerdict.INVALID


def test_a_command_that_chooses_and_leaves_nothing_out_is_gated():
    result = _result(chooses=True)

    assert (result.chosen, _only(result).verdict) == (False, GateVerdict.PASS)


SEVERAL = dict.fromkeys(TASKS, (0, 1))


def test_several_samples_are_scored_and_held_to_the_published_score_by_problem():
    result = _result(plan=_plan(SEVERAL), unsolved=TASKS[:6])

    assert (result.scores[0].solved, result.scores[0].samples) == (76, 88)
    assert _only(result).verdict is GateVerdict.FAIL
    assert "mean pass@1 86.4 % of 44 problems, 2 samples each, published 100.0 %" in _only(result).headline
    assert result.measured
    assert result.has_several_samples


def test_several_samples_are_paired_with_a_recorded_run_of_one():
    gate = _result(BOTH, plan=_plan(SEVERAL), unsolved=TASKS[:6]).gates["paired"]

    assert gate.headline == (
        "FAIL: -13.6 points, 6 problems worse and 0 better of 44 against 100.0 % of 2026-11-02, permutation p .0156, "
        "margin 10 points"
    )
    assert "n: 44 problems, 88 samples here and 44 there" in gate.details


@pytest.mark.parametrize(
    ("samples", "told"),
    [
        ((0,), "against 98.9 % of 2026-11-02, 4 samples each, permutation p "),
        ((0, 1, 2, 3), "4 samples each, sign-flip"),
    ],
)
def test_a_run_of_any_number_of_samples_is_paired_with_a_recorded_one_of_four(samples, told):
    found = replace(BOTH, recorded=(_recorded_four(),))

    gate = _result(found, plan=_plan(dict.fromkeys(TASKS, samples)), unsolved=TASKS[:6]).gates["paired"]

    assert gate.headline.startswith("FAIL: -12.5 points, 6 problems worse and 0 better of 44")
    assert told in gate.headline


def test_the_first_accepted_run_gates_beside_the_latest_with_several_samples_too():
    latest = _recorded_four(0.5).model_copy(update={"origin": "2026-11-02, 174 of 44 x 4 solved"})
    found = LookUp((), (), (latest, _recorded_four()))

    gates = _result(found, plan=_plan(SEVERAL), unsolved=TASKS[:22]).gates

    assert {name: gate.verdict for name, gate in gates.items()} == {
        "paired": GateVerdict.PASS,
        "origin": GateVerdict.FAIL,
    }


def test_a_published_fail_beside_an_accepted_run_of_several_samples_that_fails_it_too_is_set_aside():
    accepted = _recorded_four(0.5).model_copy(update={"accepted": "agreed"})
    found = LookUp((_reference("97.7", n=44),), (), (accepted,))

    gates = _result(found, unsolved=TASKS[:22]).gates

    assert gates["paired"].verdict is GateVerdict.PASS
    assert gates["published"].headline.startswith("not gated: the recorded run, which was accepted, fails it too")


def test_several_samples_without_a_reference_say_how_to_have_one():
    result = _result(NOTHING, plan=_plan(SEVERAL), unsolved=TASKS[:11])

    assert _only(result).verdict is GateVerdict.NO_REFERENCE
    assert "mean pass@1 75.0 % of 44 problems" in _only(result).headline
    assert "--record-reference" in _only(result).headline


def test_before_several_samples_are_asked_for_it_is_said_what_is_sure_to_decide():
    plan = _plan(SEVERAL)

    published, recorded = _announced(plan, list(plan.cases()), BOTH)

    assert published.startswith(
        "published 100.0 %, margin 10 points, of 44 problems: PASS from 100.0 % and FAIL up to 96.3 % however"
    )
    assert recorded == (
        "recorded 100.0 % of 2026-11-02, margin 10 points, of 44 pairs: FAIL from 5 problems lost in all samples if "
        "nothing else changes, PASS up to 0, where the samples of a problem agree"
    )


def test_model_faults_are_counted_and_the_score_stands():
    faults = {task_id: ["truncated"] for task_id in TASKS[:8]} | {TASKS[9]: ["repetition_loop", "think_leak"]}

    result = _result(unsolved=TASKS[:8], faults=faults)

    assert result.faults == "8 truncated at max_tokens 512, 1 repetition loop, 1 think-tag leak"
    assert _only(result).verdict is GateVerdict.FAIL


def test_replies_without_faults_have_no_line_on_them():
    assert _result().faults == ""


def test_one_reply_without_usage_makes_the_run_invalid():
    result = _result(BOTH, faults={"Starter/5": ["no_usage"]})

    assert _only(result).headline.startswith("INVALID: 1 of 44 replies came without usage")
    assert result.faults == "1 without usage"


@pytest.mark.parametrize(("count", "verdict"), [(2, GateVerdict.PASS), (3, GateVerdict.INVALID)])
def test_more_than_one_reply_in_twenty_without_an_answer_says_nothing_about_the_model(count, verdict):
    faults = {task_id: ["empty"] for task_id in TASKS[:count]}
    found = LookUp((_reference("90.0"),), ())

    assert _only(_result(found, unsolved=TASKS[:count], faults=faults)).verdict is verdict


REASONING = {task_id: ["switch_ignored"] for task_id in TASKS[:4]}


@pytest.mark.parametrize(
    ("unsolved", "verdict"),
    [([], GateVerdict.INVALID), (TASKS[:4], GateVerdict.INVALID), (TASKS[4:34], GateVerdict.FAIL)],
    ids=["all solved", "a loss that those that reason may make", "a loss without them"],
)
def test_replies_that_reason_though_they_were_not_to_make_it_invalid_but_where_it_fails_without_them(unsolved, verdict):
    result = _result(unsolved=unsolved, faults=REASONING)

    assert _only(result).verdict is verdict
    assert not result.measured
    assert result.may_fail
    assert any("even if every one of them is counted" in line for line in _only(result).details) is (
        verdict is GateVerdict.FAIL
    )


@pytest.mark.parametrize(("unsolved", "held_to"), [(TASKS[:4], []), (TASKS[4:34], ["baseline"])])
def test_held_to_another_run_it_can_fail_too_and_never_pass(unsolved, held_to):
    result = _result(NOTHING, unsolved=unsolved, faults=REASONING)
    [other] = held([(samples_of(result.records), 10.0)], dict.fromkeys(TASKS, (1, 1)), against="before")

    gates = result.held_to(other).gates

    assert gates["published"].verdict is GateVerdict.INVALID
    assert [name for name in gates if name != "published"] == held_to
    assert all(gates[name].verdict is GateVerdict.FAIL for name in held_to)


def test_missing_verdicts_are_told_before_faults():
    result = _result(without=["Starter/0"], faults={"Starter/5": ["no_usage"]})

    assert "1 of 44 missing" in _only(result).headline


def test_a_subset_is_not_judged_by_its_faults():
    result = _result(chosen=TASKS[:3], faults={TASKS[0]: ["empty"]})

    assert _only(result).verdict is GateVerdict.NOT_GATED
    assert result.faults == "1 empty"


def test_a_whole_run_is_measured_though_the_published_score_is_too_low_to_gate():
    result = _result(LookUp((_reference("3.0"),), ()))

    assert _only(result).verdict is GateVerdict.NOT_GATED
    assert result.measured


def test_the_counts_that_decide_are_known_before_anything_is_asked():
    plan = _plan()

    assert _announced(plan, list(plan.cases()), BOTH) == [
        "published 100.0 %, margin 10 points, of 44: PASS from 44, FAIL up to 43",
        "recorded 100.0 % of 2026-11-02, margin 10 points, of 44 pairs: FAIL from 4 newly failing if none is newly "
        "solved, PASS up to 0, INCONCLUSIVE at 1 to 3",
    ]


def test_only_gates_that_there_will_be_are_announced():
    plan = _plan()
    cases = list(plan.cases())

    assert _announced(plan, cases, NOTHING) == []
    assert [line.partition(" ")[0] for line in _announced(plan, cases, PUBLISHED_100)] == ["published"]
    assert [line.partition(" ")[0] for line in _announced(plan, cases, replace(BOTH, published=()))] == ["recorded"]
    assert _announced(plan, cases, LookUp((_reference("3.0"),), ())) == []


def test_nothing_is_announced_that_will_not_be_decided():
    plan, several = _plan(), _plan(SEVERAL)
    some = _plan(dict.fromkeys(TASKS[1:], (0,)))

    assert _announced(plan, list(plan.cases())[:12], BOTH) == []
    assert _announced(several, list(several.cases())[:80], BOTH) == []
    assert _announced(some, list(some.cases()), BOTH) == []
