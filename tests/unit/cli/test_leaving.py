"""How a command ends: a sentence and a status, and never a status that looks like a verdict."""

import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
import typer
from hypothesis import given
from hypothesis import strategies as st

from passmuster.cli.leaving import AT_WORK, COMPLAINTS, SHOWN_FINDINGS, complain, guarded, printable
from passmuster.domain.errors import (
    EnvironmentFaultError,
    InvalidDatasetError,
    InvalidInputError,
    MissingExtraError,
    RunNotFoundError,
    SchemaVersionError,
    StoreError,
    StoreLockedError,
    UnknownComponentError,
)
from passmuster.domain.findings import Finding, Severity

RESUME = "interrupted; what was finished is kept: go on with the same command and --resume\n"


def raising(error: BaseException) -> int:
    def command() -> None:
        raise error

    return guarded(command)


def findings(number: int) -> list[Finding]:
    return [Finding(rule="rule", severity=Severity.ERROR, message=f"complaint {at}") for at in range(number)]


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (InvalidInputError(findings(1)), 2),
        (InvalidDatasetError(findings(1)), 2),
        (UnknownComponentError("unknown name"), 2),
        (MissingExtraError("needs a package"), 2),
        (RunNotFoundError("no run"), 2),
        (EnvironmentFaultError("disk full"), 3),
        (StoreError("damaged"), 3),
        (StoreLockedError("locked"), 3),
        (SchemaVersionError("too new"), 3),
    ],
)
def test_every_error_of_ours_has_its_status(error: Exception, status: int, capsys: pytest.CaptureFixture[str]) -> None:
    """2 is for the user to mend, 3 for whoever keeps the machine; either way there is a sentence, and no traceback."""
    assert raising(error) == status

    printed = capsys.readouterr()
    assert printed.out == ""
    assert str(error) in printed.err
    assert "Traceback" not in printed.err


@pytest.mark.parametrize(("code", "status"), [(0, 0), (1, 1), (2, 2), (4, 4), (None, 0)])
def test_a_command_that_leaves_by_itself_keeps_its_status(
    code: int | None, status: int, capsys: pytest.CaptureFixture[str]
) -> None:
    """The verdict's status passes through."""
    assert raising(SystemExit(code)) == status
    assert capsys.readouterr().err == ""


def test_a_command_that_ends_is_a_success() -> None:
    """Whatever it returns."""
    assert guarded(lambda: 1) == 0


def test_leaving_with_a_sentence_is_no_verdict(capsys: pytest.CaptureFixture[str]) -> None:
    """Python itself would print it and leave with the status of a failed gate."""
    assert raising(SystemExit("no terminal")) == 3
    assert capsys.readouterr().err == "no terminal\n"


@pytest.mark.parametrize(
    ("command", "interruption", "words"),
    [
        ("run", KeyboardInterrupt(AT_WORK), RESUME),
        ("run", KeyboardInterrupt(), "interrupted\n"),
        ("run --resume", KeyboardInterrupt(), RESUME),
        ("selftest", KeyboardInterrupt(AT_WORK), "interrupted\n"),
        ("run --perturb all", KeyboardInterrupt(AT_WORK), "interrupted\n"),
    ],
)
def test_an_interrupted_run_says_how_to_go_on(
    command: str,
    interruption: KeyboardInterrupt,
    words: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """What had not begun, and other commands, leave nothing behind; all have the status that shells give to it."""
    monkeypatch.setattr(sys, "argv", ["passmuster", *command.split()])

    assert raising(interruption) == 130
    assert capsys.readouterr().err == words


def test_a_bug_is_told_and_its_traceback_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """An uncaught exception must never look like a failed gate."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))

    assert raising(ZeroDivisionError("by \x1b[31mnothing")) == 3

    (path,) = tmp_path.iterdir()
    assert "ZeroDivisionError" in path.read_text(encoding="utf-8")
    assert capsys.readouterr().err.splitlines() == [
        "this is a bug of passmuster, not of your agents: ZeroDivisionError: by \\x1b[31mnothing",
        f"the traceback is in {path}; please report it",
    ]


def test_a_bug_is_told_even_where_nothing_can_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A full disk may be what caused it."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "missing"))

    assert raising(ZeroDivisionError("by nothing")) == 3
    assert "ZeroDivisionError: by nothing" in capsys.readouterr().err


@pytest.mark.parametrize(("number", "lines"), [(1, 1), (SHOWN_FINDINGS, 25), (SHOWN_FINDINGS + 1, 26), (1000, 26)])
def test_complaints_fill_one_screen_at_the_most(number: int, lines: int, capsys: pytest.CaptureFixture[str]) -> None:
    """Each with the rule that the manual explains; the rest is counted."""
    complain(InvalidInputError(findings(number)))

    printed = capsys.readouterr().err.splitlines()
    assert len(printed) == lines
    assert printed[0] == "complaint 0 [rule]"
    if number > SHOWN_FINDINGS:
        assert printed[-1] == f"… and {number - SHOWN_FINDINGS} more of this kind of trouble"


@given(text=st.text())
def test_no_text_can_drive_the_terminal(text: str) -> None:
    """Control characters, overrides of direction and halves of surrogate pairs are shown as escapes."""
    shown = printable(text)

    assert all(character.isprintable() or character in "\n\t" for character in shown)
    assert text.isprintable() <= (shown == text)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[2J", "\\x1b[2J"),
        ("a\u202eb", "a\\u202eb"),
        ("\ud800", "\\ud800"),
        ("é 🐢\n\t", "é 🐢\n\t"),
        ("\r", "\\r"),
    ],
)
def test_what_is_escaped_can_be_recognised(text: str, shown: str) -> None:
    """As Python writes it."""
    assert printable(text) == shown


def command_raising(error: BaseException) -> typer.Typer:
    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)

    @app.command()
    def command() -> None:
        raise error

    return app


@pytest.mark.parametrize(
    ("error", "status", "words"),
    [
        (KeyboardInterrupt(), 130, "interrupted\n"),
        (BrokenPipeError(32, "Broken pipe"), 3, ""),
        (EOFError("no more"), 3, "this is a bug of passmuster, not of your agents: EOFError: no more\n"),
        (typer.Exit(1), 1, ""),
        (typer.Exit(4), 4, ""),
        (InvalidInputError(findings(1)), 2, "complaint 0 [rule]\n"),
    ],
)
def test_what_typer_makes_of_an_exception_is_seen_through(
    error: BaseException, status: int, words: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """It leaves with 1, the status of a failed gate, where the reader has gone or the input has ended."""
    monkeypatch.setattr(sys, "argv", ["passmuster"])

    assert guarded(command_raising(error)) == status
    assert words in capfd.readouterr().err


def test_a_command_line_that_is_wrong_is_an_input_error(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Typer prints what is wrong with it."""
    monkeypatch.setattr(sys, "argv", ["passmuster", "--unknown"])

    assert guarded(command_raising(ZeroDivisionError())) == 2
    assert "--unknown" in capsys.readouterr().err


def test_a_reader_that_has_gone_hears_nothing_more() -> None:
    """As with `head`: not a word to anybody, not even when Python flushes at its end; and no status of a verdict."""
    script = (
        "import sys\n"
        "from passmuster.cli.leaving import guarded\n"
        "def command():\n"
        "    for number in range(100_000):\n"
        "        print(number)\n"
        "sys.exit(guarded(command))\n"
    )

    with subprocess.Popen(  # noqa: S603 - this interpreter, and a script from this file
        [sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        said = process.stderr.read()

    assert (process.returncode, said) == (3, b"")


def test_reasons_are_kept_for_whoever_asks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A later step of a job reads them from a file, a line for each; what is no complaint of ours is not among them."""
    place = tmp_path / "complaints.txt"
    monkeypatch.setenv(COMPLAINTS, str(place))
    told = Finding(rule="rule", severity=Severity.ERROR, message="first\nline \x1b[31m")

    kept = []
    for error in (InvalidInputError([told, told]), StoreError("damaged"), ZeroDivisionError("with a key in it")):
        raising(error)
        kept.append(place.read_text(encoding="utf-8"))

    assert kept == [
        "first line \\x1b[31m [rule]\n" * 2,
        "damaged\n",
        "this is a bug of passmuster, not of your agents: ZeroDivisionError\n",
    ]


def test_a_misspelt_option_is_a_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Typer prints it and leaves; somebody who only reads the file is told as well."""
    monkeypatch.setenv(COMPLAINTS, str(tmp_path / "complaints.txt"))
    monkeypatch.setattr(sys, "argv", ["passmuster", "--no-such-option"])
    app = typer.Typer(pretty_exceptions_enable=False, rich_markup_mode=None)
    app.command()(lambda: None)

    status = guarded(app)

    assert status == 2
    assert "--no-such-option" in (tmp_path / "complaints.txt").read_text(encoding="utf-8")


def test_a_place_that_nobody_can_write_changes_no_status(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The status says already what went wrong."""
    monkeypatch.setenv(COMPLAINTS, str(tmp_path / "nowhere" / "complaints.txt"))

    assert raising(StoreError("damaged")) == 3
