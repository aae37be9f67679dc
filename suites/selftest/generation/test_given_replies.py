"""Files given with ``--replies``."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from servecheck.errors import RepliesError
from servecheck.generation.given_replies import GivenReply, read_replies

TASKS = ["HumanEval/0", "HumanEval/1"]


def file_of(folder: Path, *rows: Any) -> Path:
    path = folder / "samples.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def row(number: int = 0, **fields: Any) -> dict[str, Any]:
    return {"task_id": TASKS[number], **fields}


@pytest.mark.parametrize("kind", ["solution", "completion", "reply"])
def test_each_field_says_what_its_text_is(tmp_path: Path, kind: Any) -> None:
    path = file_of(tmp_path, row(**{kind: "text é\u2028\n"}))

    assert read_replies(path, TASKS) == [GivenReply("HumanEval/0", 0, kind, "text é\u2028\n")]


def test_a_solution_goes_before_a_completion_and_that_before_a_reply(tmp_path: Path) -> None:
    path = file_of(tmp_path, row(reply="r", completion="c", solution="s"), row(1, reply="r", completion="c"))

    assert [given.text for given in read_replies(path, TASKS)] == ["s", "c"]


@pytest.mark.parametrize(
    ("field", "kind"), [("reply", "reply"), ("completion", "completion"), ("solution", "solution"), ("raw", "reply")]
)
def test_a_field_may_be_chosen(tmp_path: Path, field: str, kind: str) -> None:
    path = file_of(tmp_path, row(solution="solution", completion="completion", reply="reply", raw="raw"))

    assert read_replies(path, TASKS, field) == [GivenReply("HumanEval/0", 0, kind, field)]  # type: ignore[arg-type]


def test_several_rows_of_a_task_are_its_samples_in_order(tmp_path: Path) -> None:
    path = file_of(tmp_path, row(solution="a"), row(1, solution="b"), row(solution="c"))

    assert [(given.task_id, given.sample, given.text) for given in read_replies(path, TASKS)] == [
        ("HumanEval/0", 0, "a"),
        ("HumanEval/1", 0, "b"),
        ("HumanEval/0", 1, "c"),
    ]


def test_a_row_may_carry_its_own_sample_number(tmp_path: Path) -> None:
    path = file_of(tmp_path, row(solution="a", sample=1), row(solution="b", sample=0))

    assert [(given.sample, given.text) for given in read_replies(path, TASKS)] == [(1, "a"), (0, "b")]


@pytest.mark.parametrize(("first", "second"), [({"sample": 4}, {"sample": 4}), ({"sample": 1}, {})])
def test_a_repeated_sample_number_is_an_error_that_names_both_lines(tmp_path: Path, first: Any, second: Any) -> None:
    path = file_of(tmp_path, row(solution="a", **first), row(1, solution="x"), row(solution="b", **second))

    with pytest.raises(RepliesError, match=r"line 3: sample \d of HumanEval/0 was in line 1 already"):
        read_replies(path, TASKS)


@pytest.mark.parametrize("sample", [-1, 1.0, "1", None, True])
def test_a_sample_number_is_a_whole_number_from_0(tmp_path: Path, sample: Any) -> None:
    path = file_of(tmp_path, row(solution="a", sample=sample))

    with pytest.raises(RepliesError, match="line 1: sample is not a number from 0 on"):
        read_replies(path, TASKS)


def test_a_packed_file_is_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "samples.jsonl.gz"
    path.write_bytes(gzip.compress(json.dumps(row(solution="a")).encode()))

    assert read_replies(path, TASKS) == [GivenReply("HumanEval/0", 0, "solution", "a")]


def test_blank_lines_a_byte_order_mark_and_crlf_do_no_harm(tmp_path: Path) -> None:
    path = tmp_path / "samples.jsonl"
    path.write_bytes(b'\xef\xbb\xbf{"task_id": "HumanEval/0", "solution": "a"}\r\n\r\n\n')

    assert [given.text for given in read_replies(path, TASKS)] == ["a"]


def test_an_unknown_task_is_an_error_that_names_the_nearest(tmp_path: Path) -> None:
    path = file_of(tmp_path, row(solution="a"), {"task_id": "humaneval/1", "solution": "b"})

    with pytest.raises(RepliesError, match=r"line 2: unknown task_id 'humaneval/1': did you mean 'HumanEval/1'"):
        read_replies(path, TASKS)


def test_a_task_like_no_other_suggests_another_problem_set(tmp_path: Path) -> None:
    path = file_of(tmp_path, {"task_id": "Mbpp_17", "solution": "b"})

    with pytest.raises(RepliesError, match="meant for another problem set"):
        read_replies(path, TASKS)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{", "line 2: not JSON"),
        ("[" * 100_000, "line 2: not JSON"),
        ("[]", "line 2: not a JSON object but list"),
        ("{}", "line 2: no task_id"),
        ('{"task_id": 0, "solution": ""}', "line 2: no task_id, or one that is not a string"),
        ('{"task_id": "HumanEval/1", "text": ""}', "line 2: none of the fields solution, completion, reply; the row h"),
        (
            '{"task_id": "HumanEval/1", "solution": "a", "solution": "b"}',
            "line 2: an object has the key 'solution' twice, of which one would count alone; leave one out",
        ),
        ('{"task_id": "HumanEval/1", "solution": null}', "line 2: solution is not a string but NoneType"),
        ('{"task_id": "HumanEval/1", "solution": ["a"]}', "line 2: solution is not a string but list"),
    ],
)
def test_a_row_that_cannot_be_graded_is_an_error_that_names_its_line(tmp_path: Path, line: str, message: str) -> None:
    path = file_of(tmp_path, row(solution="a"))
    path.write_text(path.read_text() + line + "\n")

    with pytest.raises(RepliesError) as caught:
        read_replies(path, TASKS)

    assert f"{path}, {message}" in str(caught.value)


def test_a_chosen_field_that_a_row_lacks_is_an_error(tmp_path: Path) -> None:
    path = file_of(tmp_path, row(solution="a"))

    with pytest.raises(RepliesError, match="line 1: no field 'raw'; the row has: task_id, solution"):
        read_replies(path, TASKS, "raw")


def test_text_that_is_not_utf_8_is_an_error_that_names_its_line(tmp_path: Path) -> None:
    path = file_of(tmp_path, row(solution="a"))
    path.write_bytes(path.read_bytes() + b'{"task_id": "\xff"}\n')

    with pytest.raises(RepliesError, match="line 2: not UTF-8"):
        read_replies(path, TASKS)


@pytest.mark.parametrize("content", [b"", b"\n\n"])
def test_an_empty_file_is_an_error(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "samples.jsonl"
    path.write_bytes(content)

    with pytest.raises(RepliesError, match="holds no reply"):
        read_replies(path, TASKS)


def test_a_missing_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(RepliesError, match=r"samples\.jsonl cannot be read"):
        read_replies(tmp_path / "samples.jsonl", TASKS)


@pytest.mark.parametrize("damage", ["not gzip", "cut off", "flipped"])
def test_a_damaged_gzip_file_is_an_error(tmp_path: Path, damage: str) -> None:
    packed = gzip.compress(b"".join(json.dumps(row(solution=str(n), sample=n)).encode() + b"\n" for n in range(999)))
    middle = len(packed) // 2
    content = {
        "not gzip": b'{"task_id": "HumanEval/0"}',
        "cut off": packed[:middle],
        "flipped": packed[:middle] + bytes(255 - byte for byte in packed[middle : middle + 20]) + packed[middle + 20 :],
    }[damage]
    path = tmp_path / "samples.jsonl.gz"
    path.write_bytes(content)

    with pytest.raises(RepliesError, match=r"samples\.jsonl\.gz"):
        read_replies(path, TASKS)


def lm_eval_row(number: int = 0, **fields: Any) -> dict[str, Any]:
    return {
        "doc_id": number,
        "doc": {"task_id": TASKS[number], "prompt": "def f():\n"},
        "target": "check(f)",
        "resps": [["    return 1\n"]],
        "filtered_resps": [["def f():\n    return 1\n"]],
        "filter": "create_test",
        "pass@1": 1.0,
        **fields,
    }


def test_a_row_of_lm_eval_s_gives_the_programs_that_it_ran(tmp_path: Path) -> None:
    path = file_of(tmp_path, lm_eval_row(), lm_eval_row(1, filtered_resps=["y = 2\n"]))

    assert read_replies(path, TASKS) == [
        GivenReply("HumanEval/0", 0, "solution", "def f():\n    return 1\n"),
        GivenReply("HumanEval/1", 0, "solution", "y = 2\n"),
    ]


def test_repeats_of_lm_eval_s_are_samples(tmp_path: Path) -> None:
    path = file_of(tmp_path, lm_eval_row(filtered_resps=[["a", "b"]]), lm_eval_row(1, filtered_resps=["c", "d", "e"]))

    assert [(given.task_id, given.sample, given.text) for given in read_replies(path, TASKS)] == [
        *(("HumanEval/0", 0, "a"), ("HumanEval/0", 1, "b")),
        *(("HumanEval/1", 0, "c"), ("HumanEval/1", 1, "d"), ("HumanEval/1", 2, "e")),
    ]


@pytest.mark.parametrize(
    ("field", "kind"), [("resps", "reply"), ("resps:completion", "completion"), ("filtered_resps:reply", "reply")]
)
def test_what_a_field_of_lm_eval_s_is_may_be_said(tmp_path: Path, field: str, kind: str) -> None:
    assert {given.kind for given in read_replies(file_of(tmp_path, lm_eval_row()), TASKS, field)} == {kind}


def test_a_document_of_mbpp_has_a_number(tmp_path: Path) -> None:
    path = file_of(tmp_path, lm_eval_row(doc={"task_id": 2}))

    assert [given.task_id for given in read_replies(path, ["Mbpp/2"])] == ["Mbpp/2"]


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([lm_eval_row(filtered_resps=[[[0.5, True]]])], "filtered_resps holds no texts; .*--replies-field resps:reply"),
        ([lm_eval_row(filtered_resps=[])], "filtered_resps holds no texts"),
        ([lm_eval_row(), lm_eval_row(filter="none")], r"line 2: .*several filters \(create_test, none\)"),
        ([lm_eval_row(doc={})], "no task_id"),
    ],
)
def test_a_row_of_lm_eval_s_that_cannot_be_graded_is_named(tmp_path: Path, rows: list[Any], message: str) -> None:
    with pytest.raises(RepliesError, match=message):
        read_replies(file_of(tmp_path, *rows), TASKS)


def test_a_solution_may_be_given_as_a_reply(tmp_path: Path) -> None:
    path = file_of(tmp_path, row(solution="```python\nx = 1\n```"))

    assert read_replies(path, TASKS, "solution:reply") == [
        GivenReply("HumanEval/0", 0, "reply", "```python\nx = 1\n```")
    ]


def test_a_file_in_utf16_is_named(tmp_path: Path) -> None:
    path = tmp_path / "samples.jsonl"
    path.write_text(json.dumps(row(solution="x")), encoding="utf-16")

    with pytest.raises(RepliesError, match=r"samples\.jsonl is UTF-16 text; write the file as UTF-8"):
        read_replies(path, TASKS)


def test_a_device_is_no_file_of_replies() -> None:
    with pytest.raises(RepliesError, match="/dev/zero is a device; name a file of replies"):
        read_replies(Path("/dev/zero"), TASKS)
