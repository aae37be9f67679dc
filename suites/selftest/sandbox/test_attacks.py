"""No hostile program is scored as solved, changes the next program's verdict, outlives its run or touches the host.

Each attack runs on a sandbox that the attacks before it have used, and an honest program follows it there. Three ways:
in Docker, as processes of root, and as processes of an ordinary user, for whom the kernel offers least.
"""

from __future__ import annotations

import json
import os
import secrets
import shlex
import subprocess
import sys
import sysconfig
import tempfile
import types
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import docker.errors
import pytest
from servecheck.sandbox import leftovers, process
from servecheck.sandbox.docker import DockerBackend
from servecheck.sandbox.engine_connection import connect
from servecheck.sandbox.process import ProcessBackend, ProcessRunner

from suites.selftest.sandbox.attack_suite import ATTACKS, PROBLEMS, SECRET, Attack, Campaign, NotConfined, host_values
from suites.selftest.time_limits import NEVER_S

_ROOT = Path(__file__).parents[3]
_REASON_LENGTH = 400
_LEFT_BEHIND = ("left-behind", "left", "oracle", "written", "spawned", "daemon")
_SHARED_KEY = str(0x5EC2)


def _attacks(is_quick: Callable[[Attack], bool], *, without: frozenset[str] = frozenset()) -> list[Any]:
    """All attacks but those that carry a mark of ``without``; those that are not quick are slow tests."""
    return [
        pytest.param(name, marks=[] if is_quick(attack) else [pytest.mark.slow])
        for name, attack in ATTACKS.items()
        if not attack.marks & without
    ]


def _leaves_the_runner(attack: Attack) -> bool:
    """Whether it takes a moment and no other runner after it."""
    return not attack.marks & {"slow", "timeout", "replaces"}


def _reaches_out(attack: Attack) -> bool:
    """Of those, whether it is for what surrounds it: what forges results meets the same runner in Docker or not."""
    return _leaves_the_runner(attack) and "escape" in attack.marks


@pytest.fixture(scope="module", autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SERVECHECK_CACHE_DIR", str(tmp_path_factory.mktemp("cache")))
        patch.setenv("CALLERS_SECRET", SECRET)
        yield


@pytest.fixture(scope="module")
def user_ids() -> Iterator[range]:
    """The user ids of all candidates of this module, other runs' apart: who still has one has outlived its run."""
    base = 0x20000000 + (secrets.randbits(15) << 13)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(process, "uid_base", lambda: base)
        yield range(base, base + 0x2000)


@pytest.fixture(scope="module")
def docker_campaign(user_ids: range) -> Iterator[Campaign]:
    with host_values() as values:
        backend = DockerBackend(image_name=None, runtime=None, memory_bytes=4 << 30)
        backend.prepare()
        others = _own_containers()  # the session's own sandbox, where cases are graded in this process too
        campaign = Campaign(backend, values)
        yield campaign
        campaign.sandbox.close()
        assert [container for container in _own_containers() - others if not _is_removed(container)] == []
    _assert_host_untouched()


@pytest.fixture(scope="module")
def process_campaign(user_ids: range) -> Iterator[Campaign]:
    with host_values() as values:
        try:
            campaign = Campaign(ProcessBackend(), values)
        except NotConfined as error:
            if "CI" in os.environ:
                raise
            pytest.skip(str(error))  # a machine whose kernel refuses namespaces; nothing hostile has run
        yield campaign
        campaign.sandbox.close()
    _assert_host_untouched()


def _own_containers() -> set[str]:
    """Containers that this process has started and the engine still has."""
    client = connect()
    label = "=".join(next(iter(leftovers.labels().items())))
    found = client.containers.list(all=True, filters={"label": label}, ignore_removed=True)
    client.close()
    return {str(container.id) for container in found}


def _is_removed(container: str) -> bool:
    """Whether the engine removes a container that has ended, without being asked to."""
    client = connect()
    try:
        client.api.wait(container, timeout=NEVER_S, condition="removed")
    except docker.errors.NotFound:
        return True
    except OSError:
        return False
    finally:
        client.close()
    return True


def _assert_host_untouched() -> None:
    folders = [Path(folder) for folder in ("/tmp", "/var/tmp", "/dev", "/dev/shm", "/dev/mqueue", "/run", "/")]
    assert [str(folder / name) for folder in folders for name in _LEFT_BEHIND if (folder / name).exists()] == []
    for kind in ("shm", "sem", "msg"):
        rows = Path("/proc/sysvipc", kind).read_text().splitlines()[1:]
        assert _SHARED_KEY not in [row.split()[0] for row in rows]
    sockets = Path("/proc/net/unix").read_text()
    assert "@left-behind" not in sockets
    assert "@oracle" not in sockets


def _processes_of(users: range) -> list[str]:
    """Processes that are not yet dead whose user is one of ``users``."""
    found = []
    for path in Path("/proc").glob("[0-9]*/status"):
        try:
            fields = dict(line.partition(":")[::2] for line in path.read_text().splitlines())
        except (FileNotFoundError, ProcessLookupError):
            continue  # it ended while this looked
        if int(fields["Uid"].split()[1]) in users and not fields["State"].strip().startswith(("Z", "X")):
            found.append(f"{path.parent.name} {fields['Name'].strip()}")
    return found


def _assert_beaten(result: Mapping[str, Any]) -> None:
    assert not result["solved"]
    assert result["honest_solved"], result["honest_reason"]
    assert result["reason"].isprintable(), repr(result["reason"])
    assert 0 < len(result["reason"]) <= _REASON_LENGTH


def _result(campaign: Campaign, name: str) -> dict[str, Any]:
    import dataclasses

    return dataclasses.asdict(campaign.run(ATTACKS[name]))


class _Unconfining(ProcessBackend):
    """Like a machine that lets nobody make namespaces; never given anything but the harmless probe."""

    def start(self) -> ProcessRunner:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(process.ProcessRunner, "__init__", _init_without_namespaces)
            return super().start()


_INIT = ProcessRunner.__init__


def _init_without_namespaces(self: ProcessRunner) -> None:
    def popen(command: list[str], **options: Any) -> subprocess.Popen[bytes]:
        return subprocess.Popen(command[: command.index("--namespaces")], **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(process, "subprocess", types.SimpleNamespace(Popen=popen, PIPE=subprocess.PIPE))
        _INIT(self)


def test_no_attack_is_run_where_programs_are_not_confined(tmp_path: Path) -> None:
    with pytest.raises(NotConfined, match="no attack was run"):
        Campaign(_Unconfining(), {"FOLDER": str(tmp_path)})


def test_the_suite_covers_every_problem_with_at_least_fifty_attacks() -> None:
    assert len(ATTACKS) >= 50
    assert {attack.entry_point for attack in ATTACKS.values()} == set(PROBLEMS)
    assert all(attack.source.startswith('"""') for attack in ATTACKS.values() if "source_" not in attack.name)


@pytest.mark.docker
@pytest.mark.parametrize("name", _attacks(_reaches_out))
def test_in_docker(name: str, docker_campaign: Campaign, user_ids: range) -> None:
    result = _result(docker_campaign, name)

    _assert_beaten(result)
    assert _processes_of(user_ids) == []


@pytest.mark.parametrize("name", _attacks(_leaves_the_runner, without=frozenset({"docker"})))
def test_as_a_process(name: str, process_campaign: Campaign, user_ids: range) -> None:
    result = _result(process_campaign, name)

    _assert_beaten(result)
    assert _processes_of(user_ids) == []


def test_processes_have_all_of_the_isolation_that_root_can_give_them(process_campaign: Campaign) -> None:
    if os.getuid() != 0:
        pytest.skip("for root; the ordinary user's is tested beside it")

    assert process_campaign.sandbox.hello["missing"] == {}
    assert all(process_campaign.sandbox.hello["isolation"].values())


@pytest.fixture(scope="module")
def ordinary_user_results() -> dict[str, dict[str, Any]]:
    """What a child that is no root got from all attacks, by name; its runner's hello under ``hello``."""
    names = [name for name, attack in ATTACKS.items() if "docker" not in attack.marks]
    user = os.getuid() or 200_000_000 + os.getpid()
    with tempfile.TemporaryDirectory(prefix="servecheck-cache-", dir="/var/tmp") as cache:
        os.chown(cache, user, -1)
        environment = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": f"{_ROOT}:{_ROOT / '.package'}:{sysconfig.get_path('purelib')}",
            "PYTHONDONTWRITEBYTECODE": "1",
            "SERVECHECK_CACHE_DIR": cache,
            "CALLERS_SECRET": SECRET,
        }
        python = str(Path(getattr(sys, "_base_executable", sys.executable)).resolve())
        command = [python, "-m", "suites.selftest.sandbox.attack_suite", *names]
        if os.getuid() == 0:
            command = _as_user(user, command)
        done = subprocess.run(
            command, env=environment, cwd="/", capture_output=True, text=True, timeout=NEVER_S, check=False
        )
    assert done.returncode == 0, done.stderr[-4000:]
    if os.getuid() == 0:
        assert _processes_of(range(user, user + 1)) == []
    _assert_host_untouched()
    hello, *results = [json.loads(line) for line in done.stdout.splitlines()]
    return {"hello": hello} | {result["name"]: result for result in results}


def _as_user(user: int, command: list[str]) -> list[str]:
    """``command`` run by ``user``, in a mount namespace where closed folders above what it needs stand open.

    Root's interpreter often lies under a home folder of mode 0700. There, an empty folder that holds the needed ones
    alone takes its place, for this command only.
    """
    needed = dict.fromkeys(Path(path) for path in (sys.base_prefix, str(_ROOT), sysconfig.get_path("purelib")))
    steps = ["set -e", "hold=$(mktemp -d)", 'mount -t tmpfs -o mode=755 tmpfs "$hold"']
    closed: dict[Path, list[Path]] = {}
    for path in needed:
        for folder in reversed(path.resolve().parents):
            if not folder.stat().st_mode & 0o001:
                closed.setdefault(folder, []).append(path.resolve())
                break
    for number, path in enumerate(path for paths in closed.values() for path in paths):
        steps += [f'mkdir "$hold/{number}"', f'mount --rbind {shlex.quote(str(path))} "$hold/{number}"']
    number = 0
    for folder, paths in closed.items():
        steps.append(f"mount -t tmpfs -o mode=755 tmpfs {shlex.quote(str(folder))}")
        for path in paths:
            place = shlex.quote(str(path))
            steps += [f"mkdir -p {place}", f'mount --rbind "$hold/{number}" {place}']
            number += 1
    steps += ['umount -l "$hold"', 'rmdir "$hold"']
    steps.append(f"exec setpriv --reuid={user} --regid={user} --clear-groups {shlex.join(command)}")
    return ["unshare", "--mount", "sh", "-c", "\n".join(steps)]


@pytest.mark.slow
def test_an_ordinary_user_gets_namespaces_and_says_what_is_missing(ordinary_user_results: dict[str, Any]) -> None:
    hello = ordinary_user_results["hello"]

    assert hello["isolation"] == {
        "fresh_uid": False,
        "pid_namespace": True,
        "capabilities_dropped": True,
        "system_calls_filtered": True,
    }
    assert hello["missing"] == {}


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name, attack in ATTACKS.items() if "docker" not in attack.marks])
def test_as_a_process_of_an_ordinary_user(name: str, ordinary_user_results: dict[str, Any]) -> None:
    _assert_beaten(ordinary_user_results[name])
