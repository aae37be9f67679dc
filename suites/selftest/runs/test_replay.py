"""An earlier run is read as it is: what it asked, of what, and every reply that it got."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from servecheck.errors import UsageError
from servecheck.evaluation.transcript import Exchange, Reply, Timings, ToolResult, Transcript
from servecheck.generation.request import request_digest
from servecheck.protocols import asked_of, prompt_protocol
from servecheck.protocols.request_body import request_body
from servecheck.rundir.manifest import ASKED, identity
from servecheck.rundir.run_files import PROMPTS
from servecheck.rundir.transcripts import ReplyStore
from servecheck.runs.replay import read_run

REPLY = Reply("text", None, "stop", "m", None, Timings(0.0, None, 0.0), "00")


def _changed(folder, **changes):
    path = folder / "run.json"
    manifest = json.loads(path.read_text())
    path.write_text(json.dumps({**manifest, **changes}))


def test_profile_problems_samples_and_replies_are_those_of_the_run(kept_run, tmp_path, starter):
    profile, replies = kept_run(tmp_path, {"Starter/3": (0, 1), "Starter/1": (2,)})

    found = read_run(tmp_path)

    assert found.profile == profile
    assert (found.problems.name, found.problems.sha256) == ("starter", starter.sha256)
    assert found.samples == {"Starter/3": (0, 1), "Starter/1": (2,)}
    assert found.replies == replies


def test_samples_are_in_the_order_of_the_problem_set_which_makes_the_pairs(kept_run, tmp_path):
    kept_run(tmp_path, {"Starter/10": (0,), "Starter/2": (0,)})

    assert list(read_run(tmp_path).samples) == ["Starter/2", "Starter/10"]


def test_a_problem_that_the_set_does_not_have_is_damage(kept_run, tmp_path):
    kept_run(tmp_path, {"Starter/0": (0,), "Starter/x": (0,)})

    with pytest.raises(UsageError, match=r"run\.json is damaged: 'Starter/x' is no problem of starter"):
        read_run(tmp_path)


def test_a_reply_that_the_run_never_got_is_planned_and_not_there(kept_run, tmp_path):
    kept_run(tmp_path, {"Starter/0": (0,), "Starter/1": (0,)})
    ReplyStore(tmp_path).path("Starter/1", 0).unlink()

    found = read_run(tmp_path)

    assert found.samples == {"Starter/0": (0,), "Starter/1": (0,)}
    assert found.replies.keys() == {("Starter/0", 0)}


def test_a_run_of_conversations_is_refused_since_its_last_replies_are_not_the_whole(kept_run, tmp_path):
    kept_run(tmp_path, {"Starter/0": (0,)})
    store = ReplyStore(tmp_path)
    transcript = Transcript((Exchange("a", REPLY), Exchange("b", ToolResult("4")), Exchange("c", REPLY)), "answered")
    for number, exchange in enumerate(transcript.exchanges):
        store.exchanges("Starter/0", 0).add(number, exchange)
    store.finish("Starter/0", 0, transcript)

    with pytest.raises(UsageError, match=r"conversations of several exchanges, .* resume it with --run-dir"):
        read_run(tmp_path)


def test_replies_to_what_is_asked_now_are_read_and_those_to_other_prompts_are_not(kept_run, tmp_path, starter):
    profile, replies = kept_run(tmp_path, {"Starter/0": (0,)})
    _changed(tmp_path, **{ASKED: asked_of(profile.protocol, starter, profile.sampling)})
    assert read_run(tmp_path).replies == replies

    _changed(tmp_path, **{ASKED: "0b" * 32})
    with pytest.raises(UsageError, match=r"holds replies to other prompts: what the protocol evalplus_chat asks has"):
        read_run(tmp_path)


def test_of_a_run_that_does_not_say_what_it_asked_requests_and_messages_tell_it(kept_run, tmp_path, starter):
    profile, replies = kept_run(tmp_path, {"Starter/0": (0,)})
    assert not read_run(tmp_path).asked_is_known
    sent = prompt_protocol(profile.protocol).messages(starter["Starter/0"])

    digest = request_digest(request_body(profile, sent))
    ReplyStore(tmp_path).write("Starter/0", 0, replace(replies["Starter/0", 0], request_sha256=digest))
    assert read_run(tmp_path).asked_is_known
    (tmp_path / PROMPTS).write_text(json.dumps({"Starter/0": sent[:-1]}))
    with pytest.raises(UsageError, match="holds replies to other prompts"):
        read_run(tmp_path)


def test_replies_that_were_given_stay_so(kept_run, tmp_path, starter):
    profile, _ = kept_run(tmp_path, {"Starter/0": (0,)})
    now = asked_of(profile.protocol, starter, profile.sampling)
    assert not read_run(tmp_path).were_given

    _changed(
        tmp_path, identity=identity(profile, starter.name, starter.sha256, "0f" * 32, harness="given"), **{ASKED: now}
    )
    assert read_run(tmp_path).were_given
    assert not read_run(tmp_path).asked_is_known


def test_a_reply_that_was_not_planned_is_left_out(kept_run, tmp_path):
    kept_run(tmp_path, {"Starter/0": (0,)})
    ReplyStore(tmp_path).write("Starter/9", 0, REPLY)

    assert read_run(tmp_path).replies.keys() == {("Starter/0", 0)}


def test_the_digest_tells_the_same_replies_from_others(kept_run, tmp_path):
    for name in ("a", "b", "c"):
        kept_run(tmp_path / name, {"Starter/0": (0,), "Starter/1": (0,)})
    ReplyStore(tmp_path / "c").write("Starter/1", 0, replace(REPLY, content="something else"))

    a, b, c = (read_run(tmp_path / name).digest for name in ("a", "b", "c"))

    assert a == b
    assert a != c


def test_the_run_is_only_read(kept_run, tmp_path):
    kept_run(tmp_path, {"Starter/0": (0,)})
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}

    read_run(tmp_path)

    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize("name", ["", "nowhere"], ids=["empty", "missing"])
def test_a_folder_without_a_run(tmp_path, name):
    with pytest.raises(UsageError, match=r"holds no run that could be replayed: there is no run\.json in it"):
        read_run(tmp_path / name)


def test_a_run_without_a_reply_is_to_be_resumed(kept_run, tmp_path):
    kept_run(tmp_path, {"Starter/0": (0,)})
    ReplyStore(tmp_path).path("Starter/0", 0).unlink()

    with pytest.raises(UsageError, match="has no reply that could be graded: resume it instead"):
        read_run(tmp_path)


def test_a_damaged_reply_is_named(kept_run, tmp_path):
    kept_run(tmp_path, {"Starter/0": (0,), "Starter/1": (0,)})
    path = ReplyStore(tmp_path).path("Starter/1", 0)
    path.write_text("{")

    with pytest.raises(UsageError, match=r"is damaged .*; resuming the run asks for it again") as raised:
        read_run(tmp_path)

    assert str(raised.value).startswith(str(path))


def test_problems_that_have_changed_since_make_other_verdicts(kept_run, tmp_path):
    kept_run(tmp_path, {"Starter/0": (0,)})
    _changed(tmp_path, identity={"problems": "starter", "problems_sha256": "f" * 64})

    with pytest.raises(
        UsageError, match=f"asked starter with sha256 {'f' * 64}, and the one here has a37364f6.*: replay it"
    ):
        read_run(tmp_path)


def test_a_problem_set_that_does_not_exist_here(kept_run, tmp_path):
    kept_run(tmp_path, {"Starter/0": (0,)})
    _changed(tmp_path, identity={"problems": "startr", "problems_sha256": "f" * 64})

    with pytest.raises(UsageError, match=r"unknown problem set 'startr': did you mean starter or starter-32"):
        read_run(tmp_path)


@pytest.mark.parametrize(
    "change",
    [
        {"profile": {"name": "p", "model": "m", "a key of tomorrow": 1}},
        {"profile": None},
        {"identity": {"problems": "starter"}},
        {"samples": ["Starter/0"]},
        {"samples": {"Starter/0": 0}},
    ],
    ids=["unknown key", "no profile", "no digest", "a list of samples", "a number of samples"],
)
def test_a_manifest_that_this_version_does_not_write(kept_run, tmp_path, change):
    kept_run(tmp_path, {"Starter/0": (0,)})
    _changed(tmp_path, **change)

    with pytest.raises(UsageError, match="was written by another version of this suite") as raised:
        read_run(tmp_path)

    assert str(raised.value).startswith(str(tmp_path / "run.json"))


@pytest.mark.slow
def test_a_run_that_is_graded_again_has_the_same_verdicts_and_gate_in_a_folder_of_its_own(suite, project_with, mixed):
    root = project_with()

    run = suite("--profile=replay", f"--run-dir={mixed.run_dir}", root=root)
    [folder] = (root / "runs").iterdir()
    again = replace(run, run_dir=folder)

    assert (again.code, again.gate) == (mixed.code, mixed.gate)
    assert {r["task_id"]: (r["kind"], r["reason"]) for r in again.verdicts} == {
        r["task_id"]: (r["kind"], r["reason"]) for r in mixed.verdicts
    }
    assert not (folder / "server.log").exists()
    assert not (root / ".benchmarks").exists()  # pytest-benchmark's, which a command that keeps none leaves nowhere
    assert again.json("run.json")["identity"]["replies"].startswith("replay of ")


@pytest.mark.slow
def test_a_run_that_is_graded_again_is_compared_in_pairs_with_an_earlier_one(suite, project_with, mixed, reference_run):
    root = project_with()

    run = suite("--profile=replay", f"--run-dir={mixed.run_dir}", f"--baseline={reference_run.run_dir}", root=root)
    [folder] = (root / "runs").iterdir()

    gate = replace(run, run_dir=folder).gates["baseline"]
    assert run.code == 1
    assert gate["verdict"] == "FAIL"
    assert set(gate["figures"]["newly_failing"]) == {task_id for task_id, solved in mixed.solved.items() if not solved}
    assert "humaneval-baseline[reference]" in run.cases
    assert any("replies " in line and "is not all the same" in line for line in run.lines)


@pytest.mark.slow
def test_graded_again_and_compared_with_itself_a_run_has_no_flips(suite, project_with, mixed):
    root = project_with()

    run = suite("--profile=replay", f"--run-dir={mixed.run_dir}", f"--baseline={mixed.run_dir}", root=root)
    [folder] = (root / "runs").iterdir()

    gate = replace(run, run_dir=folder).gates["baseline"]
    assert gate["verdict"] == "PASS"
    assert (gate["figures"]["newly_failing"], gate["figures"]["newly_solved"]) == ([], [])
