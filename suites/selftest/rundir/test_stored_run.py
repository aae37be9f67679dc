"""A stored run is read as far as it can be, and what cannot be read is named."""

from __future__ import annotations

import json
import os

import pytest
from servecheck.errors import UsageError
from servecheck.evaluation.transcript import Reply
from servecheck.gates.decision import GateVerdict
from servecheck.rundir.scores import scores
from servecheck.rundir.stored_run import read_stored_run, stored_runs
from servecheck.rundir.stored_schema import StoredScore
from servecheck.rundir.stored_suite import StoredSuite
from servecheck.rundir.throughput_json import write_throughput

from suites.selftest.records import ALONE, record
from suites.selftest.report.test_curves import results

RECORD = {"suite": "humaneval", "task_id": "T/0", "sample": 0, "solved": True, "kind": "solved"}
SCORES = {
    "suite": "humaneval",
    "scores": {"pass@1": {"solved": 1, "samples": 2, "rate": 0.5}},
    "gates": {"published": {"verdict": "PASS", "headline": "PASS: it is", "details": [], "figures": {"n": 2}}},
}


@pytest.fixture
def folder(tmp_path):
    manifest = {
        "profile": {"name": "mine"},
        "identity": {"model": "m"},
        "samples": {"T/1": [0], "T/0": [0]},
        "segments": [{"began_at": "2026-11-27T10:00:00+00:00"}],
    }
    (tmp_path / "run.json").write_text(json.dumps(manifest))
    rows = [RECORD, {**RECORD, "task_id": "T/1", "solved": False}]
    (tmp_path / "verdicts.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (tmp_path / "scores.json").write_text(json.dumps(SCORES))
    return tmp_path


def test_a_whole_run_has_no_gaps_and_the_manifests_order(folder):
    run = read_stored_run(folder)

    assert (run.profile, run.began_at, run.gaps) == ("mine", "2026-11-27T10:00:00+00:00", ())
    assert [record.task_id for record in run.suites["humaneval"].records] == ["T/1", "T/0"]
    assert run.suites["humaneval"].gates["published"].verdict is GateVerdict.PASS


@pytest.mark.parametrize(
    ("name", "damage", "gap"),
    [
        ("run.json", b'{"profile": ', "run.json is damaged"),
        ("run.json", None, "run.json is missing"),
        ("run.json", b"[" * 100_000, "run.json is damaged"),
        ("verdicts.jsonl", None, "verdicts.jsonl is missing"),
        ("verdicts.jsonl", b'\xff\xfe{"suite": 1}\n{"suite', "verdicts.jsonl: 2 line(s) are damaged"),
        ("scores.json", None, "humaneval was broken off before it was scored"),
        ("scores.json", b'{"gates": {"published": {"verdict": "GREAT"}}}', "gate published is damaged"),
    ],
)
def test_what_is_damaged_is_named_and_the_rest_is_read(folder, name, damage, gap):
    (folder / name).unlink()
    if damage is not None:
        (folder / name).write_bytes(damage)

    run = read_stored_run(folder)

    assert any(gap in one for one in run.gaps)
    assert "humaneval" in run.suites


@pytest.mark.parametrize(
    ("suites", "of", "gaps"),
    [
        (["mention"], {"mention": True}, ()),
        (
            ["letters", "mention"],
            {"letters": False, "mention": False},
            (
                "scores.json does not say of which suite it is, and is left out",
                "letters was broken off before it was scored",
                "mention was broken off before it was scored",
            ),
        ),
    ],
    ids=["one suite", "two"],
)
def test_scores_that_name_no_suite_are_of_the_only_one_that_has_verdicts(folder, suites, of, gaps):
    (folder / "verdicts.jsonl").write_text("".join(json.dumps({**RECORD, "suite": suite}) + "\n" for suite in suites))
    (folder / "scores.json").write_text(json.dumps({key: one for key, one in SCORES.items() if key != "suite"}))

    run = read_stored_run(folder)

    assert {suite: found.is_scored for suite, found in run.suites.items()} == of
    assert run.gaps == gaps


def test_a_verdict_that_is_no_yes_or_no_is_not_taken_for_one(folder):
    (folder / "verdicts.jsonl").write_text(json.dumps({**RECORD, "solved": "true"}) + "\n")

    run = read_stored_run(folder)

    assert run.suites["humaneval"].records == ()
    assert run.gaps == ("verdicts.jsonl: 1 line(s) are damaged and left out",)


def test_the_last_verdict_on_a_case_counts(folder):
    with (folder / "verdicts.jsonl").open("a") as file:
        file.write(json.dumps({**RECORD, "solved": False}) + "\n")

    assert [record.solved for record in read_stored_run(folder).suites["humaneval"].records] == [False, False]


def test_lone_surrogates_become_what_a_page_can_hold(folder):
    (folder / "verdicts.jsonl").write_text(json.dumps({**RECORD, "reason": "\ud800 and 😀"}) + "\n")

    (record,) = read_stored_run(folder).suites["humaneval"].records

    assert record.reason == "\ufffd and 😀"


def test_links_out_of_the_folder_are_not_followed(folder, tmp_path_factory):
    secret = tmp_path_factory.mktemp("elsewhere") / "secret.json"
    secret.write_text(json.dumps({"profile": {"name": "secret"}}))
    (folder / "run.json").unlink()
    (folder / "run.json").symlink_to(secret)

    run = read_stored_run(folder)

    assert run.profile == folder.name
    assert "run.json is no file of its own, so it is not read" in run.gaps


REPLY = {
    "task_id": "T/0",
    "sample": 0,
    "content": "x = 1",
    "reasoning": None,
    "finish_reason": "stop",
    "model": "m",
    "usage": {"prompt_tokens": 1, "completion_tokens": 2},
    "timings": {"dispatched_at": 0.0, "first_token_s": None, "end_s": 0.5},
    "request_sha256": "",
}


def keep_reply(folder, **changes):
    path = folder / "generations" / "T_0-0.json"
    path.parent.mkdir()
    path.write_text(json.dumps({**REPLY, **changes}))
    return path


def test_a_reply_is_given_as_it_is_kept(folder):
    path = keep_reply(folder, content="\ud800!")

    reply = read_stored_run(folder).reply("T/0", 0)

    assert isinstance(reply, Reply)
    assert (reply.content, reply.usage.completion_tokens) == ("\ufffd!", 2)
    assert read_stored_run(folder).reply_path("T/0", 0) == path


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"content": ["x"]}, "T_0-0.json is damaged (content is of type list)"),
        ({"timings": {"dispatched_at": 0, "first_token_s": 0, "end_s": "long"}}, "damaged (end_s is of type str)"),
        ({"task_id": "T/1"}, "holds the reply of T/1"),
        ({"more": 1}, "damaged"),
    ],
)
def test_a_reply_of_another_form_is_words_that_say_so(folder, changes, why):
    keep_reply(folder, **changes)

    reply = read_stored_run(folder).reply("T/0", 0)

    assert isinstance(reply, str)
    assert why in reply


@pytest.mark.parametrize(("sample", "words"), [(0, "T_0-0.json is missing"), (10**300, "is missing")])
def test_a_reply_that_is_not_there_is_words_too(folder, sample, words):
    assert words in read_stored_run(folder).reply("T/0", sample)


@pytest.mark.parametrize(
    ("text", "found", "gaps"),
    [
        ('{"T/0": [{"role": "user", "content": "Do."}, 7]}', {"T/0": [{"role": "user", "content": "Do."}]}, []),
        ('{"T/0": "Do."}', {}, ["prompts.json: the messages of 1 problem(s) are damaged and left out"]),
        (None, {}, []),
    ],
)
def test_the_messages_that_were_sent_are_read_as_far_as_they_can_be(folder, text, found, gaps):
    if text is not None:
        (folder / "prompts.json").write_text(text)

    run = read_stored_run(folder)

    assert (run.prompts, run.prompt_gaps) == (found, gaps)


def test_no_reply_leads_out_of_the_folder_or_is_waited_for(folder, tmp_path_factory):
    elsewhere = keep_reply(tmp_path_factory.mktemp("elsewhere"))
    (folder / "generations").mkdir()
    (folder / "generations" / "T_0-0.json").symlink_to(elsewhere)
    os.mkfifo(folder / "generations" / "T_1-0.json")

    run = read_stored_run(folder)

    assert run.reply("T/0", 0) == "T_0-0.json is no file of its own, so it is not read"
    assert run.reply("T/1", 0) == "T_1-0.json is no file of its own, so it is not read"


def test_a_folder_of_replies_that_leads_elsewhere_is_not_entered(folder, tmp_path_factory):
    (folder / "generations").symlink_to(keep_reply(tmp_path_factory.mktemp("elsewhere")).parent)

    assert read_stored_run(folder).reply("T/0", 0) == "generations is no file of its own, so it is not read"


def test_a_throughput_file_that_would_be_waited_for_is_a_gap(folder):
    os.mkfifo(folder / "throughput.json")

    assert read_stored_run(folder).gaps == ("throughput.json is no file of its own, so it is not read",)


@pytest.mark.parametrize(("started_at", "began_at"), [(1.5, "1970-01-01T00:00:01.500+00:00"), (1e300, "")])
def test_a_throughput_run_began_with_its_first_request(tmp_path, started_at, began_at):
    whole = results()
    points = tuple(point.model_copy(update={"started_at": started_at}) for point in whole.blocks[0].points)
    block = whole.blocks[0].model_copy(update={"points": points})
    write_throughput(tmp_path / "throughput.json", whole.model_copy(update={"blocks": (block,), "speed_ups": ()}))

    assert read_stored_run(tmp_path).began_at == began_at


def test_runs_are_found_below_a_folder_in_the_order_of_their_beginnings(folder, tmp_path_factory):
    parent = tmp_path_factory.mktemp("runs")
    (parent / "b").mkdir()
    (parent / "b" / "mine").symlink_to(folder)
    folder.rename(parent / "b" / "real")
    (parent / "empty").mkdir()

    assert [run.folder.name for run in stored_runs(parent)] == ["real"]
    with pytest.raises(UsageError, match="there is no run in"):
        stored_runs(parent / "empty")


@pytest.mark.parametrize(
    "figures",
    [
        {"newly_failing": 3},
        {"newly_failing": [1]},
        {"mid_p": "small"},
        {"published_percent": True},
        {"estimate_points": float("inf")},
        {"estimate_points": float("nan")},
        {"proven_loss_points": 10**400},
        {"against": ["a"]},
        {"comparisons": {}},
    ],
    ids=lambda figures: str(figures)[:40],
)
def test_figures_of_other_types_than_gates_write_are_left_out(folder, figures):
    gate = {"verdict": "PASS", "headline": "PASS: it is", "figures": {**figures, "n": 2, "of another version": [1]}}
    (folder / "scores.json").write_text(json.dumps({**SCORES, "gates": {"published": gate}}))

    read = read_stored_run(folder).suites["humaneval"].gates["published"]

    assert read.verdict is GateVerdict.INVALID or read.figures == {"n": 2, "of another version": [1]}


@pytest.mark.parametrize("score", [(3, 2, 0.5), (-1, 2, 0.5), (0, 0, 0.0), (1, 2, 7.0)])
def test_a_score_that_cannot_be_is_none(folder, score):
    told = dict(zip(("solved", "samples", "rate"), score, strict=True))
    (folder / "scores.json").write_text(json.dumps({**SCORES, "scores": {"pass@1": told}}))

    assert read_stored_run(folder).suites["humaneval"].gated_score is None


def test_the_score_that_gates_is_that_of_one_sample_with_the_added_tests(folder):
    score = SCORES["scores"]["pass@1"]
    parts = {name: {"kind": "solved"} for name in ("base", "plus")}
    rows = [RECORD | {"parts": parts}, RECORD | {"task_id": "T/1", "solved": False, "parts": parts}]
    (folder / "verdicts.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    base = {**score, "solved": 2, "rate": 1.0}
    (folder / "scores.json").write_text(json.dumps({**SCORES, "scores": {"pass@1 base": base, "pass@1 plus": score}}))

    suite = read_stored_run(folder).suites["humaneval"]
    gated = suite.gated_score

    assert suite.damage == ""
    assert (gated.metric, gated.problems, gated.rate) == ("pass@1 plus", 2, 0.5)


@pytest.mark.parametrize(
    "records",
    [
        tuple(record(f"T/{number}", solved=number < 8, doubted=number < 2) for number in range(10)),
        tuple(record(f"T/{number}", sample, solved=sample < 4) for number in range(2) for sample in range(5)),
    ],
    ids=["doubted verdicts", "several samples"],
)
def test_the_score_that_gates_has_the_interval_that_the_run_s_own_summary_has(records):
    told = {"pass@1": StoredScore(solved=8, samples=10, rate=0.8)}

    gated = StoredSuite("simpleqa", records, told, metric="pass@1").gated_score
    live = scores(records, ALONE)[0]

    assert gated is not None
    assert live.interval is not None
    assert gated.bounds == live.interval
