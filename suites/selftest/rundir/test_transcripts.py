"""The replies of a run directory."""

import errno
import json
from pathlib import Path

import pytest
from servecheck.errors import GenerationError
from servecheck.evaluation.transcript import Reply, Timings, Usage
from servecheck.rundir.transcripts import UNFINISHED, ReplyStore

REPLY = Reply("```python\n\ud83d\n```", "hm", "stop", "m", Usage(1, 2), Timings(1.0, 0.5, 2.0), "ab" * 32)


def test_a_written_reply_is_read_back_by_another_store(tmp_path: Path) -> None:
    path = ReplyStore(tmp_path / "run").write("HumanEval/0", 3, REPLY)

    assert path == tmp_path / "run" / "generations" / "HumanEval_0-3.json"
    assert ReplyStore(tmp_path / "run").read("HumanEval/0", 3) == REPLY


def test_a_hostile_task_id_stays_in_the_folder(tmp_path: Path) -> None:
    path = ReplyStore(tmp_path).write("../../x", 0, REPLY)

    assert path.resolve().parent == tmp_path / "generations"
    assert ReplyStore(tmp_path).read("../../x", 0) == REPLY


def test_writing_again_replaces_and_leaves_nothing_else(tmp_path: Path) -> None:
    store = ReplyStore(tmp_path)
    store.write("T/0", 0, REPLY)
    later = Reply("later", None, "stop", "m", None, Timings(1.0, None, 2.0), "")

    store.write("T/0", 0, later)

    assert store.read("T/0", 0) == later
    assert [path.name for path in (tmp_path / "generations").iterdir()] == ["T_0-0.json"]


def test_the_finished_ones_are_those_with_a_whole_file(tmp_path: Path) -> None:
    store = ReplyStore(tmp_path)
    assert store.finished() == set()
    store.write("HumanEval/0", 0, REPLY)
    store.write("a.b/1", 12, REPLY)
    (tmp_path / "generations" / ".T_0-0.123").write_text("{")

    assert store.finished() == {"HumanEval_0-0", "a.b_1-12"}


def test_what_is_unfinished_stands_in_a_folder_of_its_own_and_is_no_reply(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[list[str]] = []
    replace = Path.replace

    def looking(path: Path, target: Path) -> Path:
        seen.append([str(found.relative_to(tmp_path)) for found in (tmp_path / UNFINISHED).iterdir()])
        assert ReplyStore(tmp_path).finished() == set()
        return replace(path, target)

    monkeypatch.setattr(Path, "replace", looking)

    ReplyStore(tmp_path).write("T/0", 0, REPLY)

    assert [[Path(name).parent.name for name in names] for names in seen] == [[UNFINISHED]]
    assert list((tmp_path / UNFINISHED).iterdir()) == []


def test_a_write_that_fails_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)

    with pytest.raises(OSError, match="No space left"):
        ReplyStore(tmp_path).write("T/0", 0, REPLY)

    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_a_reply_without_earlier_attempts_listed_had_none(tmp_path: Path) -> None:
    store = ReplyStore(tmp_path)
    path = store.write("T/0", 0, REPLY)
    record = json.loads(path.read_bytes())
    del record["earlier"]
    path.write_text(json.dumps(record))

    assert store.read("T/0", 0) == REPLY


def test_a_reply_that_is_not_there_is_an_error_that_names_it(tmp_path: Path) -> None:
    with pytest.raises(GenerationError, match=r"no reply is kept for T/0 sample 1: .*T_0-1\.json"):
        ReplyStore(tmp_path).read("T/0", 1)


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"task_id": "T/0", "sample": 0, "content": ""}', "\ud800"])
def test_a_damaged_file_is_an_error_that_names_it(tmp_path: Path, text: str) -> None:
    store = ReplyStore(tmp_path)
    store.write("T/0", 0, REPLY).write_bytes(text.encode("utf-8", "surrogatepass"))

    with pytest.raises(GenerationError, match=r"T_0-0\.json is damaged .*; resuming the run asks for it again"):
        store.read("T/0", 0)


def test_a_file_with_another_reply_is_an_error(tmp_path: Path) -> None:
    store = ReplyStore(tmp_path)
    store.write("T/0", 0, REPLY).rename(store.path("T/0", 1))

    with pytest.raises(GenerationError, match="holds the reply of T/0 sample 0"):
        store.read("T/0", 1)
