"""SimpleQA's file is known by its digest, Humanity's Last Exam is the user's own; both are read line by line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from servecheck.errors import ProblemSetError, UsageError
from servecheck.problems import add_problem_set, load_problem_set
from servecheck.problems.hle import HLE, HLE_FILE, HLE_STARTER, HleProblem, hle_problems
from servecheck.problems.judged_set import JudgedSet, JudgedStarter
from servecheck.problems.multichallenge import conversation_problems
from servecheck.problems.simpleqa import SIMPLEQA, SIMPLEQA_STARTER, simpleqa_problems
from servecheck.problems.sysbench import system_problems
from servecheck.protocols.judge_prompts.ideal import has_target

ROW = {"id": "a", "question": "Which?", "image": "", "answer": "42", "answer_type": "exactMatch"}


def jsonl(*rows: object) -> bytes:
    return "".join(json.dumps(row) + "\n" for row in rows).encode()


@pytest.mark.parametrize("problems", [SIMPLEQA_STARTER, HLE_STARTER], ids=lambda one: one.name)
def test_a_starter_set_has_thirty_problems_each_with_a_right_reply_and_a_wrong_one(problems: JudgedStarter):
    found = [problems[task_id] for task_id in problems.task_ids]

    assert len(found) == len({problem.question for problem in found}) == 30
    assert all(has_target(problem.right_reply, problem.target) for problem in found)
    assert not any(has_target(_named(problem.wrong_reply), problem.target) for problem in found)


def _named(reply: str) -> str:
    return reply.partition("Answer: ")[2].partition("\n")[0] if "Answer: " in reply else reply


def test_simpleqas_rows_are_numbered_and_have_the_next_best_wrong_answer():
    found = simpleqa_problems(b'metadata,problem,answer\n{},"Which, then?",gold\n{},How many?,"1,000"\n', "t")

    assert [problem.task_id for problem in found.values()] == ["SimpleQA/0", "SimpleQA/1"]
    assert (found["SimpleQA/1"].question, found["SimpleQA/1"].target) == ("How many?", "1,000")
    assert found["SimpleQA/1"].wrong_reply == "It is gold."


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"metadata,question,answer\n{},Which?,gold\n", "row 0 has no 'problem'"),
        (b"metadata,problem,answer\n{},Which?,gold\n{},How many?,\n", "row 1 has no 'answer'"),
        (b"\xff\xfe", "cannot be read as CSV in UTF-8"),
    ],
)
def test_a_file_in_another_form_is_refused(content, told):
    with pytest.raises(ProblemSetError, match=told):
        simpleqa_problems(content, "t")


def test_a_copy_of_simpleqa_is_held_to_its_digest(tmp_path: Path, monkeypatch):
    (tmp_path / "copy.csv").write_bytes(b"metadata,problem,answer\n{},Which?,gold\n")
    monkeypatch.setenv("SIMPLEQA_OVERRIDE_PATH", str(tmp_path / "copy.csv"))

    with pytest.raises(ProblemSetError, match="is not SimpleQA as it lies at"):
        _ = SIMPLEQA.task_ids


def test_questions_with_a_picture_are_left_out():
    found = hle_problems(jsonl(ROW, {**ROW, "id": "b", "image": "data:image/png;base64,AA"}, {**ROW, "id": "c"}), "t")

    assert list(found) == ["HLE/a", "HLE/c"]


def test_a_question_with_choices_is_told_apart():
    found = hle_problems(jsonl(ROW, {**ROW, "id": "b", "answer_type": "multipleChoice", "answer": "C"}), "t")

    assert [problem.is_choice for problem in found.values()] == [False, True]
    assert found["HLE/b"].right_reply.splitlines()[1] == "Answer: C"
    assert isinstance(found["HLE/a"], HleProblem)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (jsonl(ROW, {key: value for key, value in ROW.items() if key != "image"}), "line 2: image: Field required"),
        (jsonl({**ROW, "answer_type": "essay"}), "line 1: answer_type: Input should be 'exactMatch'"),
        (b'{"id": "a"', "line 1: the line: Invalid JSON"),
    ],
)
def test_a_line_in_another_form_is_refused_by_its_number(content, told):
    with pytest.raises(ProblemSetError, match=told):
        hle_problems(content, "t")


TALK = {
    "QUESTION_ID": "a",
    "AXIS": "INFERENCE_MEMORY",
    "CONVERSATION": [{"role": "user", "content": "Which?"}],
    "TARGET_QUESTION": "Is it named?",
    "PASS_CRITERIA": "YES",
}
DIALOGUE = {
    "system_id": 1,
    "messages": [{"role": role, "content": role} for role in ("system", "user", "assistant")],
    "prompt_infos": {"user": {"criteria": {"1": {"criteria_id": 1, "criteria_content": "x", "criteria_type": "y"}}}},
}


@pytest.mark.parametrize(
    ("read", "content", "told"),
    [
        (hle_problems, jsonl(ROW, {**ROW, "id": "b"}, ROW), "t, lines 1 and 3: 'HLE/a' is there twice"),
        (hle_problems, jsonl(ROW, {**ROW, "image": "data:,"}), "t, lines 1 and 2: 'HLE/a' is there twice"),
        (conversation_problems, b"\n" + jsonl(TALK, TALK), "t, lines 2 and 3: 'MultiChallenge/a' is there twice"),
        (
            system_problems,
            json.dumps([DIALOGUE, {**DIALOGUE, "system_id": 2}, {**DIALOGUE, "system_id": "1"}]).encode(),
            "t, dialogues 1 and 3: 'SysBench/1' is there twice",
        ),
    ],
)
def test_of_two_problems_with_one_id_neither_is_left_out_in_silence(read, content, told):
    with pytest.raises(ProblemSetError, match=f"{told}: leave one out, or rename it"):
        read(content, "t")


def _criterion(number: object) -> dict[str, object]:
    return {"criteria_id": number, "criteria_content": "x", "criteria_type": "y"}


def test_of_two_criteria_with_one_number_in_a_turn_neither_is_left_out_in_silence():
    criteria = {"1": _criterion(1), "2": _criterion(2), "3": _criterion("2")}
    twice = {**DIALOGUE, "prompt_infos": {"user": {"criteria": criteria}}}

    with pytest.raises(ProblemSetError, match="t: turn 1 of dialogue 1, criteria 2 and 3: '2' is there twice: leave"):
        system_problems(json.dumps([twice]).encode(), "t")


@pytest.mark.parametrize(
    ("read", "content", "told"),
    [
        (hle_problems, jsonl(ROW).replace(b'"answer": ', b'"answer": "41", "answer": '), "t, line 1: .* key 'answer'"),
        (conversation_problems, jsonl(TALK).replace(b'"AXIS"', b'"AXIS": "x", "AXIS"'), "t, line 1: .* key 'AXIS'"),
        (
            conversation_problems,
            jsonl(TALK).replace(b'"content"', b'"content": "Who?", "content"'),
            "t, line 1: .* key 'content'",
        ),
        (
            system_problems,
            json.dumps([DIALOGUE]).replace('"1": {', f'"1": {json.dumps(_criterion(1))}, "1": {{').encode(),
            "t: .* key '1'",
        ),
    ],
)
def test_a_key_that_an_object_has_twice_is_refused_and_not_read_by_its_last(read, content, told):
    with pytest.raises(ProblemSetError, match=f"{told} twice, of which one would count alone: leave one out"):
        read(content, "t")


def test_who_has_no_copy_of_it_is_told_how_to_have_one(monkeypatch):
    monkeypatch.delenv("HLE_OVERRIDE_PATH", raising=False)

    with pytest.raises(
        ProblemSetError, match=r"agree to its terms at https://huggingface\.co/datasets/cais/hle.*HLE_OV"
    ):
        _ = HLE.task_ids
    assert not HLE.is_here


def test_a_copy_of_it_is_known_by_its_digest_and_one_that_is_not_there_is_told(tmp_path: Path, monkeypatch):
    monkeypatch.setenv("HLE_OVERRIDE_PATH", str(tmp_path / "hle.jsonl"))
    with pytest.raises(ProblemSetError, match=r"Humanity's Last Exam cannot be read .*: correct HLE_OVERRIDE_PATH"):
        _ = HLE.task_ids
    (tmp_path / "hle.jsonl").write_bytes(jsonl(ROW))

    assert HLE.is_here
    assert len(HLE.sha256) == 64
    assert HLE.sha256 != "0" * 64


@pytest.mark.parametrize(
    ("content", "wrong"), [(b'{"problem": "x"}\n', "line 1: id: Field required"), (b"", "no problem")]
)
def test_of_another_file_in_its_place_it_is_said_which_and_how_to_have_the_right_one(
    tmp_path, monkeypatch, content, wrong
):
    (tmp_path / "other.jsonl").write_bytes(content)
    monkeypatch.setenv("HLE_OVERRIDE_PATH", str(tmp_path / "other.jsonl"))
    problems = JudgedSet("hle", "1", HLE_FILE, hle_problems)

    with pytest.raises(ProblemSetError) as refused:
        _ = problems.task_ids

    assert wrong in str(refused.value)
    assert f". HLE_OVERRIDE_PATH names {tmp_path}/other.jsonl, which is not that file: agree" in str(refused.value)


def test_a_file_without_a_problem_is_refused(tmp_path: Path):
    (tmp_path / "none.jsonl").write_bytes(b"\n")

    with pytest.raises(ProblemSetError, match=r"none\.jsonl has no problem in it"):
        _ = JudgedStarter("none", tmp_path / "none.jsonl", hle_problems).task_ids


def test_a_copy_that_is_named_wrongly_is_no_matter_until_it_is_asked_for(monkeypatch):
    monkeypatch.setenv("HLE_OVERRIDE_PATH", "/nowhere/hle.jsonl")

    add_problem_set(HLE)

    with pytest.raises(UsageError, match="correct HLE_OVERRIDE_PATH"):
        _ = load_problem_set("hle").task_ids
