"""tiny-glm is made once, whole or not at all; a stand-in for the engine's Python trains nothing and takes no time."""

from __future__ import annotations

import os
import select
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue

import pytest
from servecheck.engines import tiny_glm_weights
from servecheck.engines.tiny_glm_weights import VARIANTS, key, weights
from servecheck.errors import InfraError, UnknownName, UsageError
from servecheck.selfcheck.tiny_glm import corpus

from suites.selftest.time_limits import NEVER_S

ROOT = Path(__file__).parents[3]
MAKES_THEM = f"""
for variant in {VARIANTS}:
    Path(folder, variant).mkdir()
    Path(folder, variant, 'config.json').write_text('{{}}')
    Path(folder, variant, 'model.safetensors').write_bytes(bytes(8))
"""
Stand = Callable[..., str]


def unheard(_line: str) -> None:
    """What is said does not matter."""


@pytest.fixture
def stand(tmp_path: Path) -> Stand:
    """Make an interpreter that tells these versions, and trains by this program, which knows its ``folder``.

    Every training adds a line to ``trained`` beside it.
    """

    def make(training: str = MAKES_THEM, versions: str = "3.11 torch 2") -> str:
        path = tmp_path / "python"
        path.write_text(
            f"#!{sys.executable}\nimport os, signal, sys\nfrom pathlib import Path\n"
            f"if sys.argv[1] == '-c':\n    sys.exit(print({versions!r}))\n"
            f"assert sys.argv[1:-1] == ['-m', 'servecheck.selfcheck.tiny_glm.train']\n"
            f"folder = sys.argv[-1]\nprint(folder, file=open({str(tmp_path / 'trained')!r}, 'a'))\n"
            + textwrap.dedent(training)
        )
        path.chmod(0o755)
        return str(path)

    return make


@pytest.fixture
def trainings(tmp_path: Path) -> Callable[[], int]:
    def count() -> int:
        path = tmp_path / "trained"
        return len(path.read_text().splitlines()) if path.exists() else 0

    return count


def left(cache: Path) -> list[str]:
    return sorted(path.name.partition(".")[2] or "folder" for path in (cache / "tiny-glm").iterdir())


def test_one_training_makes_every_variant(stand, trainings, tmp_path):
    python = stand()

    folders = [weights(variant, python, unheard, tmp_path / "cache") for variant in VARIANTS]

    assert [folder.name for folder in folders] == list(VARIANTS)
    assert all(folder.is_dir() for folder in folders)
    assert trainings() == 1


def test_other_users_may_read_them(stand, tmp_path):
    made = weights("plain", stand(), unheard, tmp_path / "cache").parent

    assert made.stat().st_mode & 0o055 == 0o055


def test_it_is_kept_in_the_projects_cache(stand, tmp_path, monkeypatch):
    monkeypatch.setenv("SERVECHECK_CACHE_DIR", str(tmp_path / "own"))

    assert weights("lossy", stand(), unheard).is_relative_to(tmp_path / "own" / "tiny-glm")


def test_the_training_says_how_far_it_is(stand, tmp_path):
    said: list[str] = []

    weights("plain", stand("print('a warning')\nprint('tiny-glm: step 3')" + MAKES_THEM), said.append, tmp_path)

    assert said[0].startswith("making tiny-glm in ")
    assert said[1:-1] == ["tiny-glm: step 3"]
    assert said[-1].startswith("tiny-glm is made, after ")


def test_an_unknown_variant_is_named_with_the_nearest(stand, trainings, tmp_path):
    with pytest.raises(UnknownName, match="unknown variant of tiny-glm 'losy': did you mean lossy"):
        weights("losy", stand(), unheard, tmp_path)

    assert trainings() == 0


def test_a_training_that_fails_is_shown_and_leaves_nothing_but_its_log(stand, tmp_path):
    training = "Path(folder, 'plain').mkdir()\nsys.exit('the model has not learnt its replies')"

    with pytest.raises(InfraError, match=r"exit code 1; the end of .*\.log:\nthe model has not learnt its replies"):
        weights("plain", stand(training), unheard, tmp_path)

    assert left(tmp_path) == ["lock", "log"]


def test_after_a_failure_it_is_made_anew(stand, trainings, tmp_path):
    with pytest.raises(InfraError):
        weights("plain", stand("sys.exit(1)"), unheard, tmp_path)

    assert weights("plain", stand(), unheard, tmp_path).is_dir()
    assert trainings() == 2


@pytest.mark.parametrize("lost", ["lossy", "plain/config.json", "mtp-broken/model.safetensors"])
def test_what_is_damaged_is_made_anew(stand, trainings, tmp_path, lost):
    made = weights("plain", stand(), unheard, tmp_path).parent
    (made / lost).rename(tmp_path / "lost")
    said: list[str] = []

    weights("plain", stand(), said.append, tmp_path)

    assert (made / lost).exists()
    assert trainings() == 2
    assert said[0].startswith("tiny-glm is damaged and made anew: ")


def test_a_training_without_its_weights_is_a_failure_and_leaves_nothing(stand, tmp_path):
    with pytest.raises(InfraError, match=r"ended without its weights: .*lossy does not exist"):
        weights("plain", stand(MAKES_THEM + "Path(folder, 'lossy').rename(Path(folder, 'x'))"), unheard, tmp_path)

    assert left(tmp_path) == ["lock", "log"]


def test_what_the_training_says_cannot_act_on_a_terminal(stand, tmp_path):
    said: list[str] = []

    weights("plain", stand(r"print('tiny-glm: \x1b[31m')" + MAKES_THEM), said.append, tmp_path)

    assert said[1] == r"tiny-glm: \x1b[31m"


def test_an_interrupt_ends_the_training_and_leaves_nothing_but_its_log(stand, tmp_path):
    pids: list[int] = []

    def interrupted(line: str) -> None:
        if line.startswith("tiny-glm: "):
            pids.append(int(line.split()[-1]))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        weights("plain", stand("print('tiny-glm:', os.getpid(), flush=True)\nsignal.pause()"), interrupted, tmp_path)

    with pytest.raises(ProcessLookupError):
        os.kill(pids[0], 0)
    assert left(tmp_path) == ["lock", "log"]


def test_a_killed_owner_takes_the_training_with_it(stand, tmp_path):
    cache = tmp_path / "cache"
    python = stand("print('tiny-glm:', os.getpid(), flush=True)\nsignal.pause()")
    program = (
        "from servecheck.engines.tiny_glm_weights import weights\n"
        f"weights('plain', {python!r}, lambda line: print(line, flush=True))"
    )
    environment = {**os.environ, "SERVECHECK_CACHE_DIR": str(cache)}
    owner = subprocess.Popen(
        [sys.executable, "-c", program], cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True
    )
    assert owner.stdout is not None
    owner.stdout.readline()
    training = os.pidfd_open(int(owner.stdout.readline().split()[-1]))

    owner.kill()
    owner.communicate()

    assert select.select([training], [], [], NEVER_S)[0]
    os.close(training)
    until = time.monotonic() + NEVER_S
    while left(cache) != ["lock", "log"] and time.monotonic() < until:
        time.sleep(0.02)
    assert left(cache) == ["lock", "log"]


def test_two_runs_at_once_train_once(stand, trainings, tmp_path):
    gate = tmp_path / "gate"
    os.mkfifo(gate)
    python = stand(f"print('tiny-glm: has begun', flush=True)\nopen({str(gate)!r}).read()" + MAKES_THEM)
    said: SimpleQueue[str] = SimpleQueue()

    with ThreadPoolExecutor() as both:
        first = both.submit(weights, "plain", python, said.put, tmp_path / "cache")
        while said.get(timeout=NEVER_S) != "tiny-glm: has begun":
            pass
        second = both.submit(weights, "lossy", python, said.put, tmp_path / "cache")
        assert said.get(timeout=NEVER_S) == "waiting for another run, which makes tiny-glm"
        gate.open("w").close()

        assert first.result().parent == second.result().parent
    assert trainings() == 1


def test_an_environment_without_torch_is_a_usage_error(tmp_path):
    with pytest.raises(UsageError, match=r"needs torch, transformers, tokenizers there \(.*torch.*\): name the inter"):
        weights("plain", sys.executable, unheard, tmp_path)


def test_an_interpreter_that_is_not_there_is_a_usage_error(tmp_path):
    with pytest.raises(UsageError, match="/gone/python, which is to make tiny-glm, cannot be run"):
        weights("plain", "/gone/python", unheard, tmp_path)


def test_a_cache_that_cannot_be_written_to_is_a_usage_error(stand, tmp_path):
    (tmp_path / "file").touch()

    with pytest.raises(UsageError, match=r"cannot be kept in .*/file/tiny-glm: .* set SERVECHECK_CACHE_DIR"):
        weights("plain", stand(), unheard, tmp_path / "file")


def test_other_versions_make_other_weights(stand, trainings, tmp_path):
    first = weights("plain", stand(versions="torch 2"), unheard, tmp_path / "cache")
    second = weights("plain", stand(versions="torch 3"), unheard, tmp_path / "cache")

    assert first != second
    assert trainings() == 2


RECIPE = (
    "selfcheck/tiny_glm/learning.py",
    "selfcheck/tiny_glm/corpus.py",
    "selfcheck/embedded/tool_text/model.py",
    "protocols/evalplus_chat.py",
    "protocols/lm_eval_instruct.py",
    "chat_templates/glm47.jinja",
    "chat_templates/rendering.py",
    "problems/tool_demands.py",
    "problems/tool_contract/requests.py",
    "extraction/tool_calls/glm_tags.py",
)


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    for name in RECIPE:
        path = tmp_path / "fixtures" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("RATE = 1\n")
    return tmp_path


def test_the_key_is_the_same_for_the_same(sources):
    assert key("torch 2", sources) == key("torch 2", sources)
    assert len(key("torch 2", sources)) == 16


@pytest.mark.parametrize("name", [*RECIPE, "selfcheck/tiny_glm/another.py"])
def test_the_key_changes_with_the_recipe_and_the_prompts(sources, name):
    before = key("torch 2", sources)

    (sources / "fixtures" / name).write_text("RATE = 2\n")

    assert key("torch 2", sources) != before


def test_the_key_changes_with_the_problems(sources, monkeypatch):
    class Others:
        sha256 = "ab" * 32

    before = key("torch 2", sources)
    monkeypatch.setattr(tiny_glm_weights, "load_problem_set", {"starter-32": Others}.get)

    assert key("torch 2", sources) != before


def test_the_recipe_that_the_key_is_made_of_is_there(tmp_path):
    assert key("torch 2") != key("torch 2", tmp_path)
    assert all((ROOT / "fixtures" / name).is_file() for name in RECIPE)


def test_the_key_does_not_change_with_a_protocol_that_is_not_taught(sources):
    before = key("torch 2", sources)

    (sources / "fixtures" / "protocols" / "tool_contract.py").write_text("RATE = 2\n")

    assert key("torch 2", sources) == before


def test_the_key_is_made_of_every_protocol_that_is_taught():
    assert {f"protocols/{talk.protocol}.py" for talk in corpus.conversations()} <= set(RECIPE)


def test_the_key_is_made_of_the_problems_that_are_taught():
    assert tiny_glm_weights.PROBLEMS == corpus.PROBLEMS
