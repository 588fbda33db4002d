"""The commands `cache size`, `prune`, `clear` and `why`."""

import asyncio
import sqlite3
from collections.abc import Collection, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from rich.table import Table

from passmuster.application.planning import plan_trials
from passmuster.cli.confirming import confirmed
from passmuster.cli.console import safe, terminal
from passmuster.cli.opening import opened
from passmuster.cli.printing import print_json
from passmuster.composition.answers import introduction_of, oldest_answer
from passmuster.composition.building import Workbench
from passmuster.composition.probing import Probe, Wanted
from passmuster.configuration.settings import Settings
from passmuster.domain.answers import Asked, Completion
from passmuster.domain.errors import EnvironmentFaultError, InvalidConfigurationError
from passmuster.domain.findings import Finding, Severity
from passmuster.policies.answer_file import FILE, open_answers
from passmuster.policies.cache_contents import Explanation, Shelf, explain, shelves
from passmuster.policies.cache_contents import prune as taken_out
from passmuster.policies.caching import question_of
from passmuster.policies.kept_answers import KeptAnswers

MEGABYTE = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Pruning:
    """Which answers are to go.

    Attributes:
        older_than: Those made more than so many days ago.
        larger_than: As many as are needed for the rest to have so many megabytes.
        as_json: Whether a machine reads the result.
    """

    older_than: float | None
    larger_than: float | None
    as_json: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked about.

    Attributes:
        case: The identifier of a case.
        only: The subjects; empty means all.
        as_json: Whether a machine reads the result.
    """

    case: str
    only: Collection[str]
    as_json: bool


def show_size(suite: str | None, *, as_json: bool) -> int:
    """Say what is kept."""
    file = _file(suite)
    found: tuple[Shelf, ...] = ()
    if file.is_file():
        with _opened(file) as connection:
            found = shelves(connection)
    size = sum(part.stat().st_size for part in _files(file))
    if as_json:
        print_json({"file": str(file), "bytes": size, "backends": [_plain(shelf) for shelf in found]})
        return 0
    console = terminal()
    answers = sum(shelf.answers for shelf in found)
    console.print(safe(f"{answers:,} answers, {_megabytes(size)}, in {file}"), soft_wrap=True)
    if found:
        console.print(_table(found))
    return 0


def prune(suite: str | None, wish: Pruning) -> int:
    """Take answers out by age or by size."""
    if wish.older_than is None and wish.larger_than is None:
        finding = Finding(
            rule="nothing-to-prune",
            severity=Severity.ERROR,
            message="nothing says which answers are to go",
            hint="write --older-than DAYS or --larger-than MEGABYTES; `passmuster cache clear` takes out all",
        )
        raise InvalidConfigurationError([finding])
    before = None if wish.older_than is None else datetime.now(UTC) - timedelta(days=wish.older_than)
    size = None if wish.larger_than is None else int(wish.larger_than * MEGABYTE)
    return _taken_out(_file(suite), before=before, size=size, as_json=wish.as_json)


def clear(suite: str | None, *, is_sure: bool, as_json: bool) -> int:
    """Take every answer out."""
    file = _file(suite)
    question = f"Take every answer out of {str(file)!r}? What is needed again must be paid for again."
    if not confirmed(question, is_told=is_sure, can_ask=not as_json):
        return 0
    return _taken_out(file, before=None, size=0, as_json=as_json)


def why(suite: str | None, question: Question) -> int:
    """Say of each request of a case whether its answer is kept, and otherwise what changed."""
    with opened(suite) as bench:
        found = _explained(bench, question)
        if question.as_json:
            print_json({"case": question.case, "requests": [_told(wanted, reason) for wanted, reason in found]})
            return 0
        console = terminal()
        if not found:
            console.print("none of its requests goes to a service: nothing of it is kept")
        for wanted, reason in found:
            console.print(safe(_heading(wanted)), style="bold")
            for line in _sentences(reason):
                console.print(safe(f"  {line}"), soft_wrap=True)
        return 0


def _explained(bench: Workbench, question: Question) -> Sequence[tuple[Wanted, Explanation]]:
    cases = [case for case in bench.cases if case.identifier == question.case]
    if not cases:
        finding = Finding(
            rule="unknown-case",
            severity=Severity.ERROR,
            message=f"the suite has no case {question.case!r}",
            hint="`passmuster dataset describe` lists its datasets",
        )
        raise InvalidConfigurationError([finding])
    answers = bench.live.answers
    if answers is None:
        finding = Finding(
            rule="no-cache",
            severity=Severity.ERROR,
            message="this suite keeps no answers",
            hint="take 'cache: false' out of it",
            location=bench.location("cache"),
        )
        raise InvalidConfigurationError([finding])
    probe = Probe(look=lambda wanted: _kept(answers, wanted))
    probe.take_over(bench)
    subjects = bench.subjects(question.only)
    plans = plan_trials(subjects, cases, bench.roster, repetitions=bench.configuration.repetitions)
    oldest = oldest_answer(bench.configuration.cache, bench.clock.now())
    # Opened first: a file that cannot be used is complained of once.
    with _opened(bench.answers_location) as connection:
        asyncio.run(probe.probe(bench, subjects, tuple(plans)))
        asked = {(wanted.backend, wanted.request.fingerprint): wanted for wanted in probe.wanted if wanted.is_live}
        return [
            (
                wanted,
                explain(
                    connection,
                    question_of(wanted.part.fingerprint, wanted.request),
                    introduction_of(wanted.backend, wanted.part),
                    oldest=oldest,
                ),
            )
            for wanted in asked.values()
        ]


def _kept(answers: KeptAnswers, wanted: Wanted) -> Completion | None:
    return answers.find(question_of(wanted.part.fingerprint, wanted.request)) if wanted.is_live else None


def _heading(wanted: Wanted) -> str:
    what = "choosing" if wanted.stage is Asked.ROUTING else f"writing as {wanted.plan.assigned or 'the agent chosen'}"
    return f"{wanted.plan.key.subject}, repetition {wanted.request.repetition}, {what}, asks {wanted.backend}:"


def _sentences(reason: Explanation) -> Iterator[str]:
    if reason.made is None:
        yield "not kept, and nothing near it is"
    elif not reason.differences:
        yield f"kept since {reason.made:%Y-%m-%d %H:%M} UTC"
    else:
        yield f"not kept; the nearest answer, of {reason.made:%Y-%m-%d %H:%M} UTC, differs in:"
        for difference in reason.differences:
            yield f"* {difference.part}"
            yield from (f"    {line}" for line in difference.told)


def _told(wanted: Wanted, reason: Explanation) -> dict[str, object]:
    return {
        "subject": wanted.plan.key.subject,
        "repetition": wanted.request.repetition,
        "stage": "routing" if wanted.stage is Asked.ROUTING else "completion",
        "backend": wanted.backend,
        "request": wanted.request.fingerprint,
        "kept": reason.made is not None and not reason.differences,
        "made": None if reason.made is None else reason.made.isoformat(),
        "differences": {difference.part: list(difference.told) for difference in reason.differences},
    }


def _file(suite: str | None) -> Path:
    if suite is None:
        return Settings().cache / FILE
    with opened(suite) as bench:
        return bench.answers_location


def _files(file: Path) -> Iterator[Path]:
    parts = (file.with_name(file.name + ending) for ending in ("", "-wal"))
    return (part for part in parts if part.is_file())


@contextmanager
def _opened(file: Path) -> Iterator[sqlite3.Connection]:
    try:
        with closing(open_answers(file)) as connection:
            yield connection
    except sqlite3.Error as error:
        message = f"the kept answers in {str(file)!r} cannot be used: {error}"
        raise EnvironmentFaultError(message, hint="wait for whoever uses them, or delete the file") from error


def _taken_out(file: Path, *, before: datetime | None, size: int | None, as_json: bool) -> int:
    gone = 0
    if file.is_file():
        with _opened(file) as connection:
            gone = taken_out(connection, before=before, size=size)
    left = sum(part.stat().st_size for part in _files(file))
    if as_json:
        print_json({"file": str(file), "removed": gone, "bytes": left})
    else:
        terminal().print(
            safe(f"{gone:,} answers taken out of {file}, which has {_megabytes(left)} now"), soft_wrap=True
        )
    return 0


def _table(found: Sequence[Shelf]) -> Table:
    table = Table(box=None, pad_edge=False)
    for heading in ("backend", "asks", "answers", "size", "oldest", "newest", "last used"):
        table.add_column(heading, overflow="fold", justify="right" if heading in {"answers", "size"} else "left")
    for shelf in found:
        days = (f"{moment:%Y-%m-%d}" for moment in (shelf.oldest, shelf.newest, shelf.used))
        name, asks = str(shelf.told.get("name", "?")), _asks(shelf)
        table.add_row(*map(safe, (name, asks, f"{shelf.answers:,}", _megabytes(shelf.size), *days)))
    return table


def _asks(shelf: Shelf) -> str:
    options = shelf.told.get("options")
    model = options.get("model") if isinstance(options, dict) else None
    return ", ".join(str(item) for item in (shelf.told.get("use"), model) if item)


def _plain(shelf: Shelf) -> dict[str, object]:
    return {
        "identity": shelf.identity,
        "name": shelf.told.get("name"),
        "use": shelf.told.get("use"),
        "options": shelf.told.get("options"),
        "answers": shelf.answers,
        "bytes": shelf.size,
        "oldest": shelf.oldest.isoformat(),
        "newest": shelf.newest.isoformat(),
        "used": shelf.used.isoformat(),
    }


def _megabytes(size: int) -> str:
    return f"{size / MEGABYTE:,.1f} MB" if size >= MEGABYTE / 10 else f"{size / 1000:,.1f} kB"
