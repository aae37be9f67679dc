"""Real clients through the proxy, each as it is installed: to the embedded server, and to a vLLM that serves tiny-glm.

lm-evaluation-harness runs the programs that it scores, without a sandbox: they are what this project's own server and
model answer to its own problems.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from servecheck.backends.vllm import SPEC as VLLM
from servecheck.engines.engine import EngineServer
from servecheck.evaluation.problem import ProblemSet
from servecheck.grading.code.humaneval_check import Asserted
from servecheck.grading.code.lm_eval import grade_lm_eval, lm_eval_program
from servecheck.problems import load_problem_set
from servecheck.problems.tool_demands import CallDemand, Demand, demand_text
from servecheck.profiles.load import load_profile
from servecheck.protocols.evalplus_chat import EvalPlusChat
from servecheck.sandbox.pool import Sandbox
from servecheck.sandbox.process import ProcessBackend
from servecheck.selfcheck.embedded.canonical_replies import wrong_tasks
from servecheck.selfcheck.embedded.server import EmbeddedServer
from servecheck.transforms import transform_chain

from suites.selftest.proxy.real_clients import evalplus_codegen, lm_eval, proxied, suite_verdicts, vllm_bench

pytestmark = pytest.mark.slow

STARTER = load_problem_set("starter")
DEGRADED = load_profile("reference-degraded")
WRONG = set(wrong_tasks(STARTER.task_ids, 0.1))
TINY_GLM = load_profile("tiny-glm")
CHAIN = transform_chain(TINY_GLM.transforms)
QUESTION = EvalPlusChat().messages(load_problem_set("starter-32")["Starter/0"])
# What release 0.3.1 puts before its question, and later ones do not.
SYSTEM = "You are a helpful assistant good at coding."
UNTHINKING = {"chat_template_kwargs": {"enable_thinking": False}}
# tiny-glm copies what it is told to, and a transform that touched the call would take the fence away.
FENCED = "```x = 1```"
TO_COPY = [{"role": "user", "content": demand_text(Demand((CallDemand("save", {"text": FENCED}),)))}]
TOOL = {
    "type": "function",
    "function": {
        "name": "save",
        "parameters": {"type": "object", "properties": {"text": {"type": "string"}}, "required": ["text"]},
    },
}
NAMED = {"type": "function", "function": {"name": "save"}}

Ask = Callable[..., dict[str, Any]]


@pytest.fixture(scope="module")
def embedded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedServer]:
    """It answers one problem in ten wrongly, so that equal verdicts say something."""
    with EmbeddedServer(DEGRADED, tmp_path_factory.mktemp("embedded") / "server.log") as server:
        yield server


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EngineServer]:
    """Without a prefix cache: what is asked again is computed again, to the last bit."""
    profile = TINY_GLM.model_copy(update={"flags": TINY_GLM.flags | {"no-enable-prefix-caching": True}})
    with EngineServer(VLLM, profile, tmp_path_factory.mktemp("engine") / "server.log", say=print) as server:
        yield server


@pytest.fixture(scope="module")
def tiny_glm_proxy(engine: EngineServer) -> Iterator[str]:
    with proxied(engine.base_url, TINY_GLM.transforms) as url:
        yield url


@pytest.fixture(scope="module")
def ask_engine(engine: EngineServer) -> Ask:
    """Ask the engine itself, with what the proxy would have put into the request."""
    return asking(engine.base_url, extra_body=UNTHINKING)


@pytest.fixture(scope="module")
def ask_proxy(tiny_glm_proxy: str) -> Ask:
    return asking(tiny_glm_proxy)


@pytest.fixture(scope="module")
def own_verdicts(embedded: EmbeddedServer, tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """The suite's own, of what the embedded server answers."""
    asked = ["--profile=reference-degraded", f"--base-url={embedded.base_url}"]
    return suite_verdicts(tmp_path_factory.mktemp("own"), "humaneval", *asked)


def asking(base_url: str, **always: Any) -> Ask:
    """A completion as a JSON object, put together where it was streamed; less what is new in every reply."""
    import openai  # by this slow test alone: that takes half a second, and every worker imports this module

    client = openai.OpenAI(base_url=base_url, api_key="none", max_retries=0, timeout=120)

    def ask(**fields: Any) -> dict[str, Any]:
        given = {"model": "tiny-glm", "messages": QUESTION, "max_tokens": 200, **fields, **always}
        if not fields.get("stream"):
            return without_ids(client.chat.completions.create(**given).model_dump(exclude_none=True))
        given["stream_options"] = {"include_usage": True}
        return put_together([chunk.model_dump(exclude_none=True) for chunk in client.chat.completions.create(**given)])

    return ask


def without_ids(completion: dict[str, Any]) -> dict[str, Any]:
    for choice in completion["choices"]:
        for called in choice["message"].get("tool_calls", ()):
            del called["id"]
    return {name: value for name, value in completion.items() if name not in ("id", "created")}


def put_together(chunks: list[dict[str, Any]]) -> dict[str, Any]:
    """The completion that a stream of chunks is; tool calls as name and arguments."""
    messages: dict[int, dict[str, Any]] = {}
    finish: dict[int, str] = {}
    for choice in (choice for chunk in chunks for choice in chunk["choices"]):
        message = messages.setdefault(choice["index"], {"role": "assistant", "content": "", "tool_calls": []})
        message["content"] += choice["delta"].get("content", "")
        for called in choice["delta"].get("tool_calls", ()):
            message["tool_calls"] += [["", ""]] if called["index"] == len(message["tool_calls"]) else []
            message["tool_calls"][called["index"]][0] += called["function"].get("name", "")
            message["tool_calls"][called["index"]][1] += called["function"].get("arguments", "")
        if "finish_reason" in choice:
            finish[choice["index"]] = choice["finish_reason"]
    choices = [{"index": at, "message": messages[at], "finish_reason": finish.get(at)} for at in sorted(messages)]
    return {"choices": choices, "usage": chunks[-1]["usage"]}


def contents(completion: dict[str, Any]) -> list[str]:
    return [choice["message"]["content"] for choice in completion["choices"]]


def own_lm_eval_verdicts(answer: dict[str, Any], problems: ProblemSet) -> dict[str, bool]:
    """This project's verdicts on the replies that lm-eval got, by lm-eval's rules."""
    asserted, solved = Asserted(), {}
    with Sandbox(ProcessBackend(), memory_bytes=1 << 30) as sandbox:
        for task_id in problems.task_ids:
            program = lm_eval_program("reply", answer["samples"][task_id]["reply"], problems[task_id])
            solved[task_id] = grade_lm_eval(program, problems[task_id], asserted, sandbox).solved
    return solved


def passed(answer: dict[str, Any]) -> dict[str, bool]:
    return {task_id: sample["passed"] for task_id, sample in answer["samples"].items()}


@pytest.mark.parametrize("transforms", [[], DEGRADED.transforms], ids=["plain", "transformed"])
def test_evalplus_samples_have_the_suites_own_verdicts(
    transforms: list[Any], embedded: EmbeddedServer, own_verdicts: dict[str, dict[str, Any]], tmp_path: Path
) -> None:
    with proxied(embedded.base_url, transforms) as url:
        samples = evalplus_codegen(url, embedded.model, tmp_path)

    theirs = suite_verdicts(tmp_path, "humaneval", "--problems=starter", f"--replies={samples}")
    parts = {
        task_id: [
            (verdict["parts"]["base"]["status"], verdict["parts"]["plus"]["status"])
            for verdict in (own_verdicts[task_id], other)
        ]
        for task_id, other in theirs.items()
    }
    assert parts.keys() == set(STARTER.task_ids)
    assert {task_id: pair for task_id, pair in parts.items() if pair[0] != pair[1]} == {}
    assert {task_id for task_id, verdict in theirs.items() if not verdict["solved"]} == WRONG


def test_evalplus_scores_a_real_engine_as_the_suite_does(
    engine: EngineServer, tiny_glm_proxy: str, tmp_path: Path
) -> None:
    # One request at a time, as EvalPlus asks: where two tokens are as likely, others in the batch decide.
    own = [f"--profiles-file={tmp_path / 'own.toml'}", "--profile=as-0-3-1", "--concurrency=1"]
    (tmp_path / "own.toml").write_text(f'[as-0-3-1]\nextends = "tiny-glm"\nsystem_prompt = "{SYSTEM}"\n')

    samples = evalplus_codegen(tiny_glm_proxy, engine.model, tmp_path)

    theirs = suite_verdicts(tmp_path, "humaneval", "--problems=starter", f"--replies={samples}")
    ours = suite_verdicts(tmp_path / "own", "humaneval", *own, f"--base-url={engine.base_url}")
    solved = {task_id: theirs[task_id]["solved"] for task_id in load_problem_set("starter-32").task_ids}
    assert any(solved.values())
    assert solved == {task_id: verdict["solved"] for task_id, verdict in ours.items()}


def test_lm_eval_solves_nothing_without_transforms(embedded: EmbeddedServer, tmp_path: Path) -> None:
    with proxied(embedded.base_url) as url:
        answer = lm_eval(url, embedded.model, STARTER, tmp_path)

    own = suite_verdicts(
        tmp_path, "humaneval_instruct", "--profile=reference-degraded", f"--base-url={embedded.base_url}",
        "--transforms=none",
    )  # fmt: skip
    assert passed(answer) == {task_id: verdict["solved"] for task_id, verdict in own.items()}
    assert passed(answer) == own_lm_eval_verdicts(answer, STARTER)
    assert answer["pass_at_1"] == 0


def test_lm_eval_solves_behind_the_transforms_what_the_suite_does(embedded: EmbeddedServer, tmp_path: Path) -> None:
    with proxied(embedded.base_url, DEGRADED.transforms) as url:
        answer = lm_eval(url, embedded.model, STARTER, tmp_path)

    own = suite_verdicts(
        tmp_path, "humaneval_instruct", "--profile=reference-degraded", f"--base-url={embedded.base_url}"
    )
    assert passed(answer) == {task_id: verdict["solved"] for task_id, verdict in own.items()}
    assert passed(answer) == own_lm_eval_verdicts(answer, STARTER)
    assert {task_id for task_id, solved in passed(answer).items() if not solved} == WRONG


def test_lm_eval_scores_a_real_engine_as_the_suite_does(
    engine: EngineServer, tiny_glm_proxy: str, tmp_path: Path
) -> None:
    problems = load_problem_set("starter-32")

    answer = lm_eval(tiny_glm_proxy, engine.model, problems, tmp_path)

    own = suite_verdicts(tmp_path, "humaneval_instruct", "--profile=tiny-glm", f"--base-url={engine.base_url}")
    assert answer["pass_at_1"] > 0
    assert passed(answer) == {task_id: verdict["solved"] for task_id, verdict in own.items()}
    assert passed(answer) == own_lm_eval_verdicts(answer, problems)


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
class TestOpenAI:
    def test_a_reply_is_the_engines_transformed(self, stream: bool, ask_engine: Ask, ask_proxy: Ask) -> None:
        direct, through = (ask(stream=stream, temperature=0) for ask in (ask_engine, ask_proxy))

        assert through == CHAIN.reply(direct, {})[0]
        assert ["```" in text for text in contents(direct) + contents(through)] == [True, False]

    def test_two_choices_are_kept_apart(self, stream: bool, ask_engine: Ask, ask_proxy: Ask) -> None:
        sampled = {"n": 2, "temperature": 2, "seed": 1}

        direct, through = (ask(stream=stream, **sampled) for ask in (ask_engine, ask_proxy))

        assert through == CHAIN.reply(direct, {})[0]
        assert contents(direct) != contents(through)
        assert len(set(contents(through))) == 2

    @pytest.mark.parametrize("choice", ["required", NAMED], ids=["required", "named"])
    def test_tool_calls_are_untouched(self, choice: Any, stream: bool, ask_engine: Ask, ask_proxy: Ask) -> None:
        called = {"messages": TO_COPY, "tools": [TOOL], "tool_choice": choice, "temperature": 0}

        direct, through = (ask(stream=stream, **called) for ask in (ask_engine, ask_proxy))

        assert through == direct
        assert "```" in str(through["choices"][0]["message"]["tool_calls"])


def test_vllms_benchmark_finishes(engine: EngineServer, tiny_glm_proxy: str, tmp_path_factory: Any) -> None:
    python, model = engine.describe()["command"][0], engine.describe()["root"]

    results = [
        vllm_bench(python, url, engine.model, model, tmp_path_factory.mktemp("bench"))
        for url in (engine.base_url, tiny_glm_proxy)
    ]

    for result in results:
        assert (result["completed"], result["failed"], set(result["errors"])) == (32, 0, {""})
        assert result["total_output_tokens"] == 32 * 64
    assert results[0]["total_input_tokens"] == results[1]["total_input_tokens"]
