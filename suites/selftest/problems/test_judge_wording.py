"""A judge is asked in its authors' words where the user has them, told by a digest, and else in this project's.

The texts here are made up; the slow tests take the authors' from checkouts that ``MULTICHALLENGE_OVERRIDE_PATH`` and
``SYSBENCH_OVERRIDE_PATH`` name, and hold what is asked to digests that were made by running the authors' code.
"""

from __future__ import annotations

import ast
import json
import os
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from servecheck.errors import ProblemSetError
from servecheck.grading.multichallenge import MultiChallengeGrader
from servecheck.grading.sysbench import SysBenchGrader
from servecheck.problems import multichallenge, multichallenge_wording, sysbench, sysbench_wording
from servecheck.problems.judge_wording import OWN
from servecheck.problems.judged_set import JudgedSet, wording_name
from servecheck.problems.multichallenge import MULTICHALLENGE_STARTER, ConversationProblem
from servecheck.problems.simpleqa import SIMPLEQA_STARTER
from servecheck.problems.sysbench import SYSBENCH_STARTER, SystemProblem
from servecheck.protocols.judge_prompts.sysbench import history

TEXT = "Reply: {}\nAsked {{so}}: {}"
EVALUATOR = f"import tqdm\nraise SystemExit\n\nJUDGE_PROMPT = '''{TEXT}'''\n"
UTILS = '''
def get_eval_pattern(messages, criteria):
    system_prompt = messages[0]["content"]
    pattern = f"""S {system_prompt} {{}}
"""
    for index in range(len(historys) // 2):
        user_message = historys[index * 2]
        assistant_message = historys[index * 2 + 1]
        pattern += f"""{index + 1} {user_message["role"]} {user_message["content"]}
{assistant_message["role"]} {assistant_message["content"]}
"""

    pattern += f"""Q {current_dialogs[0]["content"]} R {current_dialogs[1]["content"]}
C {criteria_pattern}
"""
    pattern += """{"1": ""}"""
    return pattern
'''.lstrip()
CONVERSATION = {
    "QUESTION_ID": "a",
    "AXIS": "X",
    "CONVERSATION": [{"role": "user", "content": "?"}],
    "TARGET_QUESTION": "Is it {so}?",
    "PASS_CRITERIA": "YES",
}
DIALOGUE = {
    "system_id": 1,
    "messages": [{"role": role, "content": f"{role}{{}}"} for role in ("system", "user", "assistant")],
    "prompt_infos": {
        "user{}": {"criteria": {"1": {"criteria_id": 1, "criteria_content": "c", "criteria_type": "k"}}},
    },
}


def digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch) -> Callable[..., Path]:
    """Both repositories in one folder, of which the variables name it."""
    monkeypatch.setattr(multichallenge_wording, "KNOWN", digest(TEXT))
    monkeypatch.setattr(sysbench_wording, "KNOWN", digest(UTILS.rstrip()))

    def made(*, evaluator: str | None = EVALUATOR, utils: str | None = UTILS) -> Path:
        files: dict[str, str | None] = {
            "src/evaluator.py": evaluator,
            "utils.py": utils,
            "data/benchmark_questions.jsonl": json.dumps(CONVERSATION),
            "datas/system_benchmark_eval_datas.json": json.dumps([DIALOGUE]),
        }
        for name, text in files.items():
            if text is not None:
                (tmp_path / name).parent.mkdir(exist_ok=True)
                (tmp_path / name).write_bytes(text.encode("utf-8", "surrogatepass"))
        for variable in ("MULTICHALLENGE_OVERRIDE_PATH", "SYSBENCH_OVERRIDE_PATH"):
            monkeypatch.setenv(variable, str(tmp_path))
        return tmp_path

    return made


def anew(module: Any) -> JudgedSet:
    """The set, which has read nothing yet."""
    of: JudgedSet = getattr(module, module.__name__.rpartition(".")[2].upper())
    return JudgedSet(of.name, of.version, of._source, of.read, of._worded)


def test_multichallenges_words_are_those_of_the_users_checkout(checkout):
    checkout()
    found = anew(multichallenge)
    problem = found["MultiChallenge/a"]

    assert wording_name(found) == "authors 5ccefcc"
    prompt = MultiChallengeGrader.prompt.worded(problem.wording)
    fields = MultiChallengeGrader().fields(problem, "{yes}")
    assert prompt.text(fields) == TEXT.format("{yes}", "Is it {so}?")
    assert prompt.fields_of(prompt.fenced(fields)) == fields


def test_sysbenchs_words_are_those_of_the_users_checkout(checkout):
    checkout()
    found = anew(sysbench)
    problem = found["SysBench/1"]

    assert wording_name(found) == "authors 627ffa8"
    [fields] = SysBenchGrader().all_fields(problem, ["r{}"])
    before = history([("q", "r")], problem.wording.turn)
    text = SysBenchGrader.prompt.worded(problem.wording).text(fields | {"history": before})
    assert text == 'S system{} {}\n1 user q\nassistant r\nQ user{} R r{}\nC 1. c | k\n{"1": ""}'


@pytest.mark.parametrize("module", [multichallenge, sysbench], ids=lambda one: one.__name__)
def test_a_copy_of_the_problems_alone_is_judged_in_this_projects_words(checkout, module, tmp_path, monkeypatch):
    checkout(evaluator=None, utils=None)

    assert wording_name(anew(module)) == "own"
    own = anew(module)
    problem = own[own.task_ids[0]]
    assert problem.wording is OWN
    # The same file elsewhere, beside a repository's other file that is not its own.
    checkout()
    for name in ("data/benchmark_questions.jsonl", "datas/system_benchmark_eval_datas.json"):
        (tmp_path / "copy").mkdir(exist_ok=True)
        (tmp_path / "copy" / Path(name).name).write_bytes((tmp_path / name).read_bytes())
        variable = "SYSBENCH_OVERRIDE_PATH" if "datas" in name else "MULTICHALLENGE_OVERRIDE_PATH"
        monkeypatch.setenv(variable, str(tmp_path / "copy" / Path(name).name))
    assert wording_name(anew(module)) == "own"


def test_the_file_in_a_checkout_may_be_named_too_and_from_within_it(checkout, monkeypatch):
    root = checkout()
    monkeypatch.chdir(root / "data")
    monkeypatch.setenv("MULTICHALLENGE_OVERRIDE_PATH", "benchmark_questions.jsonl")

    assert wording_name(anew(multichallenge)) == "authors 5ccefcc"


@pytest.mark.parametrize(
    "evaluator",
    [
        EVALUATOR.replace("Reply", "reply"),
        "JUDGE_PROMPT = open('/etc/passwd').read()\n",
        "print('no prompt')\n",
        "JUDGE_PROMPT = '\\udc80'\n",
        "JUDGE_PROMPT = (\n",
        "x = 0\0\n",
        "(" * 9999,
        "#" * (2 << 20),
        "\udc80",
    ],
    ids=["other words", "made by code", "none", "half a character", "no Python", "NUL", "deep", "huge", "no UTF-8"],
)
def test_a_checkout_with_other_words_is_refused_and_its_code_never_run(checkout, evaluator):
    checkout(evaluator=evaluator)

    with pytest.raises(ProblemSetError, match="name a copy of the problems that lies elsewhere") as told:
        _ = anew(multichallenge).task_ids
    assert str(told.value).isprintable()


def test_words_in_a_checkout_with_windows_line_ends_are_the_same(checkout):
    checkout(utils=UTILS.replace("\n", "\r\n"), evaluator=EVALUATOR.replace("\n", "\r\n"))

    assert wording_name(anew(sysbench)) == "authors 627ffa8"
    assert wording_name(anew(multichallenge)) == "authors 5ccefcc"


@pytest.mark.parametrize("problems", [MULTICHALLENGE_STARTER, SYSBENCH_STARTER], ids=lambda one: one.name)
def test_starter_sets_are_judged_in_this_projects_words(problems):
    assert wording_name(problems) == "own"
    assert wording_name(SIMPLEQA_STARTER) == ""


def source(module: ModuleType, variable: str) -> Path:
    """The authors' file in the checkout that the variable names."""
    root = Path(os.environ.get(variable, "/nowhere"))
    return (root if root.is_dir() else root.parent.parent) / module.PLACE


@pytest.mark.slow
@pytest.mark.skipif(
    not source(multichallenge_wording, "MULTICHALLENGE_OVERRIDE_PATH").is_file(),
    reason="MULTICHALLENGE_OVERRIDE_PATH names no checkout",
)
def test_multichallenges_prompt_is_what_its_own_code_asks():
    path = source(multichallenge_wording, "MULTICHALLENGE_OVERRIDE_PATH")
    [theirs] = [
        ast.literal_eval(one.value)
        for one in ast.parse(path.read_text()).body
        if isinstance(one, ast.Assign) and ast.unparse(one.targets[0]) == "JUDGE_PROMPT"
    ]
    problem = ConversationProblem("m/0", "?", "Is {it} so?", wording=multichallenge_wording.authors_wording(path))
    grader = MultiChallengeGrader()

    ours = grader.prompt.worded(problem.wording).text(grader.fields(problem, "{a}\nb"))

    assert ours == theirs.format("{a}\nb", "Is {it} so?")


@pytest.mark.slow
@pytest.mark.skipif(
    not source(sysbench_wording, "SYSBENCH_OVERRIDE_PATH").is_file(),
    reason="SYSBENCH_OVERRIDE_PATH names no checkout",
)
def test_sysbenchs_prompt_is_what_its_own_code_asks():
    wording = sysbench_wording.authors_wording(source(sysbench_wording, "SYSBENCH_OVERRIDE_PATH"))
    problem = SystemProblem("s/0", "一？", "", system="你是{店员}。", asked=("一？", "二？"), wording=wording)
    fields = {
        "system": problem.system,
        "history": history([("一？", "甲。")], wording.turn),
        "question": "二？",
        "reply": "{甲}\n二。",
        "criteria": "1. 回答包含“甲” | 格式约束\n2. x | y | 内容约束",
    }

    # Of ``get_eval_pattern`` at 627ffa8, with the messages of these fields.
    assert digest(SysBenchGrader.prompt.worded(wording).text(fields)) == (
        "4b0c1e767f737d461e90f60bc09ea2ce272c2a7e43f0ca0f0670b34dba9016d1"
    )
