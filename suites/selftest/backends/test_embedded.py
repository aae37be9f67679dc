"""A profile of the embedded server that cannot be one is refused before anything is started."""

from __future__ import annotations

from pathlib import Path

import pytest
from servecheck.errors import UsageError
from servecheck.profiles.load import load_profile


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ('tool_fault = "name_los"', "embedded.tool_fault: unknown fault of the tool text 'name_los': did you mean "),
        ('tool_text = "glm74"', "embedded.tool_text: unknown dialect of tool calls 'glm74': did you mean glm4"),
    ],
)
def test_a_mistyped_fault_or_dialect_is_the_profiles_error_with_the_nearest_names(
    tmp_path: Path, key: str, words: str
) -> None:
    own = tmp_path / "own.toml"
    own.write_text(f'[broken]\nextends = "tools"\nembedded.{key}\n')

    with pytest.raises(UsageError) as raised:
        load_profile("broken", extra=own)

    assert str(raised.value).startswith(f"own.toml: profile 'broken': {words}")
