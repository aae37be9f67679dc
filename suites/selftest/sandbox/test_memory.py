"""A size of memory is read strictly, and none is promised that the machine does not have."""

import pytest
from servecheck.errors import SandboxUnavailable
from servecheck.sandbox.memory import check_memory, memory_of
from servecheck.sandbox.process import ProcessBackend

_GIB = 1 << 30


def test_sizes_are_read() -> None:
    assert (memory_of("256m"), memory_of("4G")) == (256 << 20, 4 * _GIB)


@pytest.mark.parametrize("size", ["", "0", "0g", "-1g", "4q", "999999999999g", "1e3g", "4g\n"])
def test_what_is_none_is_refused(size: str) -> None:
    with pytest.raises(ValueError, match="is no size"):
        memory_of(size)


@pytest.mark.parametrize(("asked", "machine"), [(4 * _GIB, 1 * _GIB), (8 * _GIB, 8 * _GIB)])
def test_the_default_and_all_there_is_may_be_had(asked: int, machine: int) -> None:
    check_memory(asked, machine)


def test_more_is_refused_in_words() -> None:
    with pytest.raises(SandboxUnavailable, match=r"asks for 64 GiB .* has 23\.5: ask for less"):
        check_memory(64 * _GIB, int(23.5 * _GIB))


def test_the_process_sandbox_refuses_too() -> None:
    with pytest.raises(SandboxUnavailable, match="asks for 999,999 GiB"):
        ProcessBackend(memory_bytes=999_999 << 30).prepare()
