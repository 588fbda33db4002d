"""Signs where there is no Unicode."""

import io
import sys

import pytest

from passmuster.cli import characters
from passmuster.cli.characters import STAND_INS, is_ascii_wanted, plain, settle


@pytest.mark.parametrize(
    ("environment", "is_wanted"),
    [
        ({}, False),
        ({"LANG": "C.UTF-8"}, False),
        ({"LANG": "C", "LC_CTYPE": "C.UTF-8"}, True),
        ({"LANG": "POSIX"}, True),
        ({"LC_ALL": "C", "LANG": "de_DE.UTF-8"}, True),
        ({"LC_ALL": "de_DE.UTF-8", "LANG": "C"}, False),
        ({"LC_CTYPE": "de_DE.UTF-8", "LANG": "C"}, False),
        ({"LC_ALL": "C", "PYTHONIOENCODING": "utf-8"}, False),
    ],
)
def test_a_locale_that_is_chosen_counts(environment: dict[str, str], *, is_wanted: bool) -> None:
    """C and POSIX ask for ASCII, unless another variable says more; no locale asks for nothing."""
    assert is_ascii_wanted(environment) is is_wanted


@pytest.mark.parametrize(
    ("encoding", "written"),
    [("ascii", b"+ caf\\xe9 -> \\udc80"), ("latin-1", b"+ caf\xe9 -> \\udc80"), ("utf-8", "✔ café → \\udc80".encode())],
)
def test_whatever_is_printed_is_written(monkeypatch: pytest.MonkeyPatch, encoding: str, written: bytes) -> None:
    """Our signs have stand-ins, others are spelled out, and what no encoding takes stops nothing."""
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding=encoding))
    monkeypatch.setattr(characters, "is_ascii_wanted", lambda _environment: False)

    settle()
    sys.stdout.write("✔ café → \udc80")
    sys.stdout.flush()

    assert raw.getvalue() == written


def test_every_stand_in_is_ascii() -> None:
    """What stands for a sign can be written everywhere."""
    assert plain("".join(STAND_INS)).isascii()
