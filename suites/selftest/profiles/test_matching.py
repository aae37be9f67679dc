"""Which profiles ``--profile`` names."""

from pathlib import Path

import pytest
from servecheck.errors import UnknownName, UsageError
from servecheck.profiles.load import matching_profiles


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    (tmp_path / "family.toml").write_text("".join(f"[{name}]\n" for name in ("b-2", "b-10", "a", "b-1", "c")))
    return tmp_path


@pytest.mark.parametrize(
    ("patterns", "names"),
    [
        ("a", ["a"]),
        ("c,a", ["c", "a"]),
        ("b-*", ["b-1", "b-10", "b-2"]),
        ("c, b-?, a ,b-1", ["c", "b-1", "b-2", "a"]),
        ("b-[12]", ["b-1", "b-2"]),
        ("b-2,b-*", ["b-2", "b-1", "b-10"]),
        ("a,,", ["a"]),
    ],
)
def test_names_stay_in_order_and_globs_are_sorted(directory: Path, patterns: str, names: list[str]) -> None:
    assert matching_profiles(patterns, directory) == names


def test_a_pattern_without_a_match_is_an_error_beside_others_that_match(directory: Path) -> None:
    with pytest.raises(UnknownName, match=r"unknown profile 'b-3': did you mean b-"):
        matching_profiles("a,b-3", directory)


@pytest.mark.parametrize("patterns", ["", " , "])
def test_nothing_named_is_an_error(directory: Path, patterns: str) -> None:
    with pytest.raises(UsageError, match="names no profile"):
        matching_profiles(patterns, directory)


def test_a_file_of_one_s_own_is_matched_too(directory: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    own = tmp_path_factory.mktemp("own") / "own.toml"
    own.write_text('[b-own]\nextends = "a"')

    assert matching_profiles("b-o*", directory, own) == ["b-own"]
