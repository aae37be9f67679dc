"""What a server counted of its drafts belongs to the run, not to the command that resumes it."""

from __future__ import annotations

import pytest
from servecheck.gates.acceptance import Acceptance, NotCounted, SpecDecode
from servecheck.runs.speculation import FILE, with_earlier

NOTHING = Acceptance(SpecDecode(220, 220, 0, (0,)), 44, 0)


def test_a_command_that_asks_nothing_has_the_counts_of_the_earlier_ones(tmp_path):
    with_earlier(tmp_path, NOTHING)

    assert with_earlier(tmp_path, None) == NOTHING


def test_counts_of_several_commands_are_added(tmp_path):
    with_earlier(tmp_path, NOTHING)

    found = with_earlier(tmp_path, Acceptance(SpecDecode(30, 60, 50, (28, 22)), 4, 1))

    assert found == Acceptance(SpecDecode(250, 280, 50, (28, 22)), 48, 1)


def test_a_command_whose_server_died_does_not_hide_what_others_counted(tmp_path):
    with_earlier(tmp_path, NOTHING)

    assert with_earlier(tmp_path, NotCounted("the server is gone")) == NOTHING


@pytest.mark.parametrize("requests", [None, 3])
def test_whether_others_used_the_server_is_known_only_where_every_command_knew(tmp_path, requests):
    with_earlier(tmp_path, NOTHING)

    found = with_earlier(tmp_path, Acceptance(SpecDecode(1, 1, 1), 1, requests))

    assert isinstance(found, Acceptance)
    assert found.foreign == requests


def test_without_any_count_the_last_reason_stands(tmp_path):
    assert with_earlier(tmp_path, None) is None
    assert with_earlier(tmp_path, NotCounted("no metrics")) == NotCounted("no metrics")


SOUND = '{"counts": {"drafts": 9, "draft_tokens": 9, "accepted_tokens": 5, "per_position": [5]}, "replies": 4, '


@pytest.mark.parametrize(
    "text",
    [
        '[{"reason"',
        "",
        "{}",
        "[]",
        "[1]",
        "null",
        "5",
        "[{}]",
        '[{"counts": 5}]',
        '[{"reason": 5}]',
        f'[{SOUND} "foreign": "none"}}]',
        f'[{SOUND.replace("4", chr(34) + "x" + chr(34))} "foreign": 0}}]',
        f'[{SOUND.replace(", " + chr(34) + "per_position" + chr(34) + ": [5]", "")} "foreign": 0}}]',
        f'[{SOUND.replace("9", "-5", 1)} "foreign": 0}}]',
        f'[{SOUND.replace("9", "1e400", 1)} "foreign": 0}}]',
        f'[{SOUND.replace("5", "9" * 400, 1)} "foreign": 0}}]',
        "\ufffd",
    ],
)
@pytest.mark.parametrize("counted", [None, NOTHING])
def test_damaged_counts_are_said_to_be_for_good(tmp_path, text, counted):
    (tmp_path / FILE).write_text(text)

    for _ in range(2):
        found = with_earlier(tmp_path, counted)

        assert isinstance(found, NotCounted)
        assert "is damaged" in found.reason


def test_a_stored_reason_is_shown_as_text(tmp_path):
    (tmp_path / FILE).write_text('[{"reason": "\\u001b[31mred"}]')

    assert with_earlier(tmp_path, None) == NotCounted("\\x1b[31mred")
