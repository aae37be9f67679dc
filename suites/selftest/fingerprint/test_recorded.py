"""A recorded fingerprint comes back from its data file as it went in, and a file that is none is refused in words."""

from __future__ import annotations

import copy
import json

import pytest
from servecheck.errors import UsageError
from servecheck.fingerprint.prompts import FingerprintPrompt
from servecheck.fingerprint.recorded import prompt_digest, read_recorded, recorded_content

from suites.selftest.fingerprint.recorded_texts import PROMPT, recorded_texts, stored_reading

pytestmark = pytest.mark.selftest


def test_what_was_recorded_comes_back():
    found = recorded_texts()

    assert read_recorded(json.loads(json.dumps(recorded_content(found))), "f.json") == found


def test_a_log_probability_is_kept_to_a_ten_thousandth_of_a_nat():
    (token, *_) = stored_reading().positions
    line = recorded_texts().lines[0]
    exact = line.readings[0].model_copy(update={"positions": (type(token)("a", -1.23456789, (("a", -1.23456789),)),)})
    found = recorded_texts(lines=(line.model_copy(update={"readings": (exact,)}),))

    (read,) = read_recorded(recorded_content(found), "f.json").lines

    assert read.readings[0].positions[0].logprob == -1.2346


def test_a_prompt_that_was_edited_has_another_digest():
    other = FingerprintPrompt(PROMPT.id, PROMPT.kind, PROMPT.depth, ({"role": "user", "content": "Hello!"},))

    assert prompt_digest(other) != prompt_digest(PROMPT)


def _without(content, *path):
    changed = copy.deepcopy(content)
    place = changed
    for name in path[:-1]:
        place = place[name]
    del place[path[-1]]
    return changed


def _with(content, value, *path):
    changed = copy.deepcopy(content)
    place = changed
    for name in path[:-1]:
        place = place[name]
    place[path[-1]] = value
    return changed


CONTENT = json.loads(json.dumps(recorded_content(recorded_texts())))
FLAT = ("lines", 0, "readings", 0, "flat", 0)


@pytest.mark.parametrize(
    "content",
    [
        [],
        "text",
        _with(CONTENT, 2, "format"),
        _without(CONTENT, "prompts"),
        _with(CONTENT, {}, "prompts"),
        _with(CONTENT, 1, "surplus"),
        _with(CONTENT, 1e-9, "density", "prose"),
        _with(CONTENT, [0], *FLAT),
        _with(CONTENT, [99, -5], *FLAT),
        _with(CONTENT, [-1, -5], *FLAT),
        _with(CONTENT, [0, 500], *FLAT),
        _with(CONTENT, [0, True], *FLAT),
        _with(CONTENT, [0], "lines", 2, "readings", 0, "places"),
        _with(CONTENT, "warm", "lines", 0, "readings", 0, "condition"),
    ],
)
def test_a_file_that_is_none_is_refused(content):
    with pytest.raises(UsageError, match="record it anew"):
        read_recorded(content, "f.json")
