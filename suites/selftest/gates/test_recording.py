"""A measured run becomes an entry that gates the next one in pairs, and nothing else in the file changes."""

from __future__ import annotations

import datetime
import json
import os
import shutil
import stat
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from servecheck.errors import UsageError
from servecheck.gates.data_file import data_file
from servecheck.gates.lookup import LookUp, Query, look_up
from servecheck.gates.recorded_samples import recorded_samples
from servecheck.gates.recording import LONGEST_LINE, Recorded, record, recorded_entry
from servecheck.gates.reference_file import load_references
from servecheck.gates.references import Reference

from suites.selftest.stats.examples import QUERY as EXAMPLE

TRACKED = Path(__file__).parents[3] / "reference-scores.json"
TASKS = [f"T/{number}" for number in range(6)]
OUTCOMES = dict(zip(TASKS, [True, True, False, True, False, True], strict=True))
DAY = datetime.date(2026, 5, 4)

QUERY = replace(
    EXAMPLE,
    problems="starter",
    asked_sha256="c" * 64,
    grader="evalplus 1",
    sampling={"temperature": 0.0, "top_p": 0.95, "max_tokens": 768, "seed": None},
)


def once(outcomes: Mapping[str, bool]) -> dict[str, tuple[int, int]]:
    """One sample of each problem."""
    return {task_id: (1, int(solved)) for task_id, solved in outcomes.items()}


def entry_of(query: Query = QUERY, date: datetime.date = DAY, **outcomes: bool) -> Reference:
    return recorded_entry(query, once(OUTCOMES | outcomes), task_ids=TASKS, profile="example-fp8", date=date)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "reference-scores.json"
    shutil.copyfile(TRACKED, path)
    return path


def test_an_entry_states_what_was_measured_and_how() -> None:
    assert entry_of().model_dump() == {
        "model": "example/model",
        "quantisation": "fp8",
        "variant": {"mtp": False, "thinking": "off", "speculation": None},
        "suite": "humaneval",
        "protocol": "evalplus_chat",
        "prompt_assumed": False,
        "system_prompt": None,
        "transforms": [],
        "problems": "starter",
        "problems_sha256": "a" * 64,
        "asked_sha256": "c" * 64,
        "data_sha256": None,
        "grader": "evalplus 1",
        "judge": None,
        "metric": "pass@1 plus",
        "score": "66.7",
        "solved_count": 4,
        "solved": "d4",
        "n": 6,
        "samples": None,
        "data": None,
        "sampling": {
            **dict.fromkeys(["top_k", "min_p", "seed", "repetition_penalty", "presence_penalty", "frequency_penalty"]),
            "temperature": 0.0,
            "top_p": 0.95,
            "max_tokens": 768,
        },
        "source": "recorded by servecheck",
        "date": "2026-05-04",
        "accepted": None,
        "origin": None,
        "note": "Profile example-fp8.",
    }


def test_outcomes_are_kept_in_the_sets_order_whatever_order_they_came_in() -> None:
    shuffled = dict(sorted(OUTCOMES.items(), key=lambda item: (item[1], item[0])))

    entry = recorded_entry(QUERY, once(shuffled), task_ids=TASKS, profile="p", date=DAY)

    assert list(recorded_samples(entry, TASKS).items()) == list(once(OUTCOMES).items())


def test_a_recorded_run_is_found_by_the_next_run_of_the_same_kind(file: Path) -> None:
    record(file, entry_of())

    found = look_up(load_references(file).entries, QUERY)

    assert found.recorded == (entry_of(),)


def test_nothing_but_the_new_entry_is_added(file: Path) -> None:
    before = file.read_text(encoding="utf-8")
    head, tail = before[: before.rindex("\n    }") + 6], before[before.rindex("\n    }") + 6 :]

    record(file, entry_of())

    added = file.read_text(encoding="utf-8").removeprefix(head).removesuffix(tail)
    assert added == (
        ",\n    {\n"
        '      "model": "example/model",\n'
        '      "quantisation": "fp8",\n'
        '      "variant": {"mtp": false, "thinking": "off"},\n'
        '      "suite": "humaneval",\n'
        '      "protocol": "evalplus_chat",\n'
        '      "problems": "starter",\n'
        f'      "problems_sha256": "{"a" * 64}",\n'
        f'      "asked_sha256": "{"c" * 64}",\n'
        '      "grader": "evalplus 1",\n'
        '      "metric": "pass@1 plus",\n'
        '      "score": "66.7",\n'
        '      "solved_count": 4,\n'
        '      "solved": "d4",\n'
        '      "n": 6,\n'
        '      "sampling": {"temperature": 0.0, "top_p": 0.95, "max_tokens": 768},\n'
        '      "source": "recorded by servecheck",\n'
        '      "date": "2026-05-04",\n'
        '      "note": "Profile example-fp8."\n'
        "    }"
    )


def test_recorded_again_it_replaces_its_earlier_self_where_that_stood(file: Path) -> None:
    other = replace(QUERY, thinking="on")
    record(file, entry_of())
    record(file, entry_of(other))
    before = file.read_text(encoding="utf-8")
    later = entry_of(replace(QUERY, problems_sha256="b" * 64), DAY + datetime.timedelta(days=1), **{"T/0": False})

    assert record(file, later).replaced == (entry_of(),)

    assert load_references(file).entries[-2:] == (later, entry_of(other))
    changed = set(before.splitlines()) ^ set(file.read_text(encoding="utf-8").splitlines())
    assert {line.split('"')[1] for line in changed} == {"problems_sha256", "score", "solved_count", "solved", "date"}


@pytest.mark.parametrize(
    "changes",
    [
        {"model": "example/other"},
        {"quantisation": "awq"},
        {"speculation": "mtp"},
        {"suite": "mbpp"},
        {"protocol": "other"},
        {"problems": "humaneval-plus"},
        {"metric": "pass@1"},
        {"sampling": {"temperature": 0.0}},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_another_measurement_is_another_entry(file: Path, changes: dict[str, Any]) -> None:
    record(file, entry_of())
    other = entry_of(replace(QUERY, **changes))

    assert record(file, other) == Recorded(other)

    assert load_references(file).entries[-2:] == (entry_of(), other)


def test_a_published_entry_is_never_replaced(tmp_path: Path) -> None:
    path = tmp_path / "scores.json"
    published = entry_of().model_dump() | {"problems_sha256": None}
    path.write_text(json.dumps({"entries": [published]}))

    record(path, entry_of())

    assert [entry.is_recorded for entry in load_references(path).entries] == [False, True]


@pytest.mark.parametrize(
    "text",
    [
        '{"entries": []}',
        '{"entries":[],"notes":["entries: [ \\" ] }"]}',
        '{ "notes" : ["\\"entries\\": ["] ,\n"entries"\n:\n[\n]\n}\n',
    ],
)
def test_any_valid_file_takes_an_entry(tmp_path: Path, text: str) -> None:
    path = tmp_path / "scores.json"
    path.write_text(text)

    record(path, entry_of())
    record(path, entry_of(replace(QUERY, speculation="mtp")))
    record(path, entry_of(), anew=True)

    assert [entry.variant.mtp for entry in load_references(path).entries] == [False, True]
    assert load_references(path).notes == tuple(json.loads(text).get("notes", ()))


def test_what_drafted_is_recorded_where_it_is_not_mtp(tmp_path: Path, file: Path) -> None:
    record(file, entry_of(replace(QUERY, speculation="eagle3")))

    assert load_references(file).entries[-1].variant.kind == "EAGLE-3"
    assert '"variant": {"mtp": false, "thinking": "off", "speculation": "eagle3"}' in file.read_text()


def test_the_file_keeps_its_mode_and_a_link_stays_one(tmp_path: Path, file: Path) -> None:
    file.chmod(0o640)
    link = tmp_path / "link.json"
    link.symlink_to(file)

    record(link, entry_of())

    assert link.is_symlink()
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    assert load_references(file).entries[-1] == entry_of()


def test_text_beyond_ascii_stays_readable(file: Path) -> None:
    record(file, entry_of(replace(QUERY, model="modèle/ü")))

    assert '"model": "modèle/ü"' in file.read_text(encoding="utf-8")


def test_what_cannot_be_written_leaves_the_file_as_it_was(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = file.read_bytes()

    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    monkeypatch.setattr(Path, "replace", full)

    with pytest.raises(UsageError, match="No space left on device; make the file and its folder writable"):
        record(file, entry_of())
    assert file.read_bytes() == before
    assert list(file.parent.iterdir()) == [file]


def test_a_faulty_file_is_not_written_to(tmp_path: Path) -> None:
    path = tmp_path / "scores.json"
    path.write_text('{"entries": [{}]}')

    with pytest.raises(UsageError, match="not as they must be"):
        record(path, entry_of())
    assert path.read_text() == '{"entries": [{}]}'


def test_a_partial_run_is_not_recorded() -> None:
    some = {task_id: OUTCOMES[task_id] for task_id in TASKS[2:]}

    with pytest.raises(UsageError, match=r"2 of 6 problems have no outcome \(T/0 is the first\)"):
        recorded_entry(QUERY, once(some), task_ids=TASKS, profile="p", date=DAY)


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"sampling": {"temperature": 0.0, "typical_p": 0.9}}, "sampling.typical_p"),
        ({"metric": ""}, "metric"),
        ({"model": "surrogate \ud800"}, "model"),
    ],
)
def test_what_an_entry_cannot_state_is_not_recorded(changes: dict[str, Any], named: str) -> None:
    with pytest.raises(UsageError, match=f"profile example-fp8: .*{named}"):
        entry_of(replace(QUERY, **changes))


def test_outcomes_of_foreign_problems_or_without_their_digest_are_errors() -> None:
    with pytest.raises(ValueError, match="T/9 is no problem of starter"):
        entry_of(**{"T/9": True})
    with pytest.raises(ValueError, match="digest"):
        entry_of(replace(QUERY, problems_sha256=None))


def test_an_entry_of_another_number_of_problems_is_to_be_recorded_anew() -> None:
    with pytest.raises(UsageError, match=r"holds 6 problems where starter has 7: record it anew"):
        recorded_samples(entry_of(), [*TASKS, "T/6"])


def test_a_published_entry_has_no_outcomes_and_cannot_be_recorded(file: Path) -> None:
    published = load_references(file).entries[0]

    with pytest.raises(ValueError, match="no outcomes of known problems"):
        recorded_samples(published, TASKS)
    with pytest.raises(ValueError, match="was not recorded"):
        record(file, published)


class TestTheFirstAcceptedEntryStays:
    @staticmethod
    def recorded_on(file: Path, day: int, **outcomes: bool) -> Recorded:
        return record(file, entry_of(date=DAY + datetime.timedelta(days=day), **outcomes))

    @staticmethod
    def found(file: Path) -> LookUp:
        return look_up(load_references(file).entries, QUERY)

    def test_the_next_one_stands_behind_it_and_both_gate(self, file: Path) -> None:
        record(file, entry_of())
        record(file, entry_of(replace(QUERY, thinking="on")))

        recorded = self.recorded_on(file, 1, **{"T/0": False})

        assert recorded == Recorded(recorded.entry, (), entry_of())
        assert recorded.entry.origin == "2026-05-04, 4 of 6 solved"
        assert load_references(file).entries[-3:-1] == (entry_of(), recorded.entry)
        assert self.found(file).recorded == (recorded.entry, entry_of())
        assert self.found(file).origin == entry_of()

    def test_one_more_takes_the_place_of_the_latest_alone(self, file: Path) -> None:
        record(file, entry_of())
        second = self.recorded_on(file, 1, **{"T/0": False}).entry

        third = self.recorded_on(file, 2, **{"T/1": False})

        assert third == Recorded(third.entry, (second,), entry_of())
        assert self.found(file).recorded == (third.entry, entry_of())

    def test_on_the_same_day_the_order_is_that_of_acceptance(self, file: Path) -> None:
        record(file, entry_of())
        second = self.recorded_on(file, 0, **{"T/0": False}).entry

        assert self.found(file).recorded == (second, entry_of())

    def test_a_clock_that_was_set_back_makes_no_later_one_the_first(self, file: Path) -> None:
        record(file, entry_of())
        second = self.recorded_on(file, -30, **{"T/0": False}).entry

        assert self.found(file).recorded == (second, entry_of())

    @pytest.mark.parametrize("between", [0, 1], ids=["side by side", "another between"])
    def test_anew_all_of_the_measurement_give_way_to_one(self, file: Path, between: int) -> None:
        before = len(load_references(file).entries)
        record(file, entry_of())
        second = self.recorded_on(file, 1, **{"T/0": False}).entry
        for _ in range(between):
            record(file, entry_of(replace(QUERY, thinking="on")))
        accepted = entry_of(**{"T/0": False, "T/1": False}).model_copy(update={"accepted": "int4"})

        recorded = record(file, accepted, anew=True)

        assert recorded == Recorded(accepted, (entry_of(), second))
        assert self.found(file).recorded == (accepted,)
        assert len(load_references(file).entries) == before + 1 + between

    def test_with_a_top_p_stated_that_was_never_sent_it_is_the_same_measurement(self, file: Path) -> None:
        record(file, entry_of())
        sent = {name: value for name, value in QUERY.sampling.items() if name != "top_p"}
        second = entry_of(replace(QUERY, sampling=sent), DAY + datetime.timedelta(days=1))

        assert record(file, second).origin == entry_of()
        assert len(record(file, second, anew=True).replaced) == 2

    def test_of_another_problem_file_it_is_no_origin(self, file: Path) -> None:
        record(file, entry_of())
        other = entry_of(replace(QUERY, problems_sha256="b" * 64))

        assert record(file, other) == Recorded(other, (entry_of(),))

    @pytest.mark.parametrize("changes", [{"asked_sha256": "d" * 64}, {"grader": "evalplus 2"}], ids=["asked", "grader"])
    def test_asked_or_graded_otherwise_it_is_no_origin(self, file: Path, changes: dict[str, str]) -> None:
        record(file, entry_of())
        other = entry_of(replace(QUERY, **changes))

        assert record(file, other) == Recorded(other, (entry_of(),))

    def test_one_that_does_not_say_what_was_asked_stays_the_origin(self, file: Path) -> None:
        silent = entry_of(replace(QUERY, asked_sha256=None, grader=None))
        record(file, silent)

        written = file.read_text().rpartition('"model"')[2]
        assert "asked_sha256" not in written
        assert "grader" not in written
        assert record(file, entry_of()).origin == silent


def test_where_there_is_no_file_it_is_made(tmp_path: Path) -> None:
    path = tmp_path / "scores.json"

    record(path, entry_of())

    assert load_references(path).entries == (entry_of(),)
    assert stat.S_IMODE(path.stat().st_mode) == 0o644


def test_why_it_was_accepted_is_in_the_file_and_read_back(file: Path) -> None:
    entry = recorded_entry(QUERY, once(OUTCOMES), task_ids=TASKS, profile="p", date=DAY, accepted='"int4", agreed')

    record(file, entry)

    assert load_references(file).entries[-1].accepted == '"int4", agreed'


COUNTS = dict(zip(TASKS, [(4, 4), (4, 0), (4, 3), (4, 1), (4, 4), (4, 2)], strict=True))
MANY = tuple(f"M/{number}" for number in range(1319))


class TestSeveralSamples:
    @staticmethod
    def entry(counts: Mapping[str, tuple[int, int]] = COUNTS) -> Reference:
        return recorded_entry(QUERY, counts, task_ids=list(counts), profile="p", date=DAY)

    def test_an_entry_holds_how_many_of_each_problems_are_solved(self, file: Path) -> None:
        record(file, self.entry())

        (*_, entry) = load_references(file).entries
        assert (entry.score, entry.solved_count, entry.samples) == ("58.3", 14, 4)
        assert recorded_samples(entry, TASKS) == COUNTS
        assert '"n": 6,\n      "samples": 4,\n' in file.read_text()

    def test_one_that_holds_another_number_of_them_is_the_same_measurement(self, file: Path) -> None:
        record(file, entry_of())

        recorded = record(file, self.entry())

        assert recorded.origin == entry_of()
        assert recorded.entry.origin == "2026-05-04, 4 of 6 solved"
        assert look_up(load_references(file).entries, QUERY).recorded == (recorded.entry, entry_of())

    def test_as_many_of_each_problem_or_nothing_is_recorded(self) -> None:
        with pytest.raises(UsageError, match="problems have 3 to 4 samples, and an entry states one number for all"):
            self.entry(COUNTS | {"T/0": (3, 3)})

    def test_what_is_longer_than_a_line_goes_into_a_file_beside_that_the_entry_names(self, file: Path) -> None:
        counts = {task_id: (16, place % 17) for place, task_id in enumerate(MANY)}

        recorded = record(file, self.entry(counts))

        (*_, entry) = load_references(file).entries
        assert entry == recorded.entry
        assert entry.data is not None
        assert recorded_samples(entry, MANY) == counts
        assert sorted(path.name for path in file.parent.iterdir()) == [entry.data.name, file.name]
        assert max(map(len, file.read_text().splitlines())) < 2 * LONGEST_LINE

    @pytest.mark.parametrize("content", [{"solved": [1] * 6}, {"solved": [9, 0, 0, 0, 0, 5]}, {"others": []}, [], 3])
    def test_a_data_file_with_other_counts_than_the_entry_has_is_an_error(self, tmp_path: Path, content: Any) -> None:
        data, written = data_file(tmp_path, "x", content)
        (tmp_path / data.name).write_bytes(written)

        with pytest.raises(
            UsageError, match="does not hold 14 of 24 samples of 6 problems solved, as the entry of example/model"
        ):
            recorded_samples(self.entry().model_copy(update={"solved": None, "data": data}), TASKS)

    def test_one_of_twice_recorded_counts_in_files_is_found_and_replaced(self, file: Path) -> None:
        first, second = (dict.fromkeys(MANY, (16, solved)) for solved in (9, 10))
        record(file, self.entry(first))
        record(file, self.entry(second))

        recorded = record(file, self.entry(second), anew=True)

        assert len(recorded.replaced) == 2
        assert load_references(file).entries[-1] == recorded.entry
