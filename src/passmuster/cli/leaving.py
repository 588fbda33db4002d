"""How a command ends: every error becomes a sentence and an exit status."""

import os
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

from passmuster.domain.errors import (
    EnvironmentFaultError,
    InvalidInputError,
    PassmusterError,
    RunNotFoundError,
    StoreError,
)

INPUT: Final = 2
ENVIRONMENT: Final = 3
INTERRUPTED: Final = 130

AT_WORK: Final = "at work"
"""What an interruption says that came while trials were made."""

COMPLAINTS: Final = "PASSMUSTER_COMPLAINTS"
"""The variable that names a file for the reasons why there is no verdict."""

SHOWN_FINDINGS: Final = 25
"""One screen: more complaints are counted, not printed."""


def guarded(command: Callable[[], object]) -> int:
    """Run a command and return its exit status, whatever happens in it.

    An uncaught exception must never look like a failed gate: its traceback goes to a file, and the status is 3.
    """
    try:
        command()
    except SystemExit as leaving:
        return _left(leaving)
    except KeyboardInterrupt as interruption:
        return _interrupted(interruption)
    except InvalidInputError as error:
        complain(error)
        _keep(_complaints(error))
        return INPUT
    except PassmusterError as error:
        say(f"error: {error}")
        _keep([str(error)])
        is_ours = isinstance(error, StoreError | EnvironmentFaultError) and not isinstance(error, RunNotFoundError)
        return ENVIRONMENT if is_ours else INPUT
    except BrokenPipeError:
        return _unread()
    except Exception as error:  # noqa: BLE001 - the last door: a bug must not look like a verdict
        return _broken(error)
    return 0


def complain(error: InvalidInputError) -> None:
    """Print every complaint about a user's files, up to one screen."""
    for sentence in _complaints(error):
        say(sentence)


def say(sentence: str) -> None:
    """Print one sentence to standard error, without secrets and with control characters made visible."""
    sys.stderr.write(printable(_without_secrets(sentence)) + "\n")


def printable(text: str) -> str:
    """Return a text whose control characters are escaped, so that no file can drive the terminal."""
    return "".join(
        character if character.isprintable() or character in "\n\t" else character.encode("unicode_escape").decode()
        for character in text
    )


def _complaints(error: InvalidInputError) -> Iterator[str]:
    yield from (f"{finding} [{finding.rule}]" for finding in error.findings[:SHOWN_FINDINGS])
    more = len(error.findings) - SHOWN_FINDINGS
    if more > 0:
        yield f"… and {more} more of this kind of trouble"


def _keep(sentences: Iterable[str]) -> None:
    """Write down why a command did not do what it was asked for, where somebody wants to read that afterwards.

    Nobody else could: what users' code prints, which may be secret, stands between our sentences in the log of a job.
    """
    place = os.environ.get(COMPLAINTS)
    if not place:
        return
    lines = [printable(_without_secrets(sentence)).replace("\n", " ") for sentence in sentences]
    # The status says already that something went wrong, and nothing worse may come of it.
    with suppress(OSError, ValueError):
        Path(place).write_text("".join(f"{line}\n" for line in lines), encoding="utf-8", errors="replace")


def _left(leaving: SystemExit) -> int:
    """Return the status of a command that left by itself.

    Typer turns an interrupt, a reader that has gone and the end of input into exits; the latter two have the status
    of a failed gate, so what is behind an exit decides.
    """
    behind: BaseException | None = leaving
    while behind is not None:
        if isinstance(behind, KeyboardInterrupt):
            return _interrupted(behind)
        if isinstance(behind, BrokenPipeError):
            return _unread()
        if isinstance(behind, EOFError):
            return _broken(behind)
        if callable(words := getattr(behind, "format_message", None)):
            # What was wrong with the command line, which Typer has printed.
            _keep([str(words())])
        behind = behind.__cause__ or behind.__context__
    if leaving.code is None or isinstance(leaving.code, int):
        return leaving.code or 0
    # sys.exit("sentence") prints the sentence and has the status of a failed gate.
    say(str(leaving.code))
    _keep([str(leaving.code)])
    return ENVIRONMENT


def _interrupted(interruption: KeyboardInterrupt) -> int:
    # Only a run that had begun leaves anything behind that could be gone on with; one of reworded requests does not.
    has_runs = sys.argv[1:2] in (["run"], ["nightly"])
    is_run = has_runs and not any(word.startswith(("--perturb", "--trace")) for word in sys.argv)
    has_begun = AT_WORK in interruption.args or "--resume" in sys.argv
    kept = "; what was finished is kept: go on with the same command and --resume" if is_run and has_begun else ""
    say(f"interrupted{kept}")
    return INTERRUPTED


def _unread() -> int:
    """Leave quietly: the reader has gone, as `head` does, and nothing is left to say to anybody.

    The status is not 0: whoever asks for it must not read a verdict out of a run that nobody heard.
    """
    with suppress(OSError, ValueError):
        # Python flushes standard output once more at its end, and would complain into the broken pipe.
        silence = os.open(os.devnull, os.O_WRONLY)
        os.dup2(silence, sys.stdout.fileno())
        os.close(silence)
    return ENVIRONMENT


def _broken(error: Exception) -> int:
    # What others' errors repeat may be secret, and is for the log only.
    _keep([f"this is a bug of passmuster, not of your agents: {type(error).__name__}"])
    say(f"this is a bug of passmuster, not of your agents: {type(error).__name__}: {error}")
    try:
        say(f"the traceback is in {_keep_traceback()}; please report it")
    except OSError:
        say(traceback.format_exc())
    return ENVIRONMENT


def _keep_traceback() -> Path:
    with tempfile.NamedTemporaryFile(
        "w", encoding="utf-8", prefix="passmuster-", suffix=".traceback.txt", delete=False
    ) as file:
        # Messages of other people's errors repeat what they were given.
        file.write(_without_secrets(traceback.format_exc()))
        return Path(file.name)


def _without_secrets(text: str) -> str:
    # Nothing has asked for a secret where this has not been loaded, and a sentence is to come at once.
    secrets = sys.modules.get("passmuster.composition.secrets")
    return text if secrets is None else str(secrets.without_secrets(text))
