"""Runs pytest over an answer's tests, in the process that nobody trusts, and tells what happens as it happens."""

import os
import sys
from collections.abc import Generator, Iterable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import coverage
import pytest

from .django_tests import DjangoDatabases
from .untrusted import Pipe, end_process

_LONGEST: Final = 400


@dataclass(frozen=True)
class Session:
    """What to run.

    Attributes:
        folder: The folder with the answer's files, from which paths count.
        roots: Where imports begin, the most important first, relative to the folder.
        targets: The files with tests.
        arguments: Further arguments of pytest.
        plugins: Modules of installed plug-ins to load.
        environment: Variables that are set before anything of the answer is imported.
        measures: Whether to measure what is executed.
        has_databases: Whether test databases of Django are to be made.
        has_greenlets: Whether the code may run in greenlets.
    """

    folder: Path
    roots: tuple[str, ...]
    targets: tuple[str, ...]
    arguments: tuple[str, ...] = ()
    plugins: tuple[str, ...] = ()
    environment: Mapping[str, str] | None = None
    measures: bool = True
    has_databases: bool = False
    has_greenlets: bool = False

    def __call__(self, pipe: Pipe) -> None:
        """Run the tests; the last message is ``end``, and without it the report is missing."""
        os.chdir(self.folder)
        sys.path[:0] = [str(self.folder / root) for root in self.roots]
        os.environ.update({"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", **(self.environment or {})})
        os.environ.pop("PYTEST_ADDOPTS", None)
        _watch_for_ends(pipe, self.folder)
        measuring = _Measuring(self, pipe) if self.measures else None
        plugins: list[object] = [Recorder(pipe, self.folder)]
        if self.has_databases:
            plugins.append(DjangoDatabases())
        status = pytest.main([*self._arguments(), *self.targets], plugins=plugins)
        if measuring is not None:
            measuring.end()
        pipe.tell("end", status=int(status))

    def _arguments(self) -> Iterable[str]:
        yield from (
            "-c",
            os.devnull,
            "--rootdir",
            str(self.folder),
            "-p",
            "no:cacheprovider",
            "-p",
            "no:terminalreporter",
        )
        yield from ("--continue-on-collection-errors", "--tb=short", "-W", "ignore")
        yield from (part for plugin in self.plugins for part in ("-p", plugin))
        yield from self.arguments


class Recorder:
    """A plug-in of pytest that tells each outcome at once, and what the test itself did beside what is reported."""

    def __init__(self, pipe: Pipe, folder: Path) -> None:
        self._tell = pipe.tell
        self._folder = folder
        self._raised: dict[str, bool] = {}

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Tell of a file that could not be collected."""
        if report.outcome == "failed":
            line, message = place_of(report.longrepr, report.nodeid)
            self._tell("unreadable", file=report.nodeid, line=line, message=message)
        elif report.outcome == "skipped":
            self._tell("left_out", file=report.nodeid, message=_shortened(str(report.longrepr)))

    @pytest.hookimpl(trylast=True)
    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Tell which tests are left after all hooks."""
        self._tell("collected", tests=[item.nodeid for item in session.items])

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        """Tell that a test begins."""
        self._tell("start", test=nodeid)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Generator[None, object, object]:
        """Note whether the test itself raised something, whatever is reported afterwards."""
        try:
            return (yield)
        except pytest.skip.Exception:
            raise
        except BaseException:
            self._raised[item.nodeid] = True
            raise

    @pytest.hookimpl(trylast=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Tell the outcome of one phase of a test."""
        outcome = report.outcome
        is_expected = hasattr(report, "wasxfail")
        raised = report.when == "call" and self._raised.pop(report.nodeid, False)
        line, message = (0, "")
        if outcome == "failed":
            line, message = place_of(report.longrepr, report.nodeid)
        elif outcome == "skipped":
            message = _reason_of(report)
        self._tell(
            "test",
            test=report.nodeid,
            when=report.when,
            is_part=type(report) is not pytest.TestReport,
            outcome="expected" if is_expected else outcome,
            raised=raised,
            line=line,
            message=message,
        )


def place_of(representation: object, test: str) -> tuple[int, str]:
    """Return the line in the test's own file where a failure came about, and the last line of its message."""
    crash = getattr(representation, "reprcrash", None)
    message = str(getattr(crash, "message", "") or representation)
    lines = [line.removeprefix("E ").strip() for line in message.splitlines() if line.strip()]
    entries = getattr(getattr(representation, "reprtraceback", None), "reprentries", ())
    file = test.partition("::")[0]
    places = [entry.reprfileloc for entry in entries if getattr(entry, "reprfileloc", None) is not None]
    here = [place.lineno for place in places if str(place.path).replace(os.sep, "/").endswith(file)]
    first = next((line for line in lines if not line.startswith(("assert", "+", "where"))), "")
    told = lines[-1] if lines and crash is None else (first or (lines[0] if lines else ""))
    return (here[-1] if here else int(getattr(crash, "lineno", 0) or 0)), _shortened(told)


def _reason_of(report: pytest.TestReport) -> str:
    representation = report.longrepr
    reason = representation[2] if isinstance(representation, tuple) else getattr(report, "wasxfail", "")
    return _shortened(str(reason))


def _shortened(text: str) -> str:
    text = " ".join(text.encode("utf-8", "backslashreplace").decode().split())
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def _watch_for_ends(pipe: Pipe, folder: Path) -> None:
    """Have it told who ends the process in the middle of everything; a child that was forked may."""
    own = os.getpid()

    def told_end(status: int) -> None:
        if os.getpid() == own:
            frame = sys._getframe(1)  # noqa: SLF001 - whoever called
            pipe.tell(
                "ended", file=frame.f_code.co_filename.removeprefix(f"{folder}/"), line=frame.f_lineno, status=status
            )
        end_process(status)

    os._exit = told_end  # type: ignore[assignment] # it never returns, as the function that it stands for


class _Measuring:
    """Measures which lines are executed, out of the reach of a plain ``import coverage``."""

    def __init__(self, session: Session, pipe: Pipe) -> None:
        self._pipe = pipe
        self._hidden: dict[str, Any] = {}
        concurrency = ["thread", "greenlet"] if session.has_greenlets else ["thread"]
        self._coverage = coverage.Coverage(
            data_file=None,
            branch=True,
            config_file=False,
            include=[f"{session.folder}/*"],
            concurrency=concurrency,
            messages=False,
        )
        with _kept_greenlets() if session.has_greenlets else nullcontext():
            self._coverage.start()
        self._hide()
        self._hook = _TellsImports(pipe)
        sys.addaudithook(self._hook)

    def end(self) -> None:
        """Stop, and tell what was executed."""
        self._hook.is_over = True
        sys.modules.update(self._hidden)
        self._coverage.stop()
        data = self._coverage.get_data()
        for file in sorted(data.measured_files()):
            self._pipe.tell("executed", file=file, arcs=data.arcs(file) or [])

    def _hide(self) -> None:
        names = [name for name in sys.modules if name.partition(".")[0] == "coverage"]
        self._hidden = {name: sys.modules.pop(name) for name in names}


@contextmanager
def _kept_greenlets() -> Iterator[None]:
    """Let what is measured from within here on keep every greenlet that it meets.

    Python 3.11 repeats the first instruction of a traced function for ever if it is called from a pending call while
    another is due, and greenlets of a thread that has ended are freed by a pending call: that calls a traced function
    for each of which only weak references are left.
    """
    greenlet: Any = import_module("greenlet")
    plain = greenlet.getcurrent
    kept: set[object] = set()

    def current() -> object:
        found = plain()
        kept.add(found)
        return found

    greenlet.getcurrent = current
    try:
        yield
    finally:
        greenlet.getcurrent = plain


class _TellsImports:
    """An audit hook, which nothing can take out again: tells who imports the measuring anew."""

    def __init__(self, pipe: Pipe) -> None:
        self._pipe = pipe
        self.is_over = False

    def __call__(self, event: str, arguments: tuple[object, ...]) -> None:
        if event == "import" and not self.is_over and str(arguments[0]).partition(".")[0] == "coverage":
            self.is_over = True
            self._pipe.tell("tampered", what="coverage")
