"""``python -m suites.selftest.fingerprint.operating_characteristics``: how often a fingerprint's verdict is right.

Checks of the embedded language model at 70 prompts, two of each kind at each depth from 16 to 32,768 tokens. Every run
records anew with its own noise, and so does every check:

- the same server, at several sizes of its own noise: how many are SAME;
- each gross fault, in logits or KV cache and never in verdicts: how many are BROKEN, and how many name the cause;
- noise in the logits that was not there when it was recorded, other weights, coarser weights, a coarser KV cache: how
  many are not SAME, and BROKEN, by size. The smallest that four checks in five see is named;
- over HTTP, probes of each switch of a server that ignores it, and of one that ignores none.

Its slow tests do the first two at four tokens a text; ``--places`` takes more.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from statistics import fmean
from typing import get_args

import numpy as np
from servecheck.fingerprint.comparison import RecordedFingerprint, compare
from servecheck.fingerprint.probing import abilities_of
from servecheck.fingerprint.reading import Condition
from servecheck.fingerprint.switches import probed_switches
from servecheck.gates.compared_fingerprint import ComparedFingerprint, ReadHow, Sameness
from servecheck.profiles.embedded_language_model import EmbeddedLanguageModel, IgnoredField

from suites.selftest.fingerprint.embedded_model import embedded_model
from suites.selftest.fingerprint.modelled_readings import modelled_prompts, noisy, served_as
from suites.selftest.fingerprint.simulated_readings import Asked, Fault, SimulatedServer, unchanged

OWN_NOISE = 0.02
SAME_RUNS, FAULT_RUNS = 200, 100
LEAST_SAME, LEAST_BROKEN = 0.95, 0.99
SEEN = 0.8
_CHECKS_A_RECORDING = 5
_KV = "well up to depth 256 and badly from 2048 on: the KV cache"
_DEEP_KV = "well up to depth 8192 and badly from 32768 on: the KV cache"
_LOAD = "well idle and badly under load"
_WRITTEN = "the recorded text is scored well and new text is written badly"
_ALL = "badly at every depth and of every kind: the weights"


def _is_loaded(asked: Asked) -> bool:
    return asked.condition is Condition.LOADED


def _is_written(asked: Asked) -> bool:
    return asked.how is ReadHow.GENERATED


@dataclass(frozen=True)
class GrossFault:
    """A fault, and how the cause that it is to be given begins."""

    make: Callable[[int], Fault]
    cause: str


GROSS: Mapping[str, GrossFault] = {
    "a swapped KV block at 1,024": GrossFault(lambda n: served_as(EmbeddedLanguageModel(swapped_block=1024), n), _KV),
    "a swapped KV block at 16,384": GrossFault(
        lambda n: served_as(EmbeddedLanguageModel(swapped_block=16384), n), _DEEP_KV
    ),
    "positions off by a block from 1,024": GrossFault(
        lambda n: served_as(EmbeddedLanguageModel(shifted_from=1024), n), _KV
    ),
    "a very coarse KV cache from 1,024": GrossFault(
        lambda n: served_as(EmbeddedLanguageModel(kv_step=2.0, kv_depth=1024), n), _KV
    ),
    "weights of 2 bits": GrossFault(lambda n: served_as(EmbeddedLanguageModel(weight_bits=2), n), _ALL),
    "noise of 4 nats under load": GrossFault(lambda _: noisy(4.0, _is_loaded), _LOAD),
    "a swapped KV block at 1,024, under load": GrossFault(
        lambda n: served_as(EmbeddedLanguageModel(swapped_block=1024), n, is_hit=_is_loaded), _LOAD
    ),
    "noise of 4 nats where it writes": GrossFault(lambda _: noisy(4.0, _is_written), _WRITTEN),
    "noise of 4 nats in every other text under load": GrossFault(
        lambda _: noisy(4.0, lambda asked: _is_loaded(asked) and asked.source.random() < 0.5), _LOAD
    ),
}


@dataclass(frozen=True)
class Outcomes:
    """Of some checks.

    Attributes:
        verdicts: how many of each.
        nats: the mean of all scored text, idle.
        named: how many name the cause that they are to.
    """

    verdicts: Mapping[Sameness, int]
    nats: float
    named: int

    @property
    def runs(self) -> int:
        return sum(self.verdicts.values())

    def share(self, *sameness: Sameness) -> float:
        return sum(self.verdicts[one] for one in sameness) / self.runs


def outcomes(
    fault: Fault, runs: int, *, noise: float = OWN_NOISE, places: int, cause: str = "", checks: int = 1, seed: int = 0
) -> Outcomes:
    """Of so many checks of a server with that fault, held to what it was recorded as without; raises ``ValueError``.

    Args:
        fault: of the server that is checked.
        runs: how many.
        noise: the server's own, idle and under load.
        places: tokens of each text.
        cause: how the first cause that is named is to begin.
        checks: how many are held to one recording.
        seed: of all noise.
    """
    sound = SimulatedServer(
        modelled_prompts(places), noise=noise, loaded_noise=noise, source=np.random.default_rng(seed)
    )
    now = replace(sound, fault=fault)
    found: list[ComparedFingerprint] = []
    while len(found) < runs:
        recorded = RecordedFingerprint("the recorded one", sound.record())
        found += [compare(recorded, now.check()) for _ in range(min(checks, runs - len(found)))]
    verdicts = [one.sameness for one in found]
    return Outcomes(
        {sameness: verdicts.count(sameness) for sameness in Sameness},
        fmean(one.judged[0].nats or 0.0 for one in found),
        sum(bool(one.causes) and one.causes[0].startswith(cause) for one in found),
    )


def same_server(noise: float, places: int, runs: int = SAME_RUNS) -> Outcomes:
    """Of a server that is what it was, each run with a recording of its own."""
    return outcomes(unchanged, runs, noise=noise, places=places)


def gross_fault(name: str, places: int, runs: int = FAULT_RUNS) -> Outcomes:
    """Of one of ``GROSS``."""
    fault = GROSS[name]
    return outcomes(fault.make(places), runs, places=places, cause=fault.cause, checks=_CHECKS_A_RECORDING)


def _curve(changes: Mapping[str, Fault], places: int, noise: float, runs: int) -> Iterator[tuple[str, Outcomes]]:
    for name, fault in changes.items():
        yield name, outcomes(fault, runs, noise=noise, places=places, checks=_CHECKS_A_RECORDING)


def _curves(places: int) -> Mapping[str, Mapping[str, Fault]]:
    sizes = (0.001, 0.003, 0.01, 0.03, 0.06, 0.08, 0.1, 0.11, 0.12, 0.13, 0.15, 0.2, 0.3, 0.4, 0.5, 0.7, 1.0)
    models = {
        "other weights": {f"{size:g}": {"weight_change": size} for size in (0.01, 0.02, 0.03, 0.05, 0.1, 0.2)},
        "weights in bits": {f"{bits}": {"weight_bits": bits} for bits in (8, 7, 6, 5, 4, 3, 2)},
        "KV cache from 1,024 in steps of": {
            f"{step:g}": {"kv_step": step, "kv_depth": 1024} for step in (0.05, 0.1, 0.15, 0.2, 0.3, 0.5, 1.0, 2.0)
        },
    }
    made = {
        title: {name: served_as(EmbeddedLanguageModel.model_validate(keys), places) for name, keys in some.items()}
        for title, some in models.items()
    }
    return {"noise in the logits, nats": {f"{size:g}": noisy(size) for size in sizes}, **made}


def ignored_switches(name: str, runs: int) -> Mapping[str, int]:
    """Of so many probes of a noisy server that ignores that field (none, where it is empty), how many say so of each
    switch."""
    with embedded_model(noise=OWN_NOISE, ignores=[name] if name else []) as served:
        abilities = abilities_of(served.endpoint)
        probes = [probed_switches(served.endpoint, abilities) for _ in range(runs)]
    return Counter(switch.name for found in probes for switch in found if switch.took_effect is False)


def _row(name: str, found: Outcomes) -> str:
    shares = " | ".join(f"{100 * found.share(one):.1f}" for one in Sameness)
    return f"| {name} | {found.runs} | {found.nats:.4f} | {shares} |"


_HEAD = "| {} | checks | nats, scored idle | SAME % | CHANGED % | BROKEN % |{}\n|---|---|---|---|---|---|{}"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m suites.selftest.fingerprint.operating_characteristics")
    parser.add_argument("--places", type=int, default=16, help="tokens of each text (default: 16)")
    parser.add_argument("--curve-runs", type=int, default=40, help="checks of each size of a change (default: 40)")
    parser.add_argument("--probes", type=int, default=100, help="probes of each switch (default: 100)")
    options = parser.parse_args()
    missed = []
    print(f"Texts of {options.places} tokens.\n\n{_HEAD.format('the same server, its own noise, nats', '', '')}")
    for noise in (0.0, 0.001, OWN_NOISE, 0.1, 0.2, 0.3):
        found = same_server(noise, options.places)
        print(_row(f"{noise:g}", found), flush=True)
        if found.share(Sameness.SAME) < LEAST_SAME:
            missed.append(f"the same server with noise {noise:g}")
    print(f"\n{_HEAD.format('gross fault', ' cause named % |', '---|')}")
    for name in GROSS:
        found = gross_fault(name, options.places)
        print(f"{_row(name, found)} {100 * found.named / found.runs:.1f} |", flush=True)
        if found.share(Sameness.BROKEN) < LEAST_BROKEN:
            missed.append(name)
    for title, changes in _curves(options.places).items():
        print(f"\n{_HEAD.format(title, '', '')}")
        smallest = None
        for name, found in _curve(changes, options.places, OWN_NOISE, options.curve_runs):
            print(_row(name, found), flush=True)
            if smallest is None and found.share(Sameness.CHANGED, Sameness.BROKEN) >= SEEN:
                smallest = f"{name} ({found.nats:.3f} nats)"
        print(f"\nThe first that at least {100 * SEEN:g} % see: {smallest or 'none'}.")
    print("\n| ignored | probes | said to have no effect |\n|---|---|---|")
    for name in ("", *get_args(IgnoredField)):
        said = ", ".join(f"{switch} {count}" for switch, count in ignored_switches(name, options.probes).items())
        print(f"| {name or 'none'} | {options.probes} | {said or 'none'} |", flush=True)
    if missed:
        raise SystemExit(f"missed: {', '.join(missed)}")


if __name__ == "__main__":
    main()
