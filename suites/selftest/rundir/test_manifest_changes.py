"""What differs between two runs is told fact by fact, and nothing in a fact acts."""

from __future__ import annotations

from servecheck.rundir.manifest_changes import circumstance_changes, differing_facts, identity_changes, told_changes
from servecheck.rundir.stored_run import StoredRun


def run(**segment) -> StoredRun:
    return StoredRun(None, "p", {"segments": [{"server": {}}, segment]}, {}, None, ())


def test_identity_keys_are_compared_but_for_the_problems():
    before = {"model": "a", "flags": {"x": 1, "y": 2}, "problems": "starter"}
    now = {"model": "a", "flags": {"x": 1, "y": 3}, "problems": "mbpp-plus", "yarn": {}}

    changes = identity_changes(before, now)

    assert told_changes(changes, "there", "here") == ("flags.y 2 there, 3 here", "yarn null there, {} here")


def test_circumstances_are_those_of_the_last_command():
    before = run(environment={"gpu": "H100"}, server={"engine": "vllm", "version": "0.31", "base_url": "http://a"})
    now = run(
        environment={"gpu": "H200"},
        server={"engine": "vllm", "version": "0.32", "base_url": "http://b"},
        sandbox={"choice": {"kind": "docker"}, "facts": {"image": "i"}},
    )

    assert [change.name for change in circumstance_changes(before, now)] == [
        "gpu",
        "server's version",
        "sandbox's kind",
        "sandbox's image",
    ]


def test_a_run_whose_manifest_is_damaged_has_no_circumstances():
    assert circumstance_changes(run(), run(environment=[], server="x", sandbox={"choice": 1})) == ()


def test_facts_are_short_and_printable_and_not_without_end():
    changes = differing_facts({}, {f"\x1b{number}": "\x1b" * 1000 for number in range(100)})

    told = told_changes(changes, "there", "here")

    assert len(told) == 31
    assert told[-1] == "and 70 more differences"
    assert all(phrase.isprintable() and len(phrase) < 150 for phrase in told)
