"""Prompts are judged by all, by depth and by kind, wherever there are enough of them for a test."""

from __future__ import annotations

from servecheck.fingerprint.groups import LEAST, PromptGroup, groups_of


def prompts(**counts: int) -> dict[str, tuple[str, int]]:
    """``chat_16=3``: three of that kind and depth."""
    return {
        f"{name}-{number}": (name.partition("_")[0], int(name.partition("_")[2]))
        for name, count in counts.items()
        for number in range(count)
    }


def judged(found: tuple[PromptGroup, ...]) -> list[tuple[str, tuple[int, ...], int]]:
    return [(group.kind, group.depths, len(group.prompts)) for group in found if group.is_judged]


def test_all_each_depth_and_each_kind_are_judged():
    found = groups_of(prompts(chat_16=5, chat_256=5, code_16=5, code_256=5))

    assert judged(found) == [
        ("", (), 20), ("", (16,), 10), ("", (256,), 10), ("chat", (), 10), ("code", (), 10),
    ]  # fmt: skip


def test_each_kind_at_each_depth_is_shown():
    found = groups_of(prompts(chat_16=5, code_256=2))

    assert [(group.kind, group.depths) for group in found if group.kind and group.depths] == [
        ("chat", (16,)), ("code", (256,)),
    ]  # fmt: skip


def test_a_depth_with_too_few_prompts_joins_the_next_shallower_one():
    found = groups_of(prompts(chat_16=6, chat_2048=4, chat_8192=2, chat_32768=2))

    assert judged(found) == [("", (), 14), ("", (16,), 6), ("", (2048, 8192, 32768), 8)]


def test_too_few_shallow_ones_join_their_deeper_neighbour():
    assert judged(groups_of(prompts(chat_16=1, chat_256=6, chat_2048=6))) == [
        ("", (), 13), ("", (16, 256), 7), ("", (2048,), 6),
    ]  # fmt: skip


def test_too_few_of_all_are_not_judged():
    assert judged(groups_of(prompts(chat_16=LEAST - 1))) == []
    assert judged(groups_of({})) == []
