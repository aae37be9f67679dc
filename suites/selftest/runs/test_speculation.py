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


def test_damaged_counts_are_said_to_be(tmp_path):
    (tmp_path / FILE).write_text('[{"reason"')

    found = with_earlier(tmp_path, None)

    assert isinstance(found, NotCounted)
    assert "is damaged" in found.reason
