"""Every fault that the embedded server can have: caught in exactly the cases that it shows in, and blamed rightly.

A case that a fault shows in is one whose prompt, whole reply or stream differs from the sound server's.
"""

from __future__ import annotations

import pytest
from servecheck.evaluation.bench import Bench
from servecheck.evaluation.verdict import Verdict
from servecheck.gates.delivery import is_faulty
from servecheck.gates.measured import CaseTally
from servecheck.grading.tool_contract import COPIED, Delivery
from servecheck.profiles.schema import Profile
from servecheck.selfcheck.embedded.tool_text.faults import TOOL_FAULTS

from suites.selftest.delivery.embedded_path import EmbeddedPath, conducted, differs
from suites.selftest.delivery.replies import CASES

_BENCH = Bench(Profile(name="p", model="m"), "")
# Two requests have to meet, which needs a server: ``test_tool_contract`` of the plugin's tests.
_NEEDS_A_SERVER = "cross_talk"
BROKEN = [
    name for name, fault in TOOL_FAULTS.items() if fault.breaks not in ("model", "cache") and name != _NEEDS_A_SERVER
]
BELOW = [name for name, fault in TOOL_FAULTS.items() if fault.breaks in ("model", "cache")]
_STOPPED = {"finish_stop", "stream_finish_stop"}
# Where the model is to call nothing, this server shows it no tools, and tells a prompt that has them: not the chat's.
_OF_ANOTHER_PROMPT = {"no_generation_prompt", "date_added", "tools_compact", "tools_sorted"}
# What the contract leaves open: a fault shows there, and nobody could call it one.
OPEN = {
    "echo/union": {"union_as_string", "types_lost", "stream_types_lost"},  # the text of an object is a string, too
    "choice/named-against": _STOPPED,  # OpenAI ends a named call with ``stop``
    "choice/named": _STOPPED,
    "choice/named/thinking": _STOPPED,
    # A call that nothing demanded may have any value, and what comes before a cut is as good as what follows it.
    "choice/required-against": {"stream_differs"},
    "choice/required-against/thinking": {"stream_differs"},
    "cut/second-call": {
        *("stream_differs", "stream_unterminated", "last_delta_repeated"),
        *("messages_input_as_text", "messages_last_piece_lost"),
    },
    "echo/optional-absent": {"union_as_string", "types_lost", "stream_types_lost"},  # so is the word null
    "echo/untyped": {"types_lost", "stream_types_lost"},  # a schema that takes everything takes a text
    "plain/tag-in-reasoning/thinking": {"grammar_alters_tags"},  # nobody demands how a model thinks
    "choice/none": {"none_ignored", *_OF_ANOTHER_PROMPT},  # the prompt has tools, and the model calls none
    "choice/none-against": _OF_ANOTHER_PROMPT,
    "responses/choice-one-at-a-time": {"call_in_reasoning_lost"},  # no finish_reason says that there should be a call
    "tools/without-parameters": {"tools_sorted"},  # the order of all but a schema is the engine's
    "choice/none/thinking": {"none_ignored", *_OF_ANOTHER_PROMPT},
}
# Where a grammar binds the model, what it thought is not known; nor is it where it was cut.
for _one in CASES.task_ids:
    if CASES[_one].thinks and (CASES[_one].is_bound or CASES[_one].limit is not None):
        OPEN[_one] = OPEN.get(_one, set()) | {"reasoning_lost", "stream_reasoning_lost"}
# The model leaves its reasoning open there, and what it wrote arrives all the same.
for _one in ("echo/think-tags/thinking", "cut/24/thinking"):
    OPEN[_one] = OPEN.get(_one, set()) | {"call_in_reasoning_lost"}
# Of a prompt that no published template is known for: told in the cases made for them alone, for elsewhere the same
# words stand in the demand; and in no case at all.
IN_ONE_CASE = {"history_calls_lost": "history/three-turns", "properties_sorted": "echo/declared-order"}
BY_PUBLISHED_ALONE = ["date_added", "tools_escaped", "tools_compact", "tools_sorted"]
SHORT = [one for one in CASES.task_ids if not one.startswith("depth/")]
# At least one of each way in which a fault shows.
TELLING = [
    "parallel/00",
    *(
        f"echo/{name}"
        for name in ("plain", "code", "quoted", "json-object-like", "number-like", "true-like", "null-like")
    ),
    *(
        f"echo/{name}"
        for name in ("edge-spaces", "new-emoji", "rare-cjk", "less-than", "call-end", "file", "zero", "const")
    ),
    *(
        f"echo/{name}"
        for name in ("beyond-double", "ref", "union", "one-of", "declared-order", "plain/thinking", "pattern")
    ),
    *(f"choice/{name}" for name in ("required", "required-against", "named-against", "none-against", "one-at-a-time")),
    *(f"choice/{name}" for name in ("auto-without-call", "required-ref", "auto-without-call/thinking")),
    *(f"count/{name}" for name in ("no-arguments", "two", "same-twice", "text-before", "text-after", "undeclared")),
    *(
        "tools/prefix-run_in",
        "tools/64",
        "schema/object",
        "plain/quoted-in-reasoning/thinking",
        "cut/24",
        "cut/second-call",
    ),
    *(f"history/{name}" for name in ("content-null", "result-list", "two-results", "three-turns", "system")),
    "echo/odd-keys",
    *(f"{api}/{name}" for api in ("responses", "messages") for name in ("echo-plain", "count-two", "cut-24")),
    *(f"{api}/history-{name}" for api in ("responses", "messages") for name in ("system", "result-list")),
]


def graded(task_id: str, server: EmbeddedPath | str | None) -> Verdict:
    """The verdict on a case of a server, or of one with that fault."""
    faulty = server if isinstance(server, EmbeddedPath) else EmbeddedPath(server)
    return Delivery().grade(CASES[task_id], conducted(CASES[task_id], faulty), _BENCH)


def _tally(found: Verdict) -> CaseTally:
    return CaseTally(task_id="", solved=found.solved, kind=found.kind, tally=found.tally)


def shows(fault: str, task_id: str) -> bool:
    """Whether the server with the fault sends anything else than the sound one, and the contract says what is right."""
    return not is_open(fault, task_id) and differs(CASES[task_id], EmbeddedPath(fault))


def is_open(fault: str, task_id: str) -> bool:
    if CASES[task_id].api == "messages" and fault in _STOPPED:
        return False  # which ends every call with ``tool_use``
    return any(fault in OPEN.get(one, ()) for one in (task_id, CASES[task_id].chat_case))


def test_the_sound_server_has_none() -> None:
    verdicts = {task_id: graded(task_id, None) for task_id in CASES.task_ids}

    assert {task_id: found.reason for task_id, found in verdicts.items() if not found.solved} == {}
    assert {
        task_id for task_id, found in verdicts.items() if COPIED in found.parts and found.parts[COPIED].reason
    } == set()


@pytest.mark.parametrize("fault", BROKEN)
def test_a_fault_is_caught_and_blamed_rightly(fault: str) -> None:
    found = graded(next(task_id for task_id in TELLING if shows(fault, task_id)), fault)

    assert found.kind == f"{TOOL_FAULTS[fault].breaks}_fault"
    assert is_faulty(_tally(found))


@pytest.mark.parametrize("fault", BY_PUBLISHED_ALONE)
def test_of_no_published_template_the_contract_knows_no_more_than_its_request(fault: str) -> None:
    task_id = next(task_id for task_id in TELLING if shows(fault, task_id))

    assert graded(task_id, EmbeddedPath(fault, template=None)).solved


@pytest.mark.parametrize(("fault", "task_id"), IN_ONE_CASE.items())
def test_what_a_case_was_made_for_is_told_without_a_published_template(fault: str, task_id: str) -> None:
    assert graded(task_id, EmbeddedPath(fault, template=None)).kind == "template_fault"


def test_where_the_server_says_no_prompt_the_published_one_is_the_witness() -> None:
    found = graded("echo/ref", EmbeddedPath("ref_as_string", tells_prompts=False))

    assert found.kind == "parser_fault"
    assert found.tally["by_published"] == 1
    assert "follows the published template's prompt: the server's own did not come" in found.reason


def test_a_sound_server_that_says_no_prompt_is_told_as_one() -> None:
    found = graded("echo/plain", EmbeddedPath(tells_prompts=False))

    assert found.solved
    assert found.tally["by_published"] == 1


def test_another_prompt_that_is_not_said_shows_in_its_tokens_and_convicts_nobody() -> None:
    found = graded("echo/plain", EmbeddedPath("date_added", tells_prompts=False))

    assert (found.kind, found.solved) == ("not_decidable", False)
    assert "the published template's prompt is not as long as the chat's: it has " in found.reason
    assert found.tally["faults"] == 0


@pytest.mark.slow
@pytest.mark.parametrize("fault", BROKEN)
def test_it_is_caught_where_it_shows_and_nowhere_else(fault: str) -> None:
    verdicts = {task_id: graded(task_id, fault) for task_id in SHORT}
    caught = {
        task_id: found
        for task_id, found in verdicts.items()
        if not found.solved and not (found.kind == "not_decidable" and is_open(fault, task_id))
    }

    assert caught.keys() == {task_id for task_id in SHORT if shows(fault, task_id)}
    assert {found.kind for found in caught.values()} == {f"{TOOL_FAULTS[fault].breaks}_fault"}
    assert all(is_faulty(_tally(found)) for found in caught.values())


@pytest.mark.slow
@pytest.mark.parametrize("fault", BELOW)
def test_what_a_model_does_is_blamed_on_no_parser(fault: str) -> None:
    task_ids = [*TELLING, "depth/16k"]
    kinds = {graded(task_id, fault).kind for task_id in task_ids if CASES[task_id].choice == "auto"}

    assert kinds <= {"solved", "below_the_text", "not_decidable"}


def test_a_cache_that_changes_the_text_is_no_parsers_fault_and_shows_where_it_is_asked_cold_and_again() -> None:
    found = graded("cache/1k", "cache_corrupt")

    assert (found.kind, found.tally["below"], found.tally["faults"]) == ("below_the_text", 1, 0)
    assert "brings another reply once its prompt is cached: 3 of 3 pairs, cold as asked, cached {" in found.reason
    assert "hold it to an accepted run (--baseline DIR), or turn speculative decoding and the prefix" in found.reason


@pytest.mark.parametrize(("fault", "task_id"), [("miscopies", "echo/plain"), ("cache_at_depth", "depth/16k")])
def test_what_a_model_wrote_wrongly_and_arrived_is_delivered(fault: str, task_id: str) -> None:
    found = graded(task_id, fault)

    assert found.solved
    assert found.parts[COPIED].kind == "copied_wrongly"
