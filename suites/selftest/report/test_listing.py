"""What ``--list-profiles`` shows."""

from pathlib import Path

from servecheck.gates.reference_file import load_references
from servecheck.profiles.load import load_profile, profile_names
from servecheck.report.listing import COLUMNS, ProfileRow, listing, rows
from servecheck.runs.declared import declared

REFERENCES = load_references(Path(__file__).parents[3] / "reference-scores.json").entries
FOUND = [
    ProfileRow("long-name", "org/model", "fp8", "vllm", "MTP k=1", "off", "-"),
    ProfileRow("a", "m", "q4", "llamacpp", "off", "on", "1"),
]
HUMANEVAL = {"suite": "humaneval", "metric": "pass@1 plus"}


def test_a_row_says_what_distinguishes_the_profile() -> None:
    profiles = [load_profile(name) for name in ("glm47-fp8-mtp", "glm47-nvfp4-thinking")]

    assert rows(profiles, REFERENCES, **HUMANEVAL) == [
        ProfileRow("glm47-fp8-mtp", "zai-org/GLM-4.7-FP8", "fp8", "vllm", "MTP k=1", "off", "-"),
        ProfileRow("glm47-nvfp4-thinking", "Salyut1/GLM-4.7-NVFP4", "nvfp4", "vllm", "off", "on", "-"),
    ]


def test_only_scores_that_gate_are_counted() -> None:
    by_construction = [entry for entry in REFERENCES if entry.model == "servecheck/canonical-solutions"]
    recorded = by_construction[0].model_copy(update={"problems_sha256": "0" * 64, "metric": "pass@1 plus"})

    asked = declared("humaneval").asked(load_profile("reference"))

    (row,) = rows([asked], by_construction, **HUMANEVAL)
    (with_recorded,) = rows([asked], [*by_construction, recorded], problems_sha256={"starter": "0" * 64}, **HUMANEVAL)

    assert (row.references, with_recorded.references) == ("1", "1+1")


def test_columns_are_aligned_one_line_a_profile() -> None:
    assert listing(FOUND).splitlines() == [
        "name       model      quantisation  backend   drafts   thinking  references",
        "long-name  org/model  fp8           vllm      MTP k=1  off       -",
        "a          m          q4            llamacpp  off      on        1",
    ]


def test_a_narrow_terminal_has_the_model_below() -> None:
    assert listing(FOUND, width=60).splitlines() == [
        "name       quantisation  backend   drafts   thinking  references",
        "long-name  fp8           vllm      MTP k=1  off       -",
        "  org/model",
        "a          q4            llamacpp  off      on        1",
        "  m",
    ]


def test_no_packaged_profile_is_wider_than_80_columns() -> None:
    names = profile_names()

    text = listing(rows([load_profile(name) for name in names], REFERENCES, **HUMANEVAL), width=80)

    assert max(map(len, text.splitlines())) <= 80
    assert [line.split()[0] for line in text.splitlines() if not line.startswith(" ")] == [COLUMNS[0], *names]
