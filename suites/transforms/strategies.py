"""What models and servers send, for property tests: programs, replies that present them, OpenAI messages, streams, SSE.

How a reply is cut into chunks and bytes comes from a seed rather than from draws of its own: it is quick, and it
shrinks well, since seed 0 cuts nothing and seed 1 cuts everywhere.
"""

from __future__ import annotations

import json
import random
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

Json = dict[str, Any]

seeds = st.integers(0, 2**16)


@dataclass(frozen=True)
class Program:
    """Stand-alone Python source that is clean: it has no example use, and ends in one line feed."""

    source: str
    entry_point: str


@dataclass(frozen=True)
class Presented:
    """A reply that presents a program.

    Attributes:
        reply: the content.
        program: the one that is to be found.
        extra: source that belongs to it and stands in a block of its own before.
    """

    reply: str
    program: Program
    extra: str = ""


_STATEMENTS = [
    "total = 0",
    'text = text.replace("<think>", "").replace("</think>", "")',
    'text = re.sub(r"<think>.*?</think>", "", text)',
    "items = [x for x in items if x > 0]",
    'name = f"{text!r} – {len(items)} 😀"',
    "assert isinstance(items, list), 'don\\'t'",
    'total += sum(items)  # it\'s `items`, "all" of them',
    'pattern = r"\\d+\\s*\'"',
    'fence = "`" * 3',
    "helper(items)",
]
_BLOCKS = ["for item in items:", 'if "<think>" in text:', "while total < 3:", "with open(text) as file:"]
_ENDS = ["return total", "return [text, *items]", "yield from items", 'return "é\\n" + text', "return helper(text)"]
_DOCSTRINGS = [
    "",
    '"""Sum the items."""',
    '"""Sum the items.\n\n{0}>>> f([1])\n{0}1\n{0}"""',
    "'''It's Bob's \"sum\".\n\n{0}'''",
]
_FENCED_DOCSTRINGS = [
    '"""Sum.\n\n{0}```python\n{0}f([1])\n{0}```\n{0}"""',
    '"""Like this:\n\n{0}```\n{0}1 + 1\n{0}```\n\n{0}and so on.\n{0}"""',
    '"""Use ```python\n{0}f()\n{0}``` for it."""',
    "'''~~~\n{0}f()\n{0}~~~\n{0}'''",
]
_HEADS = [
    "import re",
    "from typing import List",
    "import math as m",
    "LIMIT = 10 ** 9 + 7",
    'TABLE = {"a": "<think>", "b": 1}',
    "def helper(items):\n    return items",
    "class Helper:\n    def run(self):\n        return '''two\nlines'''",
    "@staticmethod\ndef other(x: int = 3) -> int:\n    return -x",
]
_FENCED_HEADS = ['USAGE = """\n```python\nf()\n```\n"""', "def shown():\n    print('''\n```\n''')\n    return '```'"]
_NAMES = ["f", "has_close_elements", "größe", "_solve2"]


@st.composite
def bodies(draw: st.DrawFn) -> str:
    """A function's body, indented by four."""
    lines: list[str] = []
    for statement in draw(st.lists(st.sampled_from(_STATEMENTS + _BLOCKS), max_size=4)):
        lines.append(f"    {statement}")
        if statement in _BLOCKS:
            lines.append(f"        {draw(st.sampled_from(_STATEMENTS))}")
    return "\n".join([*lines, f"    {draw(st.sampled_from(_ENDS))}"]) + "\n"


@st.composite
def programs(draw: st.DrawFn, *, fenced_strings: bool = False) -> Program:
    """Any program; some of its strings have code fences in them where ``fenced_strings`` says so."""
    heads = _HEADS + (_FENCED_HEADS if fenced_strings else [])
    docstrings = _DOCSTRINGS + (_FENCED_DOCSTRINGS if fenced_strings else [])
    name = draw(st.sampled_from(_NAMES))
    docstring = draw(st.sampled_from(docstrings)).format("    ")
    definition = f"def {name}(items, text=''):\n" + (f"    {docstring}\n" if docstring else "") + draw(bodies())
    parts = [*draw(st.lists(st.sampled_from(heads), unique=True, max_size=3)), definition]
    return Program("\n\n".join(part.strip("\n") for part in parts) + "\n", name)


PROSE = [
    "Here is the function:",
    "Sure! Let's see, it's simple.",
    "### Explanation",
    '- It takes the items (all of them), and "sums" them.',
    "The `text` is unused; 1 < 2 and so on… 😀",
    "1. First step",
    "Time: O(n)",
    "",
]
prose = st.lists(st.sampled_from(PROSE), max_size=3).map("\n".join)
_USES = [
    "print(f([1, 2]))",
    "assert f([1]) == 1",
    ">>> f([1])\n1",
    "def test_sum():\n    assert f([1]) == 1\n\ntest_sum()",
]
_OTHERS = ["```bash\npip install numpy\n```\n", "```\n[1, 2] -> 3\n```\n", '```json\n{"a": 1}\n```\n']
_TAGS = ["python", "Python", "py", "python3", "{.python}", 'python title="a.py"', "", " python "]


@st.composite
def fenced(draw: st.DrawFn, source: str, *, closed: bool = True) -> str:
    """Source in a fenced block, in one of the ways in which models write one."""
    mark = draw(st.sampled_from(["```", "````", "~~~"]))
    tag = draw(st.sampled_from(_TAGS))
    opening = f"{mark}{tag}\n"
    indent = draw(st.sampled_from(["", "", "  ", "1. ", "- "]))
    if not indent and mark == "```" and tag == "python" and draw(st.booleans()):
        opening = f"Here it is: {opening}"
    source = textwrap.indent(source, " " * len(indent))
    if not closed:
        return indent + opening + (source if draw(st.booleans()) else source.rstrip("\n"))
    glued = mark[0] == "`" and "#" not in source.splitlines()[-1] and draw(st.booleans())
    end = mark if glued else f"{' ' * len(indent)}{mark}"
    return f"{indent}{opening}{source.rstrip() if glued else source}{end}\n"


@st.composite
def presented(draw: st.DrawFn, *, fenced_strings: bool = False) -> Presented:
    """A reply that presents a program, in one of the ways in which chat models do."""
    program = draw(programs(fenced_strings=fenced_strings))
    kind = draw(st.sampled_from(["bare", "fenced", "fenced", "fenced", "unclosed", "markdown", "helper", "draft"]))
    if kind == "bare":
        return Presented(program.source, program)
    before = draw(prose)
    before = before + "\n" if before else ""
    if kind == "unclosed":
        return Presented(before + draw(fenced(program.source, closed=False)), program)
    if kind == "markdown":
        # A fence in one of its strings would be longer than the outer one only by chance.
        inner = f"{before}```python\n{program.source}```\n"
        return Presented(f"`````markdown\n{inner}`````\n{draw(prose)}", program)
    after = draw(st.sampled_from(["", *_OTHERS, *(f"```python\n{use}\n```\n" for use in _USES)]))
    after = draw(prose) + "\n" + after
    if kind == "helper":
        program = Program("from fractions import Fraction\n\n\n" + program.source, program.entry_point)
        extra = "def scale(x):\n    return x * 2\n"
        first = draw(fenced(extra))
        return Presented(before + first + draw(prose) + "\n" + draw(fenced(program.source)) + after, program, extra)
    if kind == "draft":
        extra = f"def {program.entry_point}(draft):\n    return draft[::-1]\n"
        first = draw(fenced(extra))
        return Presented(before + first + "Wait:\n" + draw(fenced(program.source)) + after, program, extra)
    other = draw(st.sampled_from(["", "", *_OTHERS]))
    reply = before + other + draw(fenced(program.source)) + after
    return Presented(reply.replace("\n", "\r\n") if draw(st.integers(0, 9)) == 7 else reply, program)


_THOUGHTS = [
    "Let me think. It's easy: items > 0.",
    "def f(x):\n    return None  # not this one",
    "```python\ndef f(draft):\n    return draft\n```",
    "Wait, 1 < 2, </b> is no tag and `<think>` is one.",
    "",
]
thoughts = st.lists(st.sampled_from(_THOUGHTS), min_size=1, max_size=3).map(lambda parts: "\n".join(["", *parts, ""]))

_FRAGMENTS = [
    *("<think>", "</think>", "<thinking>", "<", "</", "think>", "```", "```python\n", "\n```\n", "~~~\n", "``", "`"),
    *('"""', "'''", "'", '"', "#", "\\", "\n", "\n\n", "\r\n", " ", "    ", "\t"),
    *(
        "x = 1",
        "return 1",
        "def f():\n    return 1\n",
        "import re\n",
        "it's",
        "Here: ",
        "- ",
        "é😀",
        "\x00",
        "\u2028",
        "P: ",
    ),
]
# Text in which everything that the transforms look for occurs, in any order.
fragments = st.lists(st.sampled_from(_FRAGMENTS), max_size=12).map("".join)
plain_text = st.text(st.characters(codec="utf-8", exclude_characters="`~<"), max_size=40)
replies = st.one_of(fragments, presented().map(lambda one: one.reply), plain_text)

json_values = st.sampled_from([None, True, False, 0, -1, 0.5, "", "```é", [], [1, "a"], {}, {"a": {"b": [None]}}])
unknown_fields = st.sampled_from(["x_one", "x-two", "kv_transfer_params", "ünknown"]).flatmap(
    lambda name: st.just({}) | st.builds(lambda value: {name: value, "x_three": value}, json_values)
)

_CALL = {"index": 0, "id": "call_1", "type": "function", "function": {"name": "f", "arguments": '{"a": "```"}'}}


@st.composite
def chat_requests(draw: st.DrawFn, prefill: st.SearchStrategy[str] | None = None) -> Json:
    """The body of a chat request, with fields that nobody knows; ``prefill`` gives the assistant's turn at its end."""
    body: Json = {"model": "m", "messages": [], **draw(unknown_fields)}
    if draw(st.booleans()):
        body["messages"].append({"role": "system", "content": draw(st.sampled_from(["Be brief.", ""]))})
    asked = draw(st.sampled_from(["Hello", "```python\ndef f(items):\n    ...\n```", "Write def f(x):"]))
    parts = draw(st.booleans())
    body["messages"].append({"role": "user", "content": [{"type": "text", "text": asked}] if parts else asked})
    if prefill is not None:
        body["messages"].append({"role": "assistant", "content": draw(prefill)})
    if draw(st.booleans()):
        body |= {"temperature": 0.0, "max_tokens": 16, "stop": ["\ndef"], "tools": [{"type": "function", "x": 1}]}
    return body


@st.composite
def messages(draw: st.DrawFn, contents: st.SearchStrategy[str] = replies) -> Json:
    """The message of a whole reply."""
    message: Json = {"role": "assistant", "content": draw(st.none() | contents)}
    reasoning = draw(st.sampled_from(["", "", *_THOUGHTS]))
    named = draw(st.sampled_from([(), ("reasoning",), ("reasoning_content",), ("reasoning", "reasoning_content")]))
    message |= dict.fromkeys(named, reasoning)
    if draw(st.integers(0, 4)) == 4:
        message["tool_calls"] = [_CALL]
    return message | draw(unknown_fields)


@st.composite
def completions(draw: st.DrawFn, contents: st.SearchStrategy[str] = replies, most_choices: int = 2) -> Json:
    """A whole reply, as the server would have sent it where it was not asked to stream."""
    found = draw(st.lists(messages(contents), min_size=1, max_size=most_choices))
    choices = [
        {
            "index": index,
            "message": message,
            "logprobs": None,
            "finish_reason": draw(st.sampled_from(["stop", "length"])),
        }
        for index, message in enumerate(found)
    ]
    usage = {"prompt_tokens": 3, "completion_tokens": 7, "total_tokens": 10}
    fields = draw(unknown_fields)
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1,
        "model": "m",
        "choices": choices,
        "usage": usage,
        **fields,
    }


def completion(content: str | None, **fields: Any) -> Json:
    """A whole reply that says this."""
    message = {"role": "assistant", "content": content, **fields}
    return {"id": "chatcmpl-1", "choices": [{"index": 0, "message": message, "finish_reason": "stop"}]}


def pieces(text: str, seed: int) -> list[str]:
    """The text, cut."""
    if seed == 0 or not text:
        return [text] if text else []
    if seed == 1:
        return list(text)
    chance = random.Random(seed)
    cuts = sorted(chance.randint(0, len(text)) for _ in range(chance.randint(0, 8)))
    return [text[start:end] for start, end in zip([0, *cuts], [*cuts, len(text)], strict=True)]


def _chunk(whole: Json, choices: list[Json], **fields: Any) -> Json:
    head = {name: whole[name] for name in ("id", "created", "model") if name in whole}
    return {**head, "object": "chat.completion.chunk", "choices": choices, **fields}


def _choice_events(choice: Json, seed: int) -> Iterator[Json]:
    message = choice["message"]
    named = [name for name in ("reasoning", "reasoning_content") if isinstance(message.get(name), str)]
    known = {"role", "content", "tool_calls", "reasoning", "reasoning_content"}
    yield {"role": "assistant", "content": "", **{name: value for name, value in message.items() if name not in known}}
    for piece in pieces(message[named[0]] if named else "", seed):
        yield dict.fromkeys(named, piece)
    for number, piece in enumerate(pieces(message.get("content") or "", seed)):
        yield {"content": piece, "x_number": number} if seed % 7 == 3 else {"content": piece}
    for call in message.get("tool_calls", []):
        first, *rest = pieces(call["function"]["arguments"], seed)
        yield {"tool_calls": [{**call, "function": {**call["function"], "arguments": first}}]}
        for piece in rest:
            yield {"tool_calls": [{"index": call["index"], "function": {"arguments": piece}}]}


def streamed(whole: Json, seed: int) -> list[Json]:
    """A whole reply as the chunks of a stream: the choices in turns, two in a chunk at times, the usage at the end.

    With some seeds the last delta stands in the chunk with the ``finish_reason``, tokens have log-probabilities, and
    usage comes with every chunk.
    """
    chance = random.Random(seed)
    running = seed % 5 == 4
    waiting: list[list[Json]] = []
    for choice in whole["choices"]:
        deltas = list(_choice_events(choice, seed))
        logprobs = {"content": [{"token": "t", "logprob": -0.5}]} if seed % 3 == 2 else None
        index = choice["index"]
        events = [{"index": index, "delta": delta, "logprobs": logprobs, "finish_reason": None} for delta in deltas]
        last = events.pop() if seed % 2 and len(events) > 1 else {"index": index, "delta": {}, "logprobs": None}
        waiting.append([*events, {**last, "finish_reason": choice["finish_reason"], "stop_reason": None}])
    chunks: list[Json] = []
    usage = {"usage": {"completion_tokens": 1}} if running else {}
    while any(waiting):
        ready = [events for events in waiting if events]
        taken = ready if chance.random() < 0.2 else [chance.choice(ready)]
        chunks.append(_chunk(whole, [events.pop(0) for events in taken], **usage))
    if "usage" in whole:
        chunks.append(_chunk(whole, [], usage=whole["usage"]))
    return chunks


def joined(chunks: Iterable[Json]) -> dict[int, Json]:
    """What a client makes of a stream: each choice's message, with its finish_reason and its log-probabilities."""
    found: dict[int, Json] = {}
    for chunk in chunks:
        for choice in chunk.get("choices", []):
            one = found.setdefault(choice["index"], {"content": "", "tool_calls": [], "logprobs": []})
            for name, value in (choice.get("delta") or {}).items():
                if name in ("content", "reasoning", "reasoning_content"):
                    one[name] = one.get(name, "") + (value or "")
                elif name == "tool_calls":
                    one[name] += value
                else:
                    one[name] = value
            one["logprobs"] += (choice.get("logprobs") or {}).get("content", [])
            if choice.get("finish_reason") is not None:
                one["finish_reason"] = choice["finish_reason"]
    return found


def said(message: Json) -> tuple[str, str]:
    """Content and reasoning of a message, as a client reads them."""
    return message.get("content") or "", message.get("reasoning") or message.get("reasoning_content") or ""


def sse_pieces(chunks: Sequence[Json], seed: int) -> list[bytes]:
    """A stream's bytes in the pieces in which a network might bring them, with what servers put between events.

    Characters that are not ASCII stand as themselves, so that a cut may fall inside of one.
    """
    chance = random.Random(seed)
    line_end = ["\n", "\r\n", "\r"][seed % 3]
    lines = [": ping", ""] if seed % 4 == 2 else []
    for chunk in chunks:
        lines += [f"data:{' ' * chance.randint(0, 1)}{json.dumps(chunk, ensure_ascii=False)}", ""]
        if chance.random() < 0.1:
            lines += [": keep-alive", ""]
    raw = line_end.join([*lines, "data: [DONE]", "", ""]).encode()
    if seed == 0:
        return [raw]
    if seed == 1:
        return [raw[at : at + 1] for at in range(len(raw))]
    cuts = sorted(chance.randint(0, len(raw)) for _ in range(chance.randint(1, 30)))
    return [raw[start:end] for start, end in zip([0, *cuts], [*cuts, len(raw)], strict=True)]
