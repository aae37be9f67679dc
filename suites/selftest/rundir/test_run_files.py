"""The files of a run: what is finished is on disk at once, and EvalPlus can read its own formats."""

from __future__ import annotations

import json
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from servecheck.errors import UsageError
from servecheck.evaluation.record import Record
from servecheck.evaluation.suite import Suite
from servecheck.evaluation.verdict import PartVerdict
from servecheck.gates.decision import Decision, GateVerdict
from servecheck.grading.code.evalplus_grader import EvalPlus
from servecheck.rundir.run_files import PROMPTS, RunFiles, is_run_dir, read_verdicts
from servecheck.rundir.scores import scores
from servecheck.rundir.transcripts import UNFINISHED

from suites.selftest.records import BOTH, record, suite_named

PASSED = Decision(GateVerdict.PASS, "PASS: said", ("margin: 5 points",), {"gate": "published", "n": 2})


def _record(
    task_id: str, sample: int = 0, *, base: str = "pass", plus: str = "pass", suite: str = "humaneval"
) -> Record:
    kinds = {"pass": "solved", "fail": "wrong_answer", "timeout": "timeout"}
    parts = {
        name: PartVerdict(kinds[one], "", None, one != "timeout") for name, one in (("base", base), ("plus", plus))
    }
    whole = replace(record(task_id, sample, base == plus == "pass", suite=suite), answer=f"program {task_id} {sample}")
    return replace(whole, parts=parts)


def _judged(task_id: str) -> Record:
    """A verdict without parts or answer."""
    return record(task_id, suite="mention")


def _suite(name: str) -> Suite[Any]:
    """``mention``'s verdicts have no parts."""
    return suite_named(name) if name == "mention" else Suite(name=name, grader=EvalPlus(), file_prefix="")


def _begun(folder: Path, *cases: tuple[str, str, int]) -> RunFiles:
    files = RunFiles(folder)
    files.begin({"format": 1}, cases)
    return files


def _finished(folder: Path, records: list[Record], suite: str = "humaneval", **gates: Decision) -> None:
    files = _begun(folder)
    files.finish(
        _suite(suite),
        records,
        scores(records, _suite(suite).metrics) if records else (),
        gates or {"published": PASSED},
        margin=5,
        grader="evalplus 1",
    )
    files.close()


def _finish_chosen(files: RunFiles, records: list[Record]) -> None:
    files.finish(_suite("humaneval"), records, scores(records, BOTH), {}, margin=5, grader="evalplus 1", chosen=True)


def _json(path: Path) -> Any:
    return json.loads(path.read_text())


def _names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_a_verdict_is_on_disk_when_the_call_returns(tmp_path):
    files = _begun(tmp_path / "new" / "run")

    files.add_verdict(record("a", solved=False, reason="gave '\ud800' \u2028 ü"))

    (line,) = (tmp_path / "new" / "run" / "verdicts.jsonl").read_text().splitlines()
    assert json.loads(line)["reason"] == "gave '\ud800' \u2028 ü"
    files.close()


def test_the_prompts_are_there_from_the_beginning(tmp_path):
    prompts = {"a/0": [{"role": "user", "content": "d\u00fc \ud800?"}], "a/1": []}

    files = RunFiles(tmp_path)
    files.begin({"format": 1}, (), prompts)
    files.close()

    assert _json(tmp_path / PROMPTS) == prompts


def test_verdicts_are_appended_in_the_order_in_which_they_come(tmp_path):
    files = _begun(tmp_path)
    for name in ("b", "a"):
        files.add_verdict(record(name, suite="s"))
    files.close()

    assert [row["task_id"] for row in read_verdicts(tmp_path / "verdicts.jsonl")] == ["b", "a"]


def test_a_resumed_run_keeps_the_verdicts_that_are_not_given_anew(tmp_path):
    earlier = [_verdict("s", "a", 0), _verdict("s", "a", 1), _verdict("s", "b", 0), _verdict("other", "b", 0)]
    first = _begun(tmp_path)
    for row in earlier:
        first.add_verdict(row)
    first.close()

    second = _begun(tmp_path, ("s", "a", 1), ("s", "b", 0))
    second.add_verdict(_verdict("s", "b", 0, of="second"))
    second.close()

    kept = [earlier[0], earlier[3], _verdict("s", "b", 0, of="second")]
    assert read_verdicts(tmp_path / "verdicts.jsonl") == [*map(_line, kept)]


def test_a_line_that_a_crash_cut_short_is_dropped_and_the_next_verdict_stands_alone(tmp_path):
    (tmp_path / "verdicts.jsonl").write_text(json.dumps(_line(_verdict("s", "a", 0))) + '\n{"task_id": "b", "sam')

    files = _begun(tmp_path)
    files.add_verdict(_verdict("s", "c", 0))
    files.close()

    assert [row["task_id"] for row in read_verdicts(tmp_path / "verdicts.jsonl")] == ["a", "c"]


def _verdict(suite: str, task_id: str, sample: int, of: str = "first") -> Record:
    return record(task_id, sample, suite=suite, reason=of)


def _line(verdict: Record) -> dict[str, Any]:
    """As it is read."""
    line: dict[str, Any] = json.loads(json.dumps(verdict.to_json()))
    return line


@pytest.mark.parametrize(
    "text",
    [
        '{"task_id": \n{"task_id": "b"}\n',
        '{"task_id": "b"}\n',
        "[]\n",
        '{"suite": ["s"], "task_id": "b", "sample": 0}\n',
    ],
)
def test_a_damaged_line_further_up_is_named_with_what_to_do(tmp_path, text):
    path = tmp_path / "verdicts.jsonl"
    path.write_text(text)

    with pytest.raises(UsageError, match=r"is damaged .*: remove it, every reply is graded again") as raised:
        read_verdicts(path)

    assert str(raised.value).startswith(str(path))


def test_no_verdicts_yet_are_none(tmp_path):
    assert read_verdicts(tmp_path / "verdicts.jsonl") == []


def test_a_manifest_replaces_the_earlier_one_whole(tmp_path):
    for manifest in ({"profile": "p" * 1000}, {"profile": "q"}):
        files = RunFiles(tmp_path)
        files.begin(manifest, ())
        files.close()

    assert _json(tmp_path / "run.json") == {"profile": "q"}
    assert _names(tmp_path) == {"run.json", "verdicts.jsonl"}


def test_what_is_unfinished_stands_in_one_folder_that_goes_at_the_end(tmp_path):
    (tmp_path / UNFINISHED).mkdir()
    (tmp_path / UNFINISHED / "left by a killed run").touch()

    files = _begun(tmp_path)
    then = _names(tmp_path / UNFINISHED)
    (tmp_path / UNFINISHED / "half a reply").touch()
    files.close()

    assert then == set()
    assert _names(tmp_path) == {"run.json", "verdicts.jsonl"}


def test_a_second_command_in_the_same_folder_is_refused_until_the_first_has_ended(tmp_path):
    first = RunFiles(tmp_path)

    with pytest.raises(UsageError, match=f"--run-dir {tmp_path} is in use by another command: wait for it or name"):
        RunFiles(tmp_path)
    first.close()

    RunFiles(tmp_path).close()


def test_a_run_that_never_began_leaves_an_empty_folder(tmp_path):
    RunFiles(tmp_path / "run").close()

    assert _names(tmp_path / "run") == set()


@pytest.mark.parametrize(
    ("names", "taken"),
    [
        ((), True),
        (("server.log",), True),
        ((UNFINISHED, "server.log"), True),
        (("run.json", "anything"), True),
        (("verdicts.jsonl",), False),
        (("server.log", "notes.txt"), False),
    ],
    ids=lambda value: "+".join(value) if isinstance(value, tuple) else None,
)
def test_a_folder_may_hold_a_run_or_what_one_left_that_never_began(tmp_path, names, taken):
    for name in names:
        (tmp_path / name).touch()

    assert is_run_dir(tmp_path) is taken


def test_a_folder_that_is_not_there_yet_may_hold_a_run_and_a_file_may_not(tmp_path):
    (tmp_path / "file").touch()

    assert is_run_dir(tmp_path / "new")
    assert not is_run_dir(tmp_path / "file")


def test_samples_are_evalpluss_sample_rows(tmp_path):
    _finished(tmp_path, [_record("b"), _record("a", 1), _record("a", 0)])

    assert [json.loads(line) for line in (tmp_path / "samples.jsonl").open()] == [
        {"task_id": "a", "solution": "program a 0"},
        {"task_id": "a", "solution": "program a 1"},
        {"task_id": "b", "solution": "program b 0"},
    ]


def test_results_have_evalpluss_shape(tmp_path):
    _finished(tmp_path, [_record("b", plus="timeout"), _record("a", 0), _record("a", 1, base="fail")])

    results = _json(tmp_path / "eval_results.json")

    assert results.keys() == {"date", "hash", "eval", "pass_at_k"}
    assert results["eval"]["b"] == [
        {
            "task_id": "b",
            "solution": "program b 0",
            "base_status": "pass",
            "plus_status": "timeout",
            "base_fail_tests": [],
            "plus_fail_tests": [],
        }
    ]
    assert [(row["base_status"], row["plus_status"]) for row in results["eval"]["a"]] == [
        ("pass", "pass"),
        ("fail", "pass"),
    ]


def test_pass_at_k_is_that_of_the_fewest_samples_and_plus_needs_base(tmp_path):
    ten = [_record("a", number, base="fail" if number else "pass") for number in range(10)]
    _finished(tmp_path / "uneven", [*ten, _record("b", plus="fail")])
    _finished(tmp_path / "even", ten)

    assert _json(tmp_path / "uneven" / "eval_results.json")["pass_at_k"] == {
        "base": {"pass@1": pytest.approx((0.1 + 1) / 2)},
        "plus": {"pass@1": pytest.approx(0.1 / 2)},
    }
    assert _json(tmp_path / "even" / "eval_results.json")["pass_at_k"]["base"] == {
        "pass@1": pytest.approx(0.1),
        "pass@10": 1.0,
    }


def test_scores_hold_how_many_replies_have_which_fault(tmp_path):
    faults = [("limit_ignored",), ("limit_ignored", "truncated"), ()]
    records = [replace(_record(name), faults=of) for name, of in zip("abc", faults, strict=True)]

    _finished(tmp_path, records)

    assert _json(tmp_path / "scores.json")["faults"] == {"limit_ignored": 2, "truncated": 1}


def test_scores_hold_every_metric_and_every_gate(tmp_path):
    paired = Decision(GateVerdict.INCONCLUSIVE, "INCONCLUSIVE: 1 newly failing")

    _finished(tmp_path, [_record("a"), _record("b", plus="fail")], published=PASSED, paired=paired)

    assert _json(tmp_path / "scores.json") == {
        "suite": "humaneval",
        "grader": "evalplus 1",
        "metric": "pass@1 plus",
        "margin": 5,
        "published": {"problems": {}, "unstated": ""},
        "chosen": False,
        "scores": {
            "pass@1 base": {"solved": 2, "samples": 2, "rate": 1.0, "k": 1, "part": "base"},
            "pass@1 plus": {"solved": 1, "samples": 2, "rate": 0.5, "k": 1, "part": ""},
        },
        "gates": {
            "published": {
                "verdict": "PASS",
                "headline": "PASS: said",
                "details": ["margin: 5 points"],
                "figures": {"gate": "published", "n": 2},
            },
            "paired": {
                "verdict": "INCONCLUSIVE",
                "headline": "INCONCLUSIVE: 1 newly failing",
                "details": [],
                "figures": {},
            },
        },
    }


def test_a_second_suites_files_have_its_name_in_front(tmp_path):
    _finished(tmp_path, [_record("a")], suite="mention")

    assert _names(tmp_path) == {
        "run.json",
        "verdicts.jsonl",
        "mention-samples.jsonl",
        "mention-eval_results.json",
        "mention-scores.json",
    }


def test_a_suite_without_parts_has_no_results_in_evalpluss_format(tmp_path):
    _finished(tmp_path, [_judged("a")], suite="mention")

    assert _names(tmp_path) == {"run.json", "verdicts.jsonl", "mention-samples.jsonl", "mention-scores.json"}
    assert _json(tmp_path / "mention-scores.json")["scores"] == {
        "pass@1": {"solved": 1, "samples": 1, "rate": 1.0, "k": 1, "part": ""}
    }


def test_a_run_without_a_single_verdict_still_says_so(tmp_path):
    _finished(tmp_path, [])

    assert _json(tmp_path / "scores.json")["scores"] == {}
    assert _json(tmp_path / "eval_results.json")["pass_at_k"] == {"base": {}, "plus": {}}
    assert (tmp_path / "samples.jsonl").read_text() == ""


def test_where_every_verdict_is_given_anew_the_score_of_those_before_goes_and_no_other_suites(tmp_path):
    """A regrade that is killed would else leave it beside verdicts of another grader."""
    _finished(tmp_path, [_record("a"), _record("b")])
    _finished(tmp_path, [_judged("a")], suite="mention")
    files = RunFiles(tmp_path)
    files.begin({"format": 1}, ())
    for one in (_record("a"), _record("b")):
        files.add_verdict(one)
    files.close()

    _begun(tmp_path, ("humaneval", "a", 0)).close()
    assert (tmp_path / "scores.json").exists()
    _begun(tmp_path, ("humaneval", "a", 0), ("humaneval", "b", 0), ("other", "a", 0)).close()

    assert not (tmp_path / "scores.json").exists()
    assert (tmp_path / "mention-scores.json").exists()


def test_some_chosen_cases_leave_the_results_of_the_whole(tmp_path):
    _finished(tmp_path, [_record("a"), _record("b")])
    files = _begun(tmp_path)

    _finish_chosen(files, [_record("a")])
    files.close()

    assert _json(tmp_path / "scores.json")["scores"]["pass@1 plus"]["samples"] == 2
    assert len((tmp_path / "samples.jsonl").read_text().splitlines()) == 2


@pytest.mark.parametrize("before", [None, '{"chosen": tr', "[]"], ids=["other chosen cases", "cut short", "no object"])
def test_chosen_cases_replace_the_results_of_others_that_were_chosen(tmp_path, before):
    files = _begun(tmp_path)
    _finish_chosen(files, [_record("a"), _record("b")])
    if before is not None:
        (tmp_path / "scores.json").write_text(before)

    _finish_chosen(files, [_record("c")])
    files.close()

    assert _json(tmp_path / "scores.json")["scores"]["pass@1 plus"]["samples"] == 1


@contextmanager
def _smallest_files() -> Iterator[None]:
    """No file may grow beyond 100 bytes, as on a full disk; not for a whole test, since pytest's output is one."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_verdict_that_cannot_be_written_is_an_error_once(tmp_path):
    files = _begun(tmp_path)

    with pytest.raises(OSError, match="File too large"), _smallest_files():
        files.add_verdict(_verdict("s", "a", 0, of="f" * 100))

    files.close()  # raises nothing more
    assert read_verdicts(tmp_path / "verdicts.jsonl") == []
