"""Files that people write, in what encoding they have them."""

import contextlib
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from servecheck.errors import UsageError
from servecheck.text_files import decoded, is_utf16, read_text


@given(st.text())
def test_text_comes_as_it_was_written_with_and_without_a_byte_order_mark(text: str) -> None:
    data = text.encode("utf-8", "ignore")
    if is_utf16(data) or text.startswith("\ufeff"):
        return

    assert decoded(data, "f") == decoded(b"\xef\xbb\xbf" + data, "f") == data.decode()


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_utf16_is_named_with_and_without_its_mark(encoding: str) -> None:
    with pytest.raises(UsageError, match="f is UTF-16 text: save it as UTF-8") as caught:
        decoded("[mine]".encode(encoding), "f")
    assert "\n" not in str(caught.value)


@given(st.binary(max_size=50))
@example(b"")
def test_any_bytes_are_text_or_refused_in_a_line(data: bytes) -> None:
    with contextlib.suppress(UsageError):
        assert isinstance(decoded(data, "f"), str)


@pytest.mark.parametrize(
    ("name", "message"),
    [("none", "No such file"), (".", "Is a directory"), ("a" * 300, "File name too long"), ("a\0b", "null byte")],
)
def test_what_cannot_be_opened_is_told_in_the_system_s_words(tmp_path: Path, name: str, message: str) -> None:
    with pytest.raises(UsageError, match=f"f cannot be read: .*{message}"):
        read_text(tmp_path / name, "f")


def test_what_has_no_end_is_no_file_of_settings() -> None:
    with pytest.raises(UsageError, match="f has more than 64 MiB: name the right file"):
        read_text(Path("/dev/zero"), "f")
