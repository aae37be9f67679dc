"""What is INVALID is never recorded, what something speaks against only where somebody says why, and nothing drifts."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from servecheck.errors import UsageError
from servecheck.evaluation.record import Record
from servecheck.gates import recording
from servecheck.gates.decision import Decision, GateVerdict
from servecheck.gates.lookup import LookUp, Query, look_up
from servecheck.gates.paired import gate_paired
from servecheck.gates.pairs import gate_pairs
from servecheck.gates.published import gate_published
from servecheck.gates.recorded_samples import recorded_samples
from servecheck.gates.reference_file import load_references
from servecheck.gates.references import Reference
from servecheck.report.reading import ReadingSummary
from servecheck.runs.accepting import checked_reason, doubts, how_to_accept
from servecheck.runs.record_reference import record_reference
from servecheck.runs.suite_result import SuiteResult

from suites.selftest.gates.test_published import published
from suites.selftest.records import record
from suites.selftest.stats.examples import QUERY as EXAMPLE

TASKS = [f"T/{number}" for number in range(164)]
NO_REFERENCE = Decision(GateVerdict.NO_REFERENCE, "NO REFERENCE: said")
INVALID = Decision(GateVerdict.INVALID, "INVALID: 9 of 164 replies have no answer")
QUERY = replace(EXAMPLE, problems="starter", sampling={"temperature": 0.0})
HOW = "accept it so"


def records(solved: int, *, faulty: int = 0, fault: str = "truncated") -> list[Record]:
    """Of 164 problems the first ones solved; ``faulty`` of the others have that fault."""
    return [
        record(task_id, 0, place < solved, faults=(fault,) if solved <= place < solved + faulty else ())
        for place, task_id in enumerate(TASKS)
    ]


def result(solved: int = 100, gates: dict[str, Decision] | None = None, **faults: Any) -> SuiteResult:
    rows = records(solved, **faults)
    return SuiteResult(
        "humaneval", rows, (), "", LookUp((), ()), gates or {"published": NO_REFERENCE}, True, ReadingSummary()
    )


def against_published(solved: int) -> dict[str, Decision]:
    gate = gate_published(solved=solved, n=164, reference=published("45.0"), margin=5)
    return {"published": gate}


def recorded(path: Path, found: SuiteResult, accepted: str | None = None, query: Query = QUERY) -> str:
    return record_reference(
        path,
        query,
        found,
        task_ids=TASKS,
        profile="p",
        margin=5.0,
        accepted=accepted,
        how_to_accept=HOW,
    )


def entries(path: Path) -> tuple[Reference, ...]:
    return load_references(path).entries


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "scores.json"


def test_a_run_that_nothing_speaks_against_is_recorded_with_what_gates_from_now_on(path: Path) -> None:
    told = recorded(path, result())

    assert told.startswith(
        f"100 of 164 solved, 61.0 %, in {path}: commit it. From now on runs of the same model, asked"
    )
    assert told.endswith(
        "margin 5 points, of 164 pairs: FAIL from 4 newly failing if none is newly solved, PASS up to 3"
    )


@pytest.mark.parametrize(
    ("found", "why"),
    [
        pytest.param(result(0), "it solved 0 of 164", id="nothing solved"),
        pytest.param(
            result(53, against_published(53)), "it FAILs against the published score (45 %)", id="published FAIL"
        ),
        pytest.param(
            result(100, faulty=9),
            "explains over 5 % of all 164 problems (9 unsolved, truncated: ",
            id="a fault of the server",
        ),
        pytest.param(
            result(100, faulty=9, fault="end_token"),
            "explains over 5 % of all 164 problems (9 unsolved, end token: ",
            id="a fault that was added later",
        ),
    ],
)
def test_what_something_speaks_against_is_recorded_only_where_somebody_says_why(
    path: Path, found: SuiteResult, why: str
) -> None:
    with pytest.raises(UsageError, match=f": {HOW}$") as raised:
        recorded(path, found)

    assert why in str(raised.value)
    assert not path.exists()
    assert "(accepted: agreed)" in recorded(path, found, "agreed")
    assert entries(path)[0].accepted == "agreed"


def test_up_to_5_percent_of_all_problems_need_no_word(path: Path) -> None:
    assert list(doubts(result(100, faulty=8))) == []
    assert list(doubts(result(100, faulty=60, fault="repetition_loop"))) == []  # the model's own


def test_a_published_fail_that_was_set_aside_is_one_all_the_same() -> None:
    gate = against_published(53)["published"]
    aside = replace(gate, verdict=GateVerdict.NOT_GATED, figures={**gate.figures, "set_aside": "FAIL"})

    assert list(doubts(result(53, {"published": aside}))) == ["it FAILs against the published score (45 %)"]


def test_what_is_invalid_is_never_recorded(path: Path) -> None:
    with pytest.raises(UsageError, match=r"never recorded, accepted or not .9 of 164 replies have no answer"):
        recorded(path, result(100, {"published": INVALID}), "agreed")

    assert not path.exists()


@pytest.mark.parametrize("gate", ["paired", "origin", "baseline"])
@pytest.mark.parametrize("margin", [1.0, 50.0], ids=["FAIL", "PASS"])
def test_a_proven_loss_is_no_reference_by_itself_within_the_margin_or_not(path: Path, gate: str, margin: float) -> None:
    before = dict.fromkeys(TASKS, True)
    now = {task_id: place >= 8 for place, task_id in enumerate(TASKS)}
    lost = gate_paired(now, before, against="100.0 % of May", margin=margin)

    with pytest.raises(UsageError, match=r"a loss of 4.9 points is proven against .* \(100.0 % of May\)"):
        recorded(path, result(156, {gate: lost}))


@pytest.mark.parametrize(
    ("changes", "unlike"),
    [
        ({"asked_sha256": "b" * 64}, "what its protocol asks"),
        ({"grader": "evalplus 2"}, "the grader"),
        ({"problems_sha256": "b" * 64}, "the problem file"),
    ],
    ids=["prompts", "grader", "problems"],
)
def test_an_entry_that_the_run_cannot_be_held_to_is_replaced_only_where_somebody_says_why(
    path: Path, changes: dict[str, str], unlike: str
) -> None:
    """An edit of the suite would else let any loss in, and the first accepted entry go."""
    before = replace(QUERY, asked_sha256="a" * 64, grader="evalplus 1")
    recorded(path, result(150), query=before)
    recorded(path, result(149), query=before)
    was = path.read_bytes()

    with pytest.raises(UsageError, match=f": {HOW}$") as raised:
        recorded(path, result(100), query=replace(before, **changes))

    each = [
        f"it cannot be held to the entry that it would replace ({score} % of {entries(path)[0].date}): {unlike} was "
        "another then, so a loss in between is not to be seen"
        for score in ("91.5", "90.9")
    ]
    assert str(raised.value) == f"{'; '.join(each)}: {HOW}"
    assert path.read_bytes() == was
    recorded(path, result(100), "prompts are shorter", replace(before, **changes))
    assert [(entry.solved_count, entry.accepted) for entry in entries(path)] == [(100, "prompts are shorter")]


def test_beside_an_entry_that_stays_nothing_is_lost(path: Path) -> None:
    recorded(path, result(150), query=replace(QUERY, asked_sha256="a" * 64))

    recorded(path, result(100), query=replace(QUERY, asked_sha256="a" * 64, thinking="on"))

    assert [entry.solved_count for entry in entries(path)] == [150, 100]


def test_a_run_of_several_samples_is_recorded_with_the_counts_of_each_problem(path: Path) -> None:
    rows = [replace(row, sample=sample) for sample in range(2) for row in records(100 + sample)]
    found = SuiteResult("humaneval", rows, (), "", LookUp((), ()), {"published": NO_REFERENCE}, True, ReadingSummary())

    told = recorded(path, found)

    assert told.startswith(
        f"201 of 328 samples of 164 problems solved, 61.3 %, in {path}: commit it. From now on runs of the same model"
    )
    assert told.endswith("FAIL from 5 problems lost in all samples if nothing else changes, PASS up to 3")
    assert [solved for _, solved in recorded_samples(entries(path)[0], TASKS).values()] == [2] * 100 + [1] + [0] * 63


def test_counts_too_long_for_a_line_are_in_a_file_that_is_named(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recording, "LONGEST_LINE", 40)  # 164 problems take 41

    told = recorded(path, result())

    data = entries(path)[0].data
    assert data is not None
    assert f"in {path} and {data.name} beside it: commit both. From now on" in told
    assert sum(solved for _, solved in recorded_samples(entries(path)[0], TASKS).values()) == 100


def test_doubts_about_several_samples_count_samples(path: Path) -> None:
    rows = [replace(row, sample=sample) for sample in range(2) for row in records(100, faulty=9)]
    found = SuiteResult("humaneval", rows, (), "", LookUp((), ()), {"published": NO_REFERENCE}, True, ReadingSummary())

    (doubt,) = doubts(found)

    assert "explains over 5 % of all 328 samples (18 unsolved, truncated" in doubt


class TestRunsInARow:
    """Each is held to what is recorded, and recorded itself where that is allowed."""

    @staticmethod
    def run(path: Path, unsolved: set[int], accepted: str | None = None) -> str:
        now = {task_id: place not in unsolved for place, task_id in enumerate(TASKS)}
        found = look_up(entries(path) if path.exists() else (), QUERY)
        gates = {
            name: gate_pairs(
                {task_id: (1, int(solved)) for task_id, solved in now.items()},
                recorded_samples(entry, TASKS),
                against=f"{entry.score} % of May",
                margin=5,
            )
            for name, entry in (("paired", found.recorded[0] if found.recorded else None), ("origin", found.origin))
            if entry is not None
        } or {"published": NO_REFERENCE}
        rows = [replace(row, score=float(now[row.task_id])) for row in records(0)]
        return recorded(path, SuiteResult("humaneval", rows, (), "", found, gates, True), accepted)

    @staticmethod
    def after(runs: int) -> set[int]:
        """What fails two points further down a run, among so many flips by chance that no step shows by itself."""
        first = set(range(140, 152))
        if not runs:
            return first
        lost, by_chance = set(range(round(0.02 * runs * len(TASKS)))), set(range(60 + 6 * runs, 66 + 6 * runs))
        return lost | by_chance | {place for place in first if (place + runs) % 2}

    def test_each_two_points_worse_they_are_refused_from_the_proven_loss_against_the_first_on(self, path: Path) -> None:
        refused = []
        for runs in range(10):
            before = path.read_bytes() if path.exists() else b""
            try:
                self.run(path, self.after(runs))
            except UsageError as error:
                refused.append((runs, str(error)))
                assert path.read_bytes() == before

        was, *later = (
            {task_id: place not in self.after(runs) for place, task_id in enumerate(TASKS)} for runs in range(10)
        )
        losses = [gate_paired(now, was, against="x", margin=5).proven_loss for now in later]
        proven = next(runs for runs, loss in enumerate(losses, start=1) if loss is not None)
        assert proven == 3
        assert [runs for runs, _ in refused] == list(range(proven, 10))
        assert refused[0][1] == f"a loss of 6.1 points is proven against the first accepted run (92.7 % of May): {HOW}"
        assert [entry.solved_count for entry in entries(path)] == [152, 145]

    def test_what_is_accepted_with_a_reason_is_the_first_from_then_on(self, path: Path) -> None:
        self.run(path, set())
        self.run(path, {0, 1})

        told = self.run(path, set(range(12)), "int4, agreed in May")

        (entry,) = entries(path)
        assert (entry.score, entry.accepted, entry.origin) == ("92.7", "int4, agreed in May", None)
        assert "in place of 100.0 % of" in told
        assert "(accepted: int4, agreed in May)" in told

    def test_what_lost_nothing_provably_takes_the_place_of_the_latest_beside_the_first(self, path: Path) -> None:
        self.run(path, set())
        self.run(path, {0})

        told = self.run(path, {0, 1})

        assert [entry.solved_count for entry in entries(path)] == [164, 162]
        assert "held to it in pairs, and to the first accepted run, 100.0 % of" in told


def test_words_of_acceptance_are_one_printable_line() -> None:
    assert checked_reason(" agreed\n in  May\x1b[2J", recording=True) == "agreed in May\\x1b[2J"
    assert checked_reason(None, recording=False) is None


def test_a_run_that_was_asked_is_accepted_later_from_its_folder_and_one_that_was_given_by_the_same_command() -> None:
    asked = how_to_accept("humaneval", Path("/runs/a b"), asked=True, sandbox="auto")
    given = how_to_accept("humaneval", Path("/runs/a b"), asked=False, sandbox="auto")

    assert asked.endswith(
        "pytest -m humaneval --profile=replay --run-dir='/runs/a b' --record-reference --accept \"why\""
    )
    assert given.endswith('give this command again with --accept "why"')
