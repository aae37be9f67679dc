"""Run directories as runs write them, of three problems, for the tests of what reads them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from servecheck.evaluation.conditions import grader_identity
from servecheck.evaluation.protocols import Grader
from servecheck.evaluation.record import Record
from servecheck.evaluation.suite import Published
from servecheck.evaluation.transcript import Reply, Timings
from servecheck.gates.decision import Decision, GateVerdict
from servecheck.profiles.schema import Profile
from servecheck.rundir.manifest import ASKED, FORMAT, identity
from servecheck.rundir.run_files import RunFiles
from servecheck.rundir.scores import scores
from servecheck.rundir.transcripts import ReplyStore

from suites.selftest.records import ALONE, record, suite_named

SHA = "0f" * 32
ASKED_SHA = "0a" * 32
PROFILE = Profile(name="glm47-fp8", model="zai-org/GLM-4.7-FP8", quantisation="fp8")
PASSED = {"published": Decision(GateVerdict.PASS, "PASS: said")}


def outcomes(n: int = 40, *unsolved: int) -> dict[str, bool]:
    """Of ``n`` problems, all solved but those."""
    return {f"T/{number}": number not in unsolved for number in range(n)}


def sampled(samples: int, n: int = 40, **solved: int) -> dict[str, list[bool]]:
    """Of ``n`` problems with so many samples, all solved but those of ``T3=1``, where the first one alone is."""
    counts = {f"T/{number}": solved.get(f"T{number}", samples) for number in range(n)}
    return {task_id: [sample < count for sample in range(samples)] for task_id, count in counts.items()}


def written_run(
    folder: Path,
    solved: Mapping[str, bool | Sequence[bool]] | None = None,
    *,
    profile: Profile = PROFILE,
    suite: str = "humaneval",
    gates: Mapping[str, Decision] = PASSED,
    problems: str = "starter",
    digest: str = SHA,
    began_at: str = "2026-11-20T10:00:00.000+00:00",
    environment: Mapping[str, str] | None = None,
    total: int | None = None,
    is_scored: bool = True,
    chosen: bool = False,
    asked: Mapping[str, bool | Sequence[bool]] | None = None,
    published: Published | None = None,
    asked_sha256: str | None = ASKED_SHA,
    grader: Grader[Any] | None = None,
    margin: float = 5,
    decided: Mapping[str, bool] | None = None,
) -> Path:
    """Write a run with an outcome and a reply to each sample; ``asked`` where those are more than have verdicts, and
    ``decided`` where verdicts are on the answers yes and no, whether yes was right.

    Gates that decide name the number of problems, as their rules have them do; on chosen problems they do not decide.
    """
    told = _of_samples(outcomes() if solved is None else solved)
    planned = told if asked is None else _of_samples(asked)
    samples = max(map(len, planned.values()))
    files, store = RunFiles(folder), ReplyStore(folder)
    files.begin(
        {
            "format": FORMAT,
            "identity": identity(profile, problems, digest, "asked", samples=samples),
            "profile": profile.model_dump(mode="json"),
            "problems": {"name": problems, "sha256": digest, "total": len(planned) if total is None else total},
            "samples": {task_id: list(range(len(drawn))) for task_id, drawn in planned.items()},
            "segments": [{"began_at": began_at, "environment": dict(environment or {})}],
            **({} if asked_sha256 is None else {ASKED: asked_sha256}),
        },
        [],
    )
    records = [
        _record(suite, task_id, sample, one, None if decided is None else decided[task_id])
        for task_id, drawn in told.items()
        for sample, one in enumerate(drawn)
    ]
    for one in records:
        files.add_verdict(one)
        reply = Reply("text", None, "stop", profile.model, None, Timings(0.0, None, 0.5), "00")
        store.write(one.task_id, one.sample, reply)
    if is_scored:
        own = suite_named(suite)
        own = own if published is None else replace(own, published=published)
        own = own if grader is None else replace(own, grader=grader)
        grader_name = grader_identity(own.grader)
        gates = {name: _on_problems(gate, len(told), chosen=chosen) for name, gate in gates.items()}
        files.finish(own, records, scores(records, ALONE), gates, margin=margin, grader=grader_name, chosen=chosen)
    files.close()
    return folder


def section(page: str, title: str) -> list[str]:
    """The rows of the tables below that title of a page in Markdown."""
    rest = page[page.index(f"## {title}") :]
    return [line for line in rest.partition("\n## ")[0].splitlines() if line.startswith("| ")][1:]


def _on_problems(gate: Decision, n: int, *, chosen: bool) -> Decision:
    if gate.verdict not in (GateVerdict.PASS, GateVerdict.FAIL):
        return gate
    if chosen:
        return Decision(GateVerdict.NOT_GATED, "not gated: some chosen problems alone")
    return replace(gate, figures={"n": n, **gate.figures})


def _of_samples(outcomes: Mapping[str, bool | Sequence[bool]]) -> dict[str, Sequence[bool]]:
    return {task_id: (one,) if isinstance(one, bool) else one for task_id, one in outcomes.items()}


def _record(suite: str, task_id: str, sample: int, solved: bool, is_yes: bool | None) -> Record:
    reason = "" if solved else "wrong answer at base input 0: f() gave 1, expected 2"
    answer = {} if is_yes is None else {"answer": "yes" if is_yes is solved else "no"}
    return record(task_id, sample, solved, suite=suite, reason=reason, **answer)
