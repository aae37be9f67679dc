"""GPQA's problems are those of its file, in the orders in which published harnesses show their choices."""

from __future__ import annotations

import hashlib
from pathlib import Path
from random import Random

import pytest
from servecheck.errors import ProblemSetError
from servecheck.evaluation.sample_form import forms_of, problem_of
from servecheck.problems.choice_orders import DrawnOrders
from servecheck.problems.gpqa import GPQA_DIAMOND, SIMPLE_EVALS_SEED, Gpqa, GpqaStarter, problems_in
from servecheck.problems.published_bytes import PublishedBytes

from suites.selftest.gpqa_rows import HEAD, gpqa_csv

ROW = "1,Which?,right,wrong 1,wrong 2,wrong 3,Physics\n"


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> PublishedBytes:
    path = tmp_path / "gpqa.csv"
    path.write_bytes(gpqa_csv())
    monkeypatch.setenv("GPQA_TEST_PATH", str(path))
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return PublishedBytes("GPQA", "gpqa.csv", "http://127.0.0.1:9/gpqa.csv", digest, "GPQA_TEST_PATH")


def test_its_rows_are_its_problems_in_their_order(file):
    found = Gpqa(file=file)

    assert (len(found.task_ids), found.task_ids[0], found.task_ids[197]) == (198, "GPQA/0", "GPQA/197")
    assert found.sha256 == file.sha256
    assert found["GPQA/5"].question.startswith("Which is it in row 5?")
    with pytest.raises(KeyError):
        found["GPQA/198"]


def test_what_is_right_stays_so_in_whatever_order_a_sample_has(file):
    found = Gpqa(file=file)

    for task_id in found.task_ids:
        first, *others = [problem_of(found, task_id, sample) for sample in range(8)]
        assert first == found[task_id]
        assert len({one.choices for one in (first, *others)}) > 1
        for one in (first, *others):
            assert one.task_id == task_id
            assert one.choices[one.letters.index(one.answer)] == first.stored[0]
            assert sorted(one.choices) == sorted(first.stored)


def test_two_streams_are_two_orders_of_the_same_problems(file):
    one, other = Gpqa(file=file), Gpqa("other", 1, file)

    assert [one[task_id].choices for task_id in one.task_ids] != [other[task_id].choices for task_id in one.task_ids]
    assert [one[task_id].stored for task_id in one.task_ids] == [other[task_id].stored for task_id in one.task_ids]


def test_ten_thousand_samples_are_drawn_once():
    """As many as a command may ask for; drawing each pass anew would take hours."""
    orders = DrawnOrders(SIMPLE_EVALS_SEED, 2)
    of = [orders.of(1, sample) for sample in range(10_000)]

    stream = Random(SIMPLE_EVALS_SEED)
    drawn = [tuple(stream.sample(range(4), 4)) for _ in range(20_000)]
    assert of == drawn[1::2]


def test_every_form_is_known_once_the_first_samples_first(file):
    found = forms_of(GpqaStarter(), "StarterChoice/3")

    assert found[0] == GpqaStarter()["StarterChoice/3"]
    assert len({one.choices for one in found}) == len(found) == 24
    [alike] = problems_in(f"{','.join(HEAD)}\n1,Which?,one,two,one,two,Physics\n".encode(), "it", 0, "GPQA").values()
    assert len(alike.forms()) == 6


def test_a_cell_without_a_value_reads_as_pandas_shows_it():
    content = f"{','.join(HEAD)}\n1,Which?,None,NA,,null,Physics\n".encode()

    [problem] = problems_in(content, "it", 0, "GPQA").values()

    assert problem.choices == ("nan",) * 4
    assert problem.answer == "A"


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (",".join(HEAD).replace("Correct Answer", "Answer").encode(), "has no column 'Correct Answer'"),
        (b"", "has no column 'Question'"),
        (f"{','.join(HEAD)}\n".encode(), "has no problem in it"),
        (f"{','.join(HEAD)}\n{ROW}1,Which?,right\n".encode(), "row 1 has 3 cells, and the head 7"),
        (b"\xff\xfe", "cannot be read as CSV in UTF-8"),
        (f'{",".join(HEAD)}\n1,"Which'.encode(), "cannot be read as CSV in UTF-8"),
    ],
    ids=["unknown column", "empty", "no row", "short row", "not UTF-8", "half-written"],
)
def test_a_file_of_another_form_is_named_with_what_it_lacks(content, told):
    with pytest.raises(ProblemSetError, match=f"^it.*{told}"):
        problems_in(content, "it", 0, "GPQA")


def test_another_file_is_refused_with_both_digests_and_what_to_do(file, tmp_path):
    (tmp_path / "gpqa.csv").write_bytes(gpqa_csv(3))

    with pytest.raises(
        ProblemSetError, match=rf"is not GPQA as it lies at .* expected {file.sha256}\. .*GPQA_TEST_PATH"
    ):
        _ = Gpqa(file=file).task_ids


def test_the_published_one_is_told_with_the_page_where_its_authors_give_it(tmp_path, monkeypatch):
    monkeypatch.setenv("SERVECHECK_CACHE_DIR", str(tmp_path))
    monkeypatch.delenv("GPQA_OVERRIDE_PATH", raising=False)
    monkeypatch.setattr("servecheck.problems.fetched_from_url.fetched", _no_network)

    assert not Gpqa().is_here
    with pytest.raises(
        ProblemSetError, match=r"could not be fetched.*GPQA_OVERRIDE_PATH to a copy \(.*datasets/Idavidrein/gpqa; .*\)"
    ):
        _ = Gpqa().task_ids
    assert GPQA_DIAMOND.file_name not in {path.name for path in tmp_path.iterdir()}


def _no_network(*_: object, **__: object) -> bytes:
    from servecheck.http_client.download import DownloadFailed

    raise DownloadFailed("there is no network")


def test_the_starter_has_problems_enough_for_a_try_each_with_four_answers():
    starter = GpqaStarter()

    assert len(starter.task_ids) >= 30
    assert all(len({*starter[task_id].choices}) == 4 for task_id in starter.task_ids)
    assert len({starter[task_id].question for task_id in starter.task_ids}) == len(starter.task_ids)


def test_the_starter_can_be_answered_rightly_and_wrongly():
    one = GpqaStarter()["StarterChoice/0"]

    assert one.right_reply == f"Answer: {one.answer}"
    assert one.wrong_reply.removeprefix("Answer: ") in set(one.letters) - {one.answer}


def test_a_starter_that_is_gone_is_named(tmp_path):
    with pytest.raises(ProblemSetError, match=r"none\.csv, the starter problems of gpqa, cannot be read"):
        _ = GpqaStarter(tmp_path / "none.csv").sha256
