"""The reference file holds what its sources print, and a fault in it is named."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from servecheck.errors import UsageError
from servecheck.gates.packed_counts import pack_counts, unpack_counts
from servecheck.gates.reference_file import load_references

from suites.selftest.stats.examples import reference_fields

TRACKED = Path(__file__).parents[3] / "reference-scores.json"


def entry(**changes: Any) -> dict[str, Any]:
    plain = {"quantisation": "fp8", "variant": {"mtp": False, "thinking": "off"}, "score": "45.1", "solved_count": 74}
    return reference_fields(**plain, date="2026-02-28", note="") | changes


def file_with(folder: Path, *entries: dict[str, Any]) -> Path:
    path = folder / "reference-scores.json"
    path.write_text(json.dumps({"entries": entries}))
    return path


@pytest.mark.parametrize(
    ("model", "mtp", "thinking", "score"),
    [
        ("QuantTrio/GLM-4.7-AWQ", None, None, "12.2"),
        ("Salyut1/GLM-4.7-NVFP4", None, "off", "43.9"),
        ("Salyut1/GLM-4.7-NVFP4", None, "on", "0"),
        ("zai-org/GLM-4.7-FP8", False, None, "45.0"),
        ("zai-org/GLM-4.7-FP8", True, None, "32.3"),
    ],
)
def test_the_scores_that_started_the_project_are_there(
    model: str, mtp: bool | None, thinking: str | None, score: str
) -> None:
    found = [
        reference
        for reference in load_references(TRACKED).entries
        if (reference.model, reference.variant.mtp, reference.variant.thinking) == (model, mtp, thinking)
    ]

    assert [(reference.score, reference.suite) for reference in found] == [(score, "humaneval_instruct")]


def test_decimals_stay_as_printed() -> None:
    scores = {(e.model, e.metric): e.score for e in load_references(TRACKED).entries if e.date == "2024-12"}

    assert scores["deepseek-ai/DeepSeek-Coder-V2-Instruct", "pass@1 plus"] == "82.3"
    assert scores["Gemini 1.5 Pro 002", "pass@1 base"] == "89.0"


def test_canonical_solutions_solve_everything_by_construction() -> None:
    entries = [e for e in load_references(TRACKED).entries if e.model == "servecheck/canonical-solutions"]

    assert {(e.suite, e.problems, e.metric, e.score) for e in entries} == {
        *(
            ("humaneval", problems, metric, "100.0")
            for problems in ("starter", "humaneval-plus")
            for metric in ("pass@1 base", "pass@1 plus")
        ),
        *(("humaneval_instruct", problems, "pass@1 base", "100.0") for problems in ("starter", "humaneval")),
    }


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        pytest.param({"scores": "45.1"}, "entries.0.scores: Extra inputs", id="unknown field"),
        pytest.param({"sampling": {"temprature": 0}}, "entries.0.sampling.temprature", id="unknown parameter"),
        pytest.param({"score": 45.1}, "entries.0.score", id="score as a number, which loses decimals"),
        pytest.param({"score": "145.1", "solved_count": None}, "over 100", id="over 100 percent"),
        pytest.param({"score": "45.0"}, "45.0 is not 74 of 164, rounded", id="count against score"),
        pytest.param({"n": None}, "needs an n", id="count without n"),
        pytest.param({"solved": "f" * 41}, "does not mark 74", id="bits against count"),
        pytest.param({"solved": "f"}, "1 hex digits do not hold 164", id="too few bits"),
        pytest.param({"solved": "f", "n": None, "solved_count": None}, "needs n", id="bits without n"),
        pytest.param({"problems_sha256": "a" * 64}, "problems_sha256 needs solved", id="recorded without outcomes"),
        pytest.param({"problems_sha256": "a" * 63}, "entries.0.problems_sha256", id="a digest cut short"),
        pytest.param({"metric": ""}, "entries.0.metric", id="no metric"),
        pytest.param({"date": "February 2026"}, "entries.0.date", id="date in words"),
    ],
)
def test_a_faulty_entry_is_named_with_its_field(tmp_path: Path, changes: dict[str, Any], fault: str) -> None:
    path = file_with(tmp_path, entry(**changes))

    with pytest.raises(UsageError) as caught:
        load_references(path)

    assert str(path) in str(caught.value)
    assert fault in str(caught.value)


def test_an_entry_with_the_outcome_of_every_problem_is_read(tmp_path: Path) -> None:
    outcomes = [True] * 74 + [False] * 90

    (reference,) = load_references(file_with(tmp_path, entry(solved=pack_counts(outcomes)))).entries

    assert reference.solved is not None
    assert unpack_counts(reference.solved, 164) == tuple(outcomes)


def test_an_entry_is_recorded_if_it_says_of_which_problems_its_outcomes_are(tmp_path: Path) -> None:
    outcomes = entry(solved=pack_counts([True] * 74 + [False] * 90))

    plain, recorded = load_references(file_with(tmp_path, outcomes, outcomes | {"problems_sha256": "a" * 64})).entries

    assert (plain.is_recorded, recorded.is_recorded) == (False, True)


@pytest.mark.parametrize("content", [None, b"", b"[]", b'{"entries": ['])
def test_a_file_that_is_none_is_named(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "reference-scores.json"
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(UsageError, match=r"reference-scores\.json"):
        load_references(path)


SAMPLED = {"score": "45.0", "samples": 4, "solved_count": 295, "solved": pack_counts([4] * 73 + [3] + [0] * 90, 4)}


def test_an_entry_holds_how_many_of_its_samples_were_solved(tmp_path: Path) -> None:
    (reference,) = load_references(file_with(tmp_path, entry(**SAMPLED, problems_sha256="a" * 64))).entries

    assert (reference.samples_each, reference.counted, reference.is_recorded) == (
        4,
        "295 of 656 samples of 164 problems",
        True,
    )
    assert reference.as_origin.endswith(", 295 of 164 x 4 solved")


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"samples": 0}, "entries.0.samples"),
        ({"samples": 8}, "hex digits do not hold 164 problems, 4 bits each"),
        ({"solved_count": 296}, "solved does not mark 296 samples"),
        ({"data": {"name": "a.json", "sha256": "0" * 64}}, "problems_sha256 needs solved"),
        ({"solved": None}, "problems_sha256 needs solved"),
        ({"score": "44.0"}, "score 44.0 is not 295 of 656 samples of 164 problems, rounded"),
    ],
)
def test_counts_that_are_not_those_of_the_entry_are_named(tmp_path: Path, changes: dict[str, Any], fault: str) -> None:
    path = file_with(tmp_path, entry(**SAMPLED | {"problems_sha256": "a" * 64} | changes))

    with pytest.raises(UsageError, match=fault):
        load_references(path)


def test_a_prompt_that_is_assumed_has_to_be_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="prompt_assumed needs the protocol"):
        load_references(file_with(tmp_path, entry(protocol=None, prompt_assumed=True)))


@pytest.mark.parametrize(
    ("model", "suite", "score"),
    [
        ("zai-org/GLM-4.5", "aime24", "91.0"),
        ("zai-org/GLM-4.5", "math500", "98.2"),
        ("zai-org/GLM-4.5-Air", "gpqa", "75.0"),
        ("zai-org/GLM-4.7", "gpqa", "85.7"),
        ("zai-org/GLM-4.7-Flash", "aime25", "91.6"),
        ("openai/gpt-oss-120b", "aime25", "92.5"),
        ("Qwen/Qwen3-30B-A3B-Thinking-2507", "aime25", "85.0"),
        ("THUDM/GLM-4-32B-0414", "ifeval", "87.6"),
        ("zai-org/GLM-4.5", "tau", "70.1"),
        ("zai-org/GLM-4.5", "safetybench", "89.87"),
    ],
)
def test_what_makers_publish_is_there_as_printed(model: str, suite: str, score: str) -> None:
    entries = [one for one in load_references(TRACKED).entries if (one.model, one.suite) == (model, suite)]

    assert score in [one.score for one in entries]


def test_where_a_prompt_is_assumed_the_note_says_so() -> None:
    notes = [one.note for one in load_references(TRACKED).entries if one.prompt_assumed]

    assert notes
    assert all("The prompt is not stated" in note and "assumed" in note for note in notes)
