"""Run directories for the tests of the HTML report, written as the suite writes them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from servecheck.rundir.transcripts import ReplyStore

DIGEST = "a" * 64


@dataclass(frozen=True)
class Case:
    """One verdict with its reply; ``reply`` None writes none."""

    task_id: str
    solved: bool
    reply: str | None = "def f(): ..."
    reasoning: str | None = None
    reason: str = "wrong answer at base input 0: f() gave 1, expected 2"
    sample: int = 0
    program: str = "def f(): ..."
    more: Mapping[str, Any] | None = None


def write_run(
    folder: Path,
    cases: Sequence[Case],
    *,
    profile: str = "mine",
    began_at: str = "2026-11-27T10:00:00+00:00",
    suite: str = "humaneval",
    identity: Mapping[str, Any] | None = None,
    prompts: Mapping[str, Any] | None = None,
    gates: Mapping[str, Any] | None = None,
) -> Path:
    """Write a whole run; gates default to a PASS that the verdicts bear out. Returns the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    samples: dict[str, list[int]] = {}
    for case in cases:
        samples.setdefault(case.task_id, []).append(case.sample)
    manifest = {
        "profile": {"name": profile},
        "identity": {"model": "m", "problems": "mine", "problems_sha256": DIGEST, **(identity or {})},
        "samples": samples,
        "segments": [{"began_at": began_at, "environment": {"python": "3.11.7", "gpu": "H100"}}],
    }
    (folder / "run.json").write_text(json.dumps(manifest))
    (folder / "verdicts.jsonl").write_text("".join(json.dumps(_record(suite, case)) + "\n" for case in cases))
    solved = sum(case.solved for case in cases)
    shares = [sum(case.solved for case in cases if case.task_id == task) / len(n) for task, n in samples.items()]
    told = {"solved": solved, "samples": len(cases), "rate": sum(shares) / max(len(shares), 1)}
    passed = {"published": {"verdict": "PASS", "headline": f"PASS: {solved} solved", "details": ["n: some"]}}
    passed["published"]["figures"] = {"n": len(samples)}
    scores = {"suite": suite, "chosen": False, "scores": {"pass@1": told}, "gates": passed if gates is None else gates}
    name = "scores.json" if suite == "humaneval" else f"{suite}-scores.json"
    (folder / name).write_text(json.dumps(scores))
    if prompts is not None:
        (folder / "prompts.json").write_text(json.dumps(prompts))
    (folder / "generations").mkdir(exist_ok=True)
    store = ReplyStore(folder)
    for case in cases:
        if case.reply is not None:
            store.path(case.task_id, case.sample).write_text(json.dumps(_reply(case)))
    return folder


def _record(suite: str, case: Case) -> dict[str, Any]:
    return {
        "suite": suite,
        "task_id": case.task_id,
        "sample": case.sample,
        "solved": case.solved,
        "kind": "solved" if case.solved else "wrong_answer",
        "reason": "" if case.solved else case.reason,
        "program": case.program,
        "source": "fence",
        "tokens": 1234,
        "seconds": 5.25,
        **(case.more or {}),
    }


def _reply(case: Case) -> dict[str, Any]:
    return {
        "task_id": case.task_id,
        "sample": case.sample,
        "content": case.reply,
        "reasoning": case.reasoning,
        "finish_reason": "stop",
        "model": "m",
        "usage": {"prompt_tokens": 150, "completion_tokens": 1234},
        "timings": {"dispatched_at": 0.0, "first_token_s": 0.5, "end_s": 5.25},
        "request_sha256": "0" * 64,
    }


class Prose:
    """Text that compresses as a model's does: sentences of Python's own manual in any order, the same every time."""

    def __init__(self, seed: int) -> None:
        from pydoc_data.topics import topics

        self._random = Random(seed)
        self._sentences = [one.strip() for text in topics.values() for one in text.split(". ") if len(one) > 40]

    def text(self, length: int) -> str:
        """About ``length`` characters of it."""
        parts: list[str] = []
        while sum(map(len, parts)) < length:
            parts.append(self._random.choice(self._sentences))
        return ". ".join(parts)[:length]


def write_many(folder: Path, *, profiles: int = 20, problems: int = 164, solved: float = 0.85) -> Path:
    """Runs of several profiles with 2 KB replies and 20 KB of reasoning; each flips about a problem in fifteen."""
    prose, random = Prose(1), Random(2)
    baseline = [random.random() < solved for _ in range(problems)]
    prompts = {f"HumanEval/{place}": [{"role": "user", "content": prose.text(600)}] for place in range(problems)}
    for number in range(profiles):
        outcomes = [right != (number > 0 and random.random() < 1 / 15) for right in baseline]
        cases = [
            Case(f"HumanEval/{place}", right, prose.text(2_000), prose.text(20_000), program=prose.text(700))
            for place, right in enumerate(outcomes)
        ]
        passed = sum(outcomes)
        verdict = "PASS" if passed >= sum(baseline) - 4 else "INCONCLUSIVE" if number % 3 else "FAIL"
        figures = {"gate": "published", "published_percent": 100 * solved, "margin_points": 5.0, "n": problems}
        details = ["hypothesis: the true score is above 80 %", f"n: {problems} problems, one sample each"]
        headline = f"{verdict}: {passed} of {problems} solved ({100 * passed / problems:.1f} %), margin 5 points"
        gate = {"verdict": verdict, "headline": headline, "details": details, "figures": figures}
        write_run(
            folder / f"{number:02}",
            cases,
            profile=f"glm47-{('fp8', 'nvfp4', 'awq')[number % 3]}-variant-{number}",
            began_at=f"2026-11-27T{number:02}:00:00+00:00",
            gates={"published": gate},
            prompts=prompts,
        )
    return folder
