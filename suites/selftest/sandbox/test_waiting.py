"""What a program is credited with for waiting, by looks at machines that are made up: busy ones, idle ones, hostile
programs.
"""

import random
from collections.abc import Callable, Mapping

import pytest
from servecheck.sandbox.runner.processes import Seen, Thread
from servecheck.sandbox.runner.waiting import Waiting

_LOOK_S = 0.05
Machine = Callable[[float], Seen]


def thread(*, runnable: bool = True, cpu: float = 0.0, waited: float = 0.0, turns: int = 1) -> Thread:
    return Thread(runnable, round(cpu * 1e9), round(waited * 1e9), turns)


def seen(threads: Mapping[int, Thread], cpu: float | None = None) -> Seen:
    return Seen(dict(threads), sum(each.cpu_ns for each in threads.values()) / 1e9 if cpu is None else cpu)


def watched(machine: Machine, seconds: float, between: Callable[[], float] = lambda: _LOOK_S) -> Waiting:
    """After looks at ``machine``, which says what it would show at a time."""
    waiting, now = Waiting(), 0.0
    while now < seconds:
        step = between()
        now += step
        waiting.add(step, machine(now))
    return waiting


def turns_on_one_cpu(slice_s: float, others: int) -> Machine:
    """One thread that never sleeps, and others that take turns with it; it comes last in each round."""
    cycle = slice_s * (others + 1)

    def machine(now: float) -> Seen:
        rounds, rest = divmod(now, cycle)
        ran = max(0.0, rest - others * slice_s)
        came = rounds + (ran > 0)
        return seen({1: thread(cpu=rounds * slice_s + ran, waited=came * others * slice_s, turns=int(came))})

    return machine


def crowd(threads: int, slice_s: float, period_s: float) -> Machine:
    """Threads that wake together on a CPU where nothing else runs, use it one after another, and sleep again."""

    def machine(now: float) -> Seen:
        periods, rest = divmod(now, period_s)
        shown = {}
        for number in range(threads):
            begins = number * slice_s
            ran = min(max(0.0, rest - begins), slice_s)
            came = periods + (rest > begins)
            shown[number + 1] = thread(
                runnable=rest < begins + slice_s,
                cpu=periods * slice_s + ran,
                waited=came * begins,
                turns=int(came),
            )
        return seen(shown)

    return machine


class TestBusyMachine:
    @pytest.mark.parametrize("slice_s", [0.003, 0.02, 0.1])
    def test_what_never_sleeps_is_credited_with_all_that_it_waited(self, slice_s: float) -> None:
        waiting = watched(turns_on_one_cpu(slice_s, others=10), 12.0)

        assert waiting.credit_s == pytest.approx(12.0 * 10 / 11, abs=0.3)
        assert waiting.told

    def test_a_wait_that_goes_on_counts_at_once_and_not_again_when_the_kernel_counts_it(self) -> None:
        waiting = Waiting()
        waiting.add(0.05, seen({1: thread(cpu=0.05)}))
        for _ in range(20):
            waiting.add(0.05, seen({1: thread(cpu=0.05)}))
        assert waiting.credit_s == pytest.approx(1.0)

        waiting.add(0.05, seen({1: thread(cpu=0.06, waited=1.04, turns=2)}))

        assert waiting.credit_s == pytest.approx(1.04)

    def test_what_one_thread_after_another_waits_adds_up(self) -> None:
        waiting = Waiting()
        for number in range(1, 11):
            waiting.add(0.1, seen({number: thread(cpu=0.01, waited=0.09)}, cpu=0.01 * number))

        assert waiting.credit_s == pytest.approx(0.9)
        assert waiting.told

    def test_two_threads_on_two_cpus_have_not_waited_while_either_ran(self) -> None:
        waiting = Waiting()

        waiting.add(1.0, seen({1: thread(cpu=0.4, waited=0.6), 2: thread(cpu=0.4, waited=0.6)}))

        assert waiting.credit_s == pytest.approx(0.2)

    def test_what_waits_for_its_supervisor_to_read_is_credited_with_what_that_waits(self) -> None:
        asleep = seen({1: thread(runnable=False, cpu=0.01)})
        waiting = Waiting()

        waiting.add(0.05, asleep, held_s=0.03, held=True)
        waiting.add(0.05, asleep, held_s=0.03, held=False)

        assert waiting.credit_s == pytest.approx(0.03)


class TestNoFaultOfTheMachine:
    def test_what_sleeps_or_deadlocks_is_credited_with_nothing(self) -> None:
        waiting = watched(lambda _: seen({1: thread(runnable=False, cpu=0.1, waited=5.0)}), 12.0)

        assert waiting.credit_s == 0.0

    def test_what_spins_on_an_idle_machine_is_credited_with_nothing(self) -> None:
        assert watched(lambda now: seen({1: thread(cpu=now)}), 4.0).credit_s == 0.0

    @pytest.mark.parametrize("threads", [2, 8, 31])
    @pytest.mark.parametrize("period_s", [0.05, 0.3, 2.0])
    def test_threads_that_wait_for_each_other_gain_no_more_than_they_use(self, threads: int, period_s: float) -> None:
        slice_s = min(0.003, period_s / threads / 2)
        look = random.Random(5)

        waiting = watched(crowd(threads, slice_s, period_s), 200.0, lambda: look.uniform(0.03, 0.07))

        assert waiting.credit_s <= 1.2 * threads * slice_s * 200.0 / period_s

    def test_what_was_waited_at_once_is_not_saved_for_a_sleep(self) -> None:
        waiting = Waiting()
        waiting.add(1.0, seen({number: thread(cpu=0.03, waited=0.9) for number in range(1, 32)}))
        after = seen({number: thread(runnable=False, cpu=0.03, waited=0.9) for number in range(1, 32)})

        for _ in range(100):
            waiting.add(0.05, after)

        assert waiting.credit_s <= 1.0

    def test_a_thread_with_the_number_of_an_ended_one_is_another(self) -> None:
        waiting = Waiting()
        waiting.add(1.0, seen({1: thread(cpu=0.1, waited=0.9, turns=50)}, cpu=0.1))

        waiting.add(1.0, seen({1: thread(cpu=0.1, waited=0.5, turns=2)}, cpu=0.2))

        assert waiting.credit_s == pytest.approx(1.4)


class TestTold:
    def test_a_kernel_that_prints_zeros_does_not_tell(self) -> None:
        waiting = watched(lambda _: seen({1: Thread(True)}, cpu=0.01), 1.0)

        assert not waiting.told

    def test_where_nothing_can_be_read_nothing_is_told(self) -> None:
        assert not watched(lambda _: Seen(), 1.0).told

    def test_threads_that_end_unseen_may_have_waited(self) -> None:
        waiting = watched(lambda now: seen({1: thread(runnable=False, cpu=0.01)}, cpu=now / 10), 3.0)

        assert not waiting.told

    def test_the_end_of_a_thread_that_was_seen_hides_little(self) -> None:
        waiting = Waiting()
        waiting.add(0.05, seen({1: thread(cpu=0.01), 2: thread(cpu=0.5)}))
        waiting.add(0.05, seen({1: thread(cpu=0.02)}, cpu=0.53))

        assert waiting.told

    def test_a_thread_that_has_yet_to_get_its_first_turn_does_not_hide_the_others(self) -> None:
        waiting = Waiting()
        waiting.add(0.05, seen({1: thread(cpu=0.01), 2: Thread(True)}))

        assert waiting.told
