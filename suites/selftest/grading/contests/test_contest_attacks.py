"""No hostile program passes for a contest's problem, in either form, and none changes what the next one gets.

The attacks are those that EvalPlus's rules are tried with (``suites/selftest/sandbox/attacks``), on the same problems
with their own expected values. What gets out of the sandbox solves its problem, on purpose.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from servecheck.grading.contests.contest_verdict import contest_verdict
from servecheck.problems.contests import ContestProblem, ContestTest
from servecheck.sandbox.docker import DockerBackend
from servecheck.sandbox.process import ProcessBackend
from servecheck.sandbox.protocol import SandboxBackend

from suites.selftest.sandbox.attack_suite import ATTACKS, PROBLEMS, SECRET, Attack, Campaign, NotConfined, host_values

FORMS = ("function", "standard input")
_LIMIT_S = 0.3
# After none of these is the runner replaced.
_QUICK = ("eq_object", "frames_to_ancestors", "left_oracle")


def contest_problem(entry_point: str, form: str) -> ContestProblem:
    """The problem that an attack pretends to solve: each call a test, with what its solution returns."""
    known = PROBLEMS[entry_point]
    space: dict[str, object] = {}
    exec(known.canonical_program, space)
    arguments = [*known.base_input, *known.plus_input]
    values = [space[entry_point](*one) for one in json.loads(json.dumps(arguments))]
    if form == "function":
        tests = [
            ContestTest("\n".join(map(json.dumps, given)), json.dumps(value))
            for given, value in zip(arguments, values, strict=True)
        ]
    else:
        tests = [ContestTest(json.dumps(given), repr(value)) for given, value in zip(arguments, values, strict=True)]
    return ContestProblem(f"Attack/{entry_point}", "", "", entry_point if form == "function" else "", lambda: tests)


def contest_source(source: str, entry_point: str, form: str) -> str:
    """The program; of standard input, with what calls it."""
    if form == "function":
        return source
    return f"{source}\n\nprint(repr({entry_point}(*json.loads(input()))))\n"


class ContestCampaign(Campaign):
    """The same, by the rules of contests."""

    def beaten(self, attack: Attack, form: str) -> None:
        problem = contest_problem(attack.entry_point, form)
        source = contest_source(self.source(attack), attack.entry_point, form)
        found = contest_verdict(source, problem, self.sandbox, _LIMIT_S)
        honest = contest_source(PROBLEMS[attack.entry_point].canonical_program, attack.entry_point, form)
        after = contest_verdict(honest, problem, self.sandbox)
        assert found.kind != "solved"
        assert found.reason.isprintable()
        assert after.kind == "solved", after.reason


@pytest.fixture(scope="module", autouse=True)
def _own_environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SERVECHECK_CACHE_DIR", str(tmp_path_factory.mktemp("cache")))
        patch.setenv("CALLERS_SECRET", SECRET)
        yield


def _campaign(backend: SandboxBackend) -> Iterator[ContestCampaign]:
    with host_values() as values:
        campaign = ContestCampaign(backend, values)
        yield campaign
        campaign.sandbox.close()


@pytest.fixture(scope="module")
def process_campaign() -> Iterator[ContestCampaign]:
    try:
        yield from _campaign(ProcessBackend())
    except NotConfined as error:
        pytest.skip(str(error))  # a machine whose kernel refuses namespaces; nothing hostile has run


@pytest.fixture(scope="module")
def docker_campaign() -> Iterator[ContestCampaign]:
    backend = DockerBackend(image_name=None, runtime=None, memory_bytes=4 << 30)
    backend.prepare()
    yield from _campaign(backend)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("entry_point", PROBLEMS)
def test_the_honest_programs_pass(entry_point: str, form: str, process_campaign: ContestCampaign) -> None:
    problem = contest_problem(entry_point, form)
    program = contest_source(PROBLEMS[entry_point].canonical_program, entry_point, form)

    assert contest_verdict(program, problem, process_campaign.sandbox).kind == "solved"


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", _QUICK)
def test_some_attacks_are_beaten_quickly(name: str, form: str, process_campaign: ContestCampaign) -> None:
    process_campaign.beaten(ATTACKS[name], form)


@pytest.mark.slow
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", [name for name, attack in ATTACKS.items() if "docker" not in attack.marks])
def test_as_a_process(name: str, form: str, process_campaign: ContestCampaign) -> None:
    process_campaign.beaten(ATTACKS[name], form)


@pytest.mark.slow
@pytest.mark.docker
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", ATTACKS)
def test_in_docker(name: str, form: str, docker_campaign: ContestCampaign) -> None:
    docker_campaign.beaten(ATTACKS[name], form)


def test_no_attack_has_what_is_expected_within_its_reach() -> None:
    """The message to the sandbox holds inputs and the program, and nothing of what a test expects."""
    from servecheck.grading.contests import contest_verdict as module

    problem = ContestProblem("x", "", "", "", lambda: (ContestTest("in-7351", "out-2846"),))
    message = json.dumps(module._run("print(1)", problem, problem.read_tests(), 6.0).message(1 << 30))

    assert "in-7351" in message
    assert "out-2846" not in message
    assert Path(module.__file__).with_name("driver.py").read_text() in json.loads(message)["code"]
