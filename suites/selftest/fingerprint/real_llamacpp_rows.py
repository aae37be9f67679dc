"""``python -m suites.selftest.fingerprint.real_llamacpp_rows FOLDER``: fingerprints of a real model in a real engine.

SmolLM2-135M-Instruct is recorded as llama.cpp serves it, and checked as it is served otherwise: as it was, with
harmless changes, with a coarser KV cache, with coarser weights. Each check is the run that ``-m fingerprint
--base-url`` makes, of a server of its own, whose caches are empty as the recorded one's were.

Checks go round the variants, so that each has been seen once before any is seen twice. One that is done is a line of
``rows.jsonl``, and is not made again: the same command goes on where it was ended. A folder below ``FOLDER`` is of one
context length and one number of requests at a time; the default length has room for prompts of about 16 and 192 tokens.
"""

from __future__ import annotations

import argparse
import json
import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import fmean

from gguf import GGMLQuantizationType
from servecheck.engines.smollm2_environment import MODEL, smollm2, smollm2_server
from servecheck.errors import ServecheckError, UsageError
from servecheck.fingerprint.prompt_set import PROMPT_SET
from servecheck.gates.compared_fingerprint import ComparedFingerprint, ReadHow, Sameness, worst
from servecheck.profiles.schema import Profile
from servecheck.rundir.fingerprint_json import read_fingerprint
from servecheck.runs.fingerprint.held_to import HeldTo, earlier_run
from servecheck.runs.fingerprint.run import FingerprintRun
from servecheck.runs.resolve import ASKED, ResolvedRun
from servecheck.sandbox.options import SandboxChoice

from suites.selftest.engines.rewritten_gguf import MatrixStorage, as_f16, as_q4_0, rewrite, rounded_to

_NO_PROGRAMS = SandboxChoice("auto", "worker", 1 << 30, None, None)
_ROWS = "rows.jsonl"
_8_BITS, _4_BITS = int(GGMLQuantizationType.Q8_0), int(GGMLQuantizationType.Q4_0)


@dataclass(frozen=True)
class ServedVariant:
    """One way to serve the model.

    Attributes:
        name: it.
        allowed: what its checks may come to.
        settings: of the server, beside those that the model was recorded with.
        weights: in which its matrices are stored; None: as they were.
    """

    name: str
    allowed: frozenset[Sameness] = frozenset(Sameness)
    settings: Mapping[str, int] = field(default_factory=dict)
    weights: MatrixStorage | None = None


_NOT_BROKEN = frozenset({Sameness.SAME, Sameness.CHANGED})
_NOT_SAME = frozenset({Sameness.CHANGED, Sameness.BROKEN})
VARIANTS = (
    ServedVariant("as it was", frozenset({Sameness.SAME})),
    ServedVariant("batches of 32", _NOT_BROKEN, {"n_batch": 32, "n_ubatch": 32}),
    ServedVariant("flash attention off", _NOT_BROKEN, {"flash_attn_type": 0}),
    ServedVariant("KV cache in 8 bits", settings={"cache_type_k": _8_BITS, "cache_type_v": _8_BITS}),
    ServedVariant("KV cache in 4 bits", _NOT_SAME, {"cache_type_k": _4_BITS, "cache_type_v": _4_BITS}),
    ServedVariant("the same weights in F16", _NOT_BROKEN, weights=as_f16),
    ServedVariant("weights in Q4_0", weights=as_q4_0),
    ServedVariant("weights of 3 bits", weights=rounded_to(3)),
    ServedVariant("weights of 2 bits", frozenset({Sameness.BROKEN}), weights=rounded_to(2)),
)


@dataclass(frozen=True)
class VariantCheck:
    """What one check came to.

    Attributes:
        variant, number: which one it is.
        sameness: its verdict.
        nats, agreement: of all recorded text, scored idle; ``worst_nats`` and ``worst_agreement`` of the judged prompts
            that decide, at ``worst``.
        cause: the likeliest, empty where none is named.
        prompt_tokens, completion_tokens: as the server counts them, the probes of switches included.
        seconds: with the server up.
    """

    variant: str
    number: int
    sameness: Sameness
    nats: float | None
    agreement: float
    worst: str
    worst_nats: float | None
    worst_agreement: float
    cause: str
    prompt_tokens: int
    completion_tokens: int
    seconds: float


@dataclass(frozen=True)
class VariantChecks:
    """Where and how checks are made.

    Attributes:
        folder: keeps everything.
        slot_tokens: context of each request.
        concurrency: requests at a time, where the server is loaded; 1: it is not.
        threads: of the server; 0: one a core.
        say: shows the user a line.
    """

    folder: Path
    slot_tokens: int
    concurrency: int
    threads: int
    say: Callable[[str], None]

    @property
    def runs(self) -> Path:
        return self.folder / f"{self.slot_tokens}-tokens-{self.concurrency}-at-a-time"

    def rows(self) -> list[VariantCheck]:
        """Those that are done; raises ``ValueError`` where the file is damaged."""
        path = self.runs / _ROWS
        told = [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
        return [VariantCheck(**{**row, "sameness": Sameness(row["sameness"])}) for row in told]

    def recorded(self) -> HeldTo:
        """The model as it was, read on the first call."""
        folder = self.runs / "recorded"
        found = read_fingerprint(folder)
        if found is None or not found.whole:
            with self._served(VARIANTS[0]) as base_url:
                self._run("recorded", base_url, "it is read to be recorded").read()
        return earlier_run(folder)

    def make(self, variant: ServedVariant, number: int, recorded: HeldTo) -> VariantCheck:
        """Read the variant, and keep what came of it; raises ``UsageError`` where that could not be compared."""
        with self._served(variant) as base_url:
            run = self._run(f"{_slug(variant.name)}-{number}", base_url, recorded, self._weights(variant))
            began_s = time.monotonic()
            run.read()
            seconds = time.monotonic() - began_s
        if not isinstance(run.found, ComparedFingerprint):
            raise UsageError(f"{variant.name} could not be compared: {run.found}")
        assert run.entry is not None
        tokens = run.entry.prompt_tokens, run.entry.completion_tokens
        row = _row(variant, number, run.found, tokens, seconds)
        with (self.runs / _ROWS).open("a") as kept:
            kept.write(json.dumps(asdict(row)) + "\n")
        return row

    def _run(self, name: str, base_url: str, held_to: HeldTo | str, weights: Path | None = None) -> FingerprintRun:
        profile = Profile(
            name="smollm2",
            model=MODEL,
            weights=None if weights is None else str(weights),
            base_url=base_url,
            concurrency=self.concurrency,
        )
        resolved = ResolvedRun(
            profile, PROMPT_SET, {}, None, ASKED, self.runs / name, _NO_PROGRAMS, None, suites=("fingerprint",)
        )
        return FingerprintRun(resolved, held_to, lambda line: self.say(f"{name}: {line}"))

    def _served(self, variant: ServedVariant) -> AbstractContextManager[str]:
        self.runs.mkdir(parents=True, exist_ok=True)
        return smollm2_server(
            slots=self.concurrency,
            slot_tokens=self.slot_tokens,
            threads=self.threads,
            weights=self._weights(variant),
            settings=variant.settings,
            log=self.runs / "server.log",
            say=self.say,
        )

    def _weights(self, variant: ServedVariant) -> Path | None:
        if variant.weights is None:
            return None
        path = self.folder / f"{_slug(variant.name)}.gguf"
        return path if path.exists() else rewrite(smollm2(self.say).weights, path, variant.weights)


def _row(
    variant: ServedVariant, number: int, found: ComparedFingerprint, tokens: tuple[int, int], seconds: float
) -> VariantCheck:
    scored = next(
        cell
        for cell in found.cells
        if cell.how is ReadHow.SCORED and cell.condition == "idle" and not cell.kind and not cell.depths
    )
    far = worst(found.judged)
    assert far is not None
    return VariantCheck(
        variant=variant.name,
        number=number,
        sameness=found.sameness,
        nats=scored.nats,
        agreement=scored.agreement,
        worst=far.where,
        worst_nats=far.nats,
        worst_agreement=far.agreement,
        cause=next(iter(found.causes), ""),
        prompt_tokens=tokens[0],
        completion_tokens=tokens[1],
        seconds=seconds,
    )


def _slug(name: str) -> str:
    return name.lower().replace(" ", "-")


def check_table(rows: Sequence[VariantCheck]) -> Iterator[str]:
    """In Markdown, a line a variant: its verdicts, the means of what it came to, and its furthest judged prompts."""
    yield "| served | checks | SAME | CHANGED | BROKEN | nats | agrees % | tokens in | out | s | furthest | cause |"
    yield "|---|---|---|---|---|---|---|---|---|---|---|---|"
    for variant in VARIANTS:
        if own := [row for row in rows if row.variant == variant.name]:
            yield _line(variant.name, own)


def _line(name: str, own: Sequence[VariantCheck]) -> str:
    far = max(own, key=lambda row: row.worst_nats or 0.0)
    cells = [
        name,
        str(len(own)),
        *(str(sum(row.sameness is one for row in own)) for one in Sameness),
        f"{fmean(math.nan if row.nats is None else row.nats for row in own):.3f}",
        f"{100 * fmean(row.agreement for row in own):.1f}",
        f"{fmean(row.prompt_tokens for row in own):,.0f}",
        f"{fmean(row.completion_tokens for row in own):,.0f}",
        f"{fmean(row.seconds for row in own):,.0f}",
        f"{far.worst_nats or math.nan:.3f} nats, {100 * far.worst_agreement:.0f} %: {far.worst}",
        far.cause,
    ]
    return f"| {' | '.join(cells)} |"


def missed(rows: Sequence[VariantCheck]) -> list[str]:
    """Checks that came to what their variant is not allowed to, in words."""
    allowed = {variant.name: variant.allowed for variant in VARIANTS}
    return [f"{row.variant} {row.number}: {row.sameness}" for row in rows if row.sameness not in allowed[row.variant]]


def main() -> None:
    names = [variant.name for variant in VARIANTS]
    parser = argparse.ArgumentParser(prog="python -m suites.selftest.fingerprint.real_llamacpp_rows")
    parser.add_argument("folder", type=Path, help="keeps weights (100 MB a change), runs and rows")
    parser.add_argument("--checks", type=int, default=1, help="of each variant (default: 1)")
    parser.add_argument("--only", nargs="+", choices=names, default=names, metavar="VARIANT", help=", ".join(names))
    parser.add_argument(
        "--slot-tokens",
        type=int,
        default=512,
        help="context of a request, whose multiples of 256 llama.cpp rounds up to (default: 512)",
    )
    parser.add_argument("--concurrency", type=int, default=4, help="requests at a time under load (default: 4)")
    parser.add_argument("--threads", type=int, default=0, help="of the server (default: one a core)")
    options = parser.parse_args()
    checks = VariantChecks(
        options.folder, options.slot_tokens, options.concurrency, options.threads, lambda line: print(line, flush=True)
    )
    try:
        recorded = checks.recorded()
        done = {(row.variant, row.number) for row in checks.rows()}
        for number in range(options.checks):
            for variant in VARIANTS:
                if variant.name in options.only and (variant.name, number) not in done:
                    row = checks.make(variant, number, recorded)
                    print(f"{row.variant} {row.number}: {row.sameness}, {row.seconds:.0f} s", flush=True)
    except ServecheckError as error:
        raise SystemExit(f"{error}") from error
    rows = checks.rows()
    print("\n".join(check_table(rows)))
    if wrong := missed(rows):
        raise SystemExit(f"missed: {'; '.join(wrong)}")


if __name__ == "__main__":
    main()
