"""What is asked of the plug-in, on the command line or in the configuration of pytest.

Nothing of passmuster is imported here unless somebody asked for it: every run of pytest reads its options.
"""

from argparse import ArgumentTypeError
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

import pytest

MOST_REPETITIONS: Final = 1000
ACCEPTED: Final = "accepted"
KNOWN: Final = ("xfail", "fail")
SUITE_FILE: Final = "suite.yaml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is asked of the plug-in.

    Attributes:
        baseline: ``accepted``, the path of a baseline, or a git revision.
        repetitions: Trials of each case; ``None`` leaves it to the suite.
        subjects: The subjects whose cases are collected; empty means all.
        report: The folder for reports; ``None`` writes none.
        budget: What may be spent, as it was written; what it does not name is as the suite says.
        fails_on_known: Whether a case fails that was as wrong in the baseline.
        patterns: What files of suites are called.
        folder: Where relative places start.
    """

    baseline: str
    repetitions: int | None
    subjects: tuple[str, ...]
    report: Path | None
    budget: tuple[str, ...]
    fails_on_known: bool
    patterns: tuple[str, ...]
    folder: Path


def add_options(parser: pytest.Parser) -> None:
    """Tell pytest which options there are; each has a value in the configuration as well."""
    group = parser.getgroup("passmuster", "suites of passmuster")
    options: tuple[tuple[str, Literal["string", "linelist"], str, str], ...] = (
        ("baseline", "string", "BASELINE", "Compare with 'accepted' (default), a baseline's file, or a git revision."),
        ("repetitions", "string", "N", "Trials of each case of a subject that varies. Default: the suite's."),
        ("subject", "linelist", "SUBJECT", "Only the cases of this subject; may be repeated."),
        ("report", "string", "DIR", "Write the suite's reports into this folder. Default: none are written."),
        ("budget", "linelist", "AMOUNT", "Spend at most 5.00 (dollars), '200k tokens' or '500 requests'; repeatable."),
        ("known", "string", "xfail|fail", "What a case does that was as wrong in the baseline. Default: xfail."),
    )
    for name, kind, metavar, told in options:
        group.addoption(
            f"--passmuster-{name}",
            action="append" if kind == "linelist" else "store",
            type=_repetitions if name == "repetitions" else str,
            choices=KNOWN if name == "known" else None,
            default=None,
            metavar=metavar,
            help=told,
        )
        parser.addini(f"passmuster_{name}", f"As --passmuster-{name}.", type=kind, default=None)
    parser.addini("passmuster_files", "What files of suites are called.", type="args", default=[SUITE_FILE])


def wish_of(config: pytest.Config) -> Wish:
    """Return what is asked; an option counts before the configuration.

    Raises:
        pytest.UsageError: If that cannot be.
    """
    folder = config.invocation_params.dir
    report, report_folder = config.getoption("--passmuster-report"), folder
    if report is None:
        # What a file of configuration says starts where that file lies.
        report, report_folder = _configured(config, "report"), config.inipath.parent if config.inipath else folder
    known = config.getoption("--passmuster-known") or _configured(config, "known") or KNOWN[0]
    if known not in KNOWN:
        message = f"passmuster_known is {known!r}; write {' or '.join(KNOWN)}"
        raise pytest.UsageError(message)
    return Wish(
        baseline=_baseline(config),
        repetitions=_number(config),
        subjects=_several(config, "subject"),
        report=None if not report else (report_folder / report).absolute(),
        budget=_budget(_several(config, "budget")),
        fails_on_known=known == "fail",
        patterns=tuple(config.getini("passmuster_files")),
        folder=folder,
    )


def _baseline(config: pytest.Config) -> str:
    baseline = config.getoption("--passmuster-baseline")
    if baseline is None:
        baseline = _configured(config, "baseline") or ACCEPTED
    if not baseline or baseline.startswith("-"):
        message = f"--passmuster-baseline is {baseline!r}; write {ACCEPTED!r}, a baseline's file, or a git revision"
        raise pytest.UsageError(message)
    return str(baseline)


def _number(config: pytest.Config) -> int | None:
    number: int | None = config.getoption("--passmuster-repetitions")
    written = _configured(config, "repetitions") if number is None else ""
    if not written:
        return number
    try:
        return _repetitions(written)
    except ArgumentTypeError as error:
        message = f"passmuster_repetitions: {error}"
        raise pytest.UsageError(message) from error


def _repetitions(text: str) -> int:
    if text.isascii() and text.isdecimal() and 1 <= int(text[:5]) <= MOST_REPETITIONS:
        return int(text)
    message = f"{text!r} is no number of repetitions; write one from 1 to {MOST_REPETITIONS}"
    raise ArgumentTypeError(message)


def _budget(texts: tuple[str, ...]) -> tuple[str, ...]:
    if texts:
        from passmuster.configuration.spending import written_cap  # noqa: PLC0415 - see the module's first lines
        from passmuster.domain.errors import InvalidInputError  # noqa: PLC0415 - likewise

        try:
            written_cap(texts)
        except InvalidInputError as error:
            message = f"--passmuster-budget: {error}"
            raise pytest.UsageError(message) from error
    return texts


def _several(config: pytest.Config, name: str) -> tuple[str, ...]:
    given = config.getoption(f"--passmuster-{name}")
    return tuple(given if given is not None else config.getini(f"passmuster_{name}") or ())


def _configured(config: pytest.Config, name: str) -> str:
    return str(config.getini(f"passmuster_{name}") or "")
