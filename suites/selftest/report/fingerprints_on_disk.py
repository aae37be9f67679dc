"""Run directories of fingerprints, of a simulated server."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from servecheck.fingerprint.reading import Reading, ReadingPass
from servecheck.fingerprint.stored_reading import stored
from servecheck.gates.decision import Decision
from servecheck.rundir.fingerprint_json import FingerprintRunEntry, Purpose, write_fingerprint
from servecheck.rundir.fingerprint_readings import PassPart, ReadingFile, ReadingLine
from servecheck.rundir.throughput_json import GateEntry

from suites.selftest.fingerprint.simulated_readings import Fault, SimulatedServer, simulated_prompts, unchanged

PROMPTS = simulated_prompts(places=8, depths=(16, 2048), each=2)


def recorded_run(folder: Path, fault: Fault = unchanged, **changes: Any) -> Path:
    """One that recorded a server with that fault."""
    server = SimulatedServer(PROMPTS, noise=0.02, loaded_noise=0.02, fault=fault, source=np.random.default_rng(1))
    found = server.record()
    passes = [one for one in (found.first, found.again, found.loaded) if one is not None]
    return _stored(folder, passes, purpose="record", **changes)


def checked_run(folder: Path, fault: Fault = unchanged, **changes: Any) -> Path:
    """One that was held to something."""
    server = SimulatedServer(PROMPTS, noise=0.02, loaded_noise=0.02, fault=fault, source=np.random.default_rng(2))
    return _stored(folder, server.check().passes, purpose="check", **{"against": "the accepted one", **changes})


def _stored(
    folder: Path, passes: Sequence[ReadingPass], *, purpose: Purpose, gate: Decision | None = None, **changes: Any
) -> Path:
    folder.mkdir()
    known: dict[str, Any] = {
        "suite": "fingerprint",
        "profile": folder.name,
        "manifest": {"identity": {"model": "m"}},
        "began_at": "2026-11-30T10:00:00+00:00",
        "prompts": {prompt.id: "0" * 64 for prompt in PROMPTS},
        "method": "prompt_logprobs",
        "whole": True,
        "gates": {} if gate is None else {"fingerprint": GateEntry.of(gate)},
    }
    write_fingerprint(folder, FingerprintRunEntry(purpose=purpose, **{**known, **changes}))
    with ReadingFile(folder) as kept:
        for number, one in enumerate(passes):
            for how, readings in _parts(one):
                for reading in readings:
                    kept.add(ReadingLine(number=number, how=how, prompt=reading.prompt, readings=(stored(reading),)))
    return folder


def _parts(found: ReadingPass) -> Sequence[tuple[PassPart, Sequence[Reading]]]:
    return ("generated", found.generated), ("scored", found.scored)
