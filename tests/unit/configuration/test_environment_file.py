"""Files of variables."""

from pathlib import Path

import pytest

from passmuster.configuration.environment_file import read_environment_file
from passmuster.domain.errors import InvalidConfigurationError


def test_lines_are_read_as_they_stand(tmp_path: Path) -> None:
    """What looks like a reference in a key is a part of the key."""
    path = tmp_path / ".env"
    path.write_text(
        "\ufeff# keys\nA=one\nexport B='two words # and a mark'\n\nC=\"${A}\" # a remark\nD=\nE\nA=last\n",
        encoding="utf-8",
    )

    assert read_environment_file(path) == {"A": "last", "B": "two words # and a mark", "C": "${A}"}


def test_lines_that_cannot_be_read_are_named_without_what_is_on_them(tmp_path: Path) -> None:
    """They may hold a secret; all of them are named at once."""
    path = tmp_path / ".env"
    path.write_text("A=one\n\nMY KEY = made-up-key\n=made-up-key\n", encoding="utf-8")

    with pytest.raises(InvalidConfigurationError) as caught:
        read_environment_file(path)

    assert [finding.location.line for finding in caught.value.findings if finding.location] == [3, 4]
    assert "made-up-key" not in str(caught.value)


@pytest.mark.parametrize(
    ("content", "words"),
    [(None, "cannot be read"), (b"A=\xff\xfe made-up-key", "is not UTF-8"), (b"A=1\n" * 400_000, "larger than 1 MiB")],
)
def test_file_that_cannot_be_read_is_refused(tmp_path: Path, content: bytes | None, words: str) -> None:
    """It was named on purpose, so that to go on without it would only fail later."""
    path = tmp_path / ".env"
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(InvalidConfigurationError, match=words) as caught:
        read_environment_file(path)

    assert "made-up-key" not in repr(caught.value.__cause__)
    assert caught.value.__cause__ is None or isinstance(caught.value.__cause__, FileNotFoundError)
