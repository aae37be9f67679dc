"""What is asked: unique, warmed up with other prompts, of the length that was wanted."""

import json

import pytest
from servecheck.errors import UsageError
from servecheck.problems import load_problem_set
from servecheck.profiles.schema import Profile
from servecheck.throughput.workload import WorkloadShape, file_workload, fixed_length_workload, problem_workload

PROFILE = Profile(name="p", model="org/model", system_prompt="Be brief.")
PLAIN = Profile(name="p", model="org/model")


def _text(body):
    return body["messages"][-1]["content"]


def test_problems_are_asked_as_the_protocol_has_it_with_usage_at_the_end():
    problems = load_problem_set("starter")

    workload = problem_workload(PLAIN, problems, WorkloadShape(requests=3, seed=None, is_unique=False))

    first = workload.measured[0]
    assert workload.name == "starter under evalplus_chat"
    assert problems[problems.task_ids[0]].prompt.strip() in _text(first)
    assert first["stream_options"] == {"include_usage": True}
    assert first["model"] == "org/model"


def test_the_warm_up_asks_what_is_not_measured():
    problems = load_problem_set("starter")
    count = len(problems.task_ids)

    workload = problem_workload(PLAIN, problems, WorkloadShape(requests=3 * count, warm_up=4, is_unique=False))

    warm_up = {_text(body) for body in workload.warm_up}
    measured = {_text(body) for body in workload.measured}
    assert len(warm_up) == 4
    assert len(measured) == count - 4
    assert not warm_up & measured
    assert len(workload.measured) == 3 * count


def test_a_warm_up_of_all_prompts_is_refused():
    with pytest.raises(UsageError, match="would leave none to measure"):
        problem_workload(PLAIN, load_problem_set("starter-32"), WorkloadShape(requests=1, warm_up=32))


def test_every_request_begins_with_a_line_of_its_own_before_the_system_prompt():
    workload = problem_workload(PROFILE, load_problem_set("starter"), WorkloadShape(requests=200, warm_up=2, salt="s"))

    first_lines = [body["messages"][0]["content"].partition("\n") for body in [*workload.warm_up, *workload.measured]]
    assert len({line for line, _, _ in first_lines}) == 202
    assert {rest for _, _, rest in first_lines} == {"Be brief."}


def test_the_salt_decides_the_lines_and_is_a_new_one_unless_it_is_given():
    def firsts(salt):
        shape = WorkloadShape(requests=2, salt=salt)
        return [_text(body) for body in problem_workload(PLAIN, load_problem_set("starter"), shape).measured]

    assert firsts("a") == firsts("a")
    assert firsts("a") != firsts("b")
    assert firsts(None) != firsts(None)


def test_a_fixed_length_is_asked_for_and_held():
    workload = fixed_length_workload(PLAIN, 100, 32, WorkloadShape(requests=5, warm_up=2, is_unique=False))

    texts = [_text(body) for body in [*workload.warm_up, *workload.measured]]
    assert [len(text.split()) for text in texts] == [100] * 7
    assert len(set(texts)) == 7
    for body in workload.measured:
        assert body["ignore_eos"] is True
        assert body["min_tokens"] == body["max_completion_tokens"] == 32


def test_a_stop_sequence_does_not_end_a_reply_of_fixed_length():
    profile = Profile(name="p", model="m", protocol="lm_eval_instruct")

    free = problem_workload(profile, load_problem_set("starter"), WorkloadShape(requests=1))
    fixed = problem_workload(profile, load_problem_set("starter"), WorkloadShape(requests=1, output_tokens=9))

    assert "stop" in free.measured[0]
    assert "stop" not in fixed.measured[0]
    assert fixed.measured[0]["max_tokens"] == 9


def test_chunk_sizes_are_asked_for_beside_usage():
    workload = problem_workload(PLAIN, load_problem_set("starter"), WorkloadShape(requests=1, has_chunk_sizes=True))

    assert workload.measured[0]["stream_options"] == {"include_usage": True, "continuous_usage_stats": True}


def test_a_file_gives_prompts_or_messages(tmp_path):
    path = tmp_path / "prompts.jsonl"
    messages = [{"role": "system", "content": "S"}, {"role": "user", "content": "U"}]
    path.write_text(json.dumps({"prompt": "P", "other": 1}) + "\n\n" + json.dumps({"messages": messages}) + "\n")

    workload = file_workload(PLAIN, path, WorkloadShape(requests=3, seed=None, is_unique=False))

    assert [body["messages"] for body in workload.measured] == [
        [{"role": "user", "content": "P"}],
        messages,
        [{"role": "user", "content": "P"}],
    ]


def test_a_unique_line_goes_before_content_in_parts(tmp_path):
    path = tmp_path / "prompts.jsonl"
    part = {"type": "text", "text": "P"}
    path.write_text(json.dumps({"messages": [{"role": "user", "content": [part]}]}))

    (body,) = file_workload(PLAIN, path, WorkloadShape(requests=1)).measured

    nonce, kept = body["messages"][0]["content"]
    assert nonce["text"].endswith("]\n")
    assert kept == part


@pytest.mark.parametrize(
    "line",
    ["{", "[]", "{}", '{"prompt": 1}', '{"messages": []}', '{"messages": ["x"]}', '{"prompt": "a", "prompt": "b"}'],
)
def test_a_line_that_is_no_prompt_is_named(tmp_path, line):
    path = tmp_path / "prompts.jsonl"
    path.write_text('{"prompt": "good"}\n' + line)

    with pytest.raises(UsageError, match=r"prompts\.jsonl:2 "):
        file_workload(PLAIN, path, WorkloadShape(requests=1))


def test_a_file_that_cannot_be_read_is_named(tmp_path):
    with pytest.raises(UsageError, match="cannot be read"):
        file_workload(PLAIN, tmp_path / "none.jsonl", WorkloadShape(requests=1))


@pytest.mark.parametrize(
    "fields", [{"requests": 0}, {"requests": 1, "warm_up": -1}, {"requests": 1, "output_tokens": 0}]
)
def test_a_shape_that_cannot_be_is_refused(fields):
    with pytest.raises(UsageError, match="cannot be"):
        WorkloadShape(**fields)
