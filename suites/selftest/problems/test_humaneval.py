"""HumanEval+ v0.1.10, read from the file that HUMANEVAL_OVERRIDE_PATH names."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from servecheck.errors import ProblemSetError
from servecheck.problems.humaneval import HUMANEVAL_PLUS, HumanEvalPlus

needs_file = pytest.mark.skipif(
    not os.environ.get("HUMANEVAL_OVERRIDE_PATH"),
    reason="needs HUMANEVAL_OVERRIDE_PATH to name HumanEvalPlus-v0.1.10.jsonl.gz: tests fetch nothing",
)


@needs_file
def test_the_ids_are_the_164_in_the_published_order() -> None:
    assert list(HumanEvalPlus().task_ids) == [f"HumanEval/{i}" for i in range(164)]


@needs_file
def test_the_inputs_are_the_published_ones() -> None:
    problems = HumanEvalPlus()

    # facts of the release: counts over all tasks, and the three tasks with a tolerance of their own
    every = [problems[task_id] for task_id in problems.task_ids]
    assert sum(len(problem.base_input) for problem in every) == 1570
    assert sum(len(problem.plus_input) for problem in every) == 122_683
    assert {p.task_id: p.atol for p in every if p.atol} == {
        "HumanEval/2": 1e-6,
        "HumanEval/4": 1e-6,
        "HumanEval/32": 1e-4,
    }


@needs_file
def test_inputs_survive_the_way_through_json_text_exactly() -> None:
    path = Path(os.environ["HUMANEVAL_OVERRIDE_PATH"])
    raw = path.read_bytes()
    content = gzip.decompress(raw) if path.suffix == ".gz" else raw
    problems = HumanEvalPlus()

    for fields in map(json.loads, content.splitlines()):
        problem = problems[fields["task_id"]]
        # repr tells 1 from 1.0 and True, which == does not
        assert repr(problem.base_input) == repr(fields["base_input"])
        assert repr(problem.plus_input) == repr(fields["plus_input"])


@needs_file
def test_a_problem_carries_its_program() -> None:
    problem = HumanEvalPlus()["HumanEval/53"]

    namespace: dict[str, object] = {}
    exec(problem.canonical_program, namespace)
    assert problem.entry_point == "add"
    assert namespace["add"](2, 3) == 5


@needs_file
def test_an_unknown_id_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        HumanEvalPlus()["HumanEval/164"]


@needs_file
def test_collection_parses_no_problem_for_the_ids_and_imports_little() -> None:
    # Inputs of some problems are megabytes of JSON: all of them parsed would cost each collection seconds.
    script = (
        "import json, sys; from servecheck.problems import load_problem_set; json.loads = None; "
        "assert len(load_problem_set('humaneval-plus').task_ids) == 164; "
        "assert not {'httpx', 'rich', 'platformdirs', 'numpy'} & set(sys.modules)"
    )

    subprocess.run([sys.executable, "-c", script], check=True)


def test_naming_the_set_needs_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUMANEVAL_OVERRIDE_PATH", str(tmp_path / "none"))

    problems = HumanEvalPlus()

    assert (problems.name, problems.version) == ("humaneval-plus", "v0.1.10")
    assert problems.sha256 == HUMANEVAL_PLUS.sha256
    with pytest.raises(ProblemSetError, match="HUMANEVAL_OVERRIDE_PATH"):
        _ = problems.task_ids


def test_another_release_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copy = tmp_path / "HumanEvalPlus.jsonl"
    copy.write_text('{"task_id": "HumanEval/0", "prompt": ""}\n')
    monkeypatch.setenv("HUMANEVAL_OVERRIDE_PATH", str(copy))

    with pytest.raises(ProblemSetError, match=r"is not HumanEval\+ v0\.1\.10: it holds other problems"):
        _ = HumanEvalPlus().task_ids
