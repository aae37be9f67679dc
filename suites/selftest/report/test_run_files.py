"""The files of a run: what is finished is on disk at once, and EvalPlus can read its own formats."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from fixtures.report.run_files import RunFiles
from fixtures.report.scores import scores

GATE = {"verdict": "PASS", "headline": "PASS: said"}


def _record(task_id: str, sample: int = 0, *, base: str = "pass", plus: str = "pass") -> dict[str, Any]:
    kinds = {"pass": "solved", "fail": "wrong_answer", "timeout": "timeout"}
    return {
        "task_id": task_id,
        "sample": sample,
        "solved": base == plus == "pass",
        "program": f"program {task_id} {sample}",
        "base": {"kind": kinds[base], "status": base},
        "plus": {"kind": kinds[plus], "status": plus},
    }


def _finished(folder: Path, records: list[dict[str, Any]], suite: str = "humaneval") -> None:
    files = RunFiles(folder)
    files.finish(suite, records, scores(records) if records else (), GATE)
    files.close()


def _json(path: Path) -> Any:
    return json.loads(path.read_text())


def test_a_verdict_is_on_disk_when_the_call_returns(tmp_path):
    files = RunFiles(tmp_path / "new" / "run")

    files.add_verdict({"task_id": "a", "reason": "gave '\ud800' \u2028 ü"})

    (line,) = (tmp_path / "new" / "run" / "verdicts.jsonl").read_text().splitlines()
    assert json.loads(line) == {"task_id": "a", "reason": "gave '\ud800' \u2028 ü"}
    files.close()


def test_verdicts_are_appended_in_the_order_in_which_they_come(tmp_path):
    files = RunFiles(tmp_path)
    for name in ("b", "a"):
        files.add_verdict({"task_id": name})
    files.close()

    assert [json.loads(line)["task_id"] for line in (tmp_path / "verdicts.jsonl").open()] == ["b", "a"]


def test_a_manifest_replaces_the_earlier_one_whole(tmp_path):
    files = RunFiles(tmp_path)
    files.write_manifest({"profile": "p" * 1000})
    files.write_manifest({"profile": "q"})
    files.close()

    assert _json(tmp_path / "run.json") == {"profile": "q"}
    assert {path.name for path in tmp_path.iterdir()} == {"run.json", "verdicts.jsonl"}


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


def test_scores_hold_every_metric_and_the_gate(tmp_path):
    _finished(tmp_path, [_record("a"), _record("b", plus="fail")])

    assert _json(tmp_path / "scores.json") == {
        "suite": "humaneval",
        "scores": {
            "pass@1 base": {"solved": 2, "samples": 2, "rate": 1.0},
            "pass@1 plus": {"solved": 1, "samples": 2, "rate": 0.5},
        },
        "gate": GATE,
    }


def test_a_second_suites_files_have_its_name_in_front(tmp_path):
    _finished(tmp_path, [_record("a")], suite="mention")

    names = {path.name for path in tmp_path.iterdir()}
    assert names == {"verdicts.jsonl", "mention-samples.jsonl", "mention-eval_results.json", "mention-scores.json"}


def test_a_run_without_a_single_verdict_still_says_so(tmp_path):
    _finished(tmp_path, [])

    assert _json(tmp_path / "scores.json")["scores"] == {}
    assert _json(tmp_path / "eval_results.json")["pass_at_k"] == {"base": {}, "plus": {}}
    assert (tmp_path / "samples.jsonl").read_text() == ""
