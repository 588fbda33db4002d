"""A suite's file as tests: one for each subject and case, and one for the gate."""

import os
import re
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import pytest

from passmuster.application.picking import Picked
from passmuster.domain.cases import Case
from passmuster.domain.errors import InvalidConfigurationError, PassmusterError
from passmuster.domain.reports import CaseReport, Report
from passmuster.domain.values import CaseIdentifier, SubjectName
from passmuster.domain.verdicts import GateOutcome
from passmuster.pytest_plugin.case_outcomes import State, outcome_of
from passmuster.pytest_plugin.session import MARKS, MISTAKES, OPEN
from passmuster.pytest_plugin.sharing import RefusedError, complaints_of
from passmuster.pytest_plugin.suites import OpenSuite, picked_of
from passmuster.pytest_plugin.telling import Again, case_text, gate_text, visible, visible_lines

GATE: Final = "gate"
MARK: Final = "passmuster"
_NO_MARK = re.compile(r"[^\w+.\-\[\]/]")
_OUR_KEYS = re.compile(r"^(roster|datasets|subjects)\s*:", re.MULTILINE)
_LOOKED_AT: Final = 1024 * 1024


_Failed: Any = pytest.fail.Exception


class _ToldError(_Failed):  # type: ignore[misc]  # pytest tells no type for what it lets others raise
    """Something that pytest shows as our own sentences, without a traceback through our code."""

    def __init_subclass__(cls) -> None:
        """Let the name alone stand in the summary before the sentence."""
        super().__init_subclass__()
        cls.__module__ = "builtins"

    def __init__(self, message: str) -> None:
        """Take what people read."""
        super().__init__(message, pytrace=False)


class CaseWrongError(_ToldError):
    """An agent was chosen wrongly, or wrote what does not pass."""


class GateFailedError(_ToldError):
    """The gate does not pass."""


class UnmeasuredError(_ToldError):
    """The harness failed, or there is too little to tell; nobody's agent is to blame."""


def looks_like_suite(path: Path) -> bool:
    """Whether a file is one of ours; other tools call theirs suite.yaml as well."""
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            return _OUR_KEYS.search(file.read(_LOOKED_AT)) is not None
    except OSError:
        return False


class SuiteFile(pytest.File):
    """A suite's file."""

    _suite: OpenSuite | None = None

    @property
    def suite(self) -> OpenSuite:
        """The suite, once it was collected."""
        assert self._suite is not None  # noqa: S101 - there are no tests of a file that nobody has collected
        return self._suite

    def collect(self) -> Iterator[pytest.Item | pytest.Collector]:
        """Yield the subjects and the gate, after everything has been checked."""
        suites = self.config.stash[OPEN]
        try:
            # Named as a command in this folder would be told it, since complaints repeat it.
            self._suite = suites.suite(_from(suites.wish.folder, self.path))
            self.suite.check()
        except PassmusterError as error:
            raise self.CollectError(visible_lines(complaints_of(error))) from error
        try:
            self.suite.refuse_unknown_revision()
        except InvalidConfigurationError as error:
            mistake = f"--passmuster-baseline is neither 'accepted' nor a file, and {complaints_of(error)}"
            self.config.stash[MISTAKES].append(mistake)
            return
        for name in self.suite.subjects:
            yield SubjectCases.from_parent(self, name=name)
        if self.suite.subjects:
            yield GateItem.from_parent(self, name=GATE)

    @cached_property
    def picked(self) -> Picked:
        """The cases that are tested in this session."""
        own = (item for item in self.session.items if isinstance(item, CaseItem) and item.suite is self.suite)
        return picked_of((item.subject, item.case.identifier) for item in own)

    @cached_property
    def report(self) -> Report:
        """The results of the cases that are tested, which are asked for now; of all where the gate alone is tested.

        Raises:
            RefusedError: If the suite cannot be run.
        """
        return self.suite.report(self.picked or self.suite.everything)

    @cached_property
    def cases(self) -> Mapping[tuple[SubjectName, CaseIdentifier], CaseReport]:
        """The results by subject and case."""
        return {(item.subject, item.case.identifier): item for item in self.report.cases}


class SubjectCases(pytest.Collector):
    """The cases of one subject."""

    def collect(self) -> Iterator[pytest.Item]:
        """Yield a test for each case, in the order of the datasets."""
        for case in _file_of(self).suite.bench.cases:
            yield CaseItem.from_parent(self, name=case.identifier, case=case)


class SuiteItem(pytest.Item):
    """A test whose result comes from the run of a suite."""

    def __init__(self, **arguments: Any) -> None:  # noqa: ANN401 - what pytest gives its nodes
        """Take what every node has."""
        super().__init__(**arguments)
        self.file = _file_of(self)
        self.suite = self.file.suite
        self.mark(MARK, "a test that a suite of passmuster makes")

    def mark(self, name: str, told: str = "from a case of passmuster") -> None:
        """Put a mark on the test, which is made known first: who is strict about marks asked for no suite's."""
        known = self.config.stash[MARKS]
        if name not in known:
            known.add(name)
            self.config.addinivalue_line("markers", f"{name}: {told}")
        self.add_marker(getattr(pytest.mark, name))

    @property
    def again(self) -> Again:
        """How to see it again."""
        file = os.path.relpath(self.file.path, self.config.invocation_params.dir)
        names = str(self.nodeid).partition("::")[2]
        return Again(suite=str(self.suite.bench.suite), node=f"{file}::{names}")

    def setup(self) -> None:
        """Have the suite run, unless it has been.

        Raises:
            UnmeasuredError: If the suite cannot be run, which pytest shows as an error and not as a failure.
        """
        try:
            report = self.file.report
        except RefusedError as error:
            raise UnmeasuredError(visible_lines(str(error))) from error
        properties = {"passmuster_suite": report.manifest.suite, "passmuster_run": report.manifest.identifier}
        if self.suite.wish.report is not None:
            properties["passmuster_report"] = str(self.suite.report_folder)
        self.user_properties += [pair for pair in properties.items() if pair not in self.user_properties]


class CaseItem(SuiteItem):
    """One case of one subject."""

    def __init__(self, *, case: Case, **arguments: Any) -> None:  # noqa: ANN401 - what pytest gives its nodes
        """Take the case, and what every node has."""
        super().__init__(**arguments)
        self.case = case
        self.subject = SubjectName(self.parent.name if self.parent is not None else "")
        for name in _marks(case):
            self.mark(name)
        self._quarantine()

    def setup(self) -> None:
        """Have the suite run, unless it has been.

        Raises:
            UnmeasuredError: If the harness failed, which pytest shows as an error and not as a failure.
        """
        super().setup()
        outcome = outcome_of(self.result)
        if outcome.state is State.UNMEASURED:
            sentence = f"the harness failed, which says nothing of the agents: {visible(outcome.sentence)}"
            message = f"{sentence}\n{case_text(self.result, self.again)}"
            raise UnmeasuredError(message)

    @property
    def result(self) -> CaseReport:
        """What happened."""
        return self.file.cases[self.subject, self.case.identifier]

    def runtest(self) -> None:
        """Say what became of the case.

        Raises:
            CaseWrongError: If it is wrong.
        """
        outcome = outcome_of(self.result)
        sentence = visible(outcome.sentence)
        match outcome.state:
            case State.KNOWN if not self.suite.wish.fails_on_known:
                pytest.xfail(sentence)
            case State.FLAKY:
                pytest.xfail(sentence)
            case State.LEFT_OUT:
                pytest.skip(sentence)
        # With --runxfail nothing above has ended the test.
        if outcome.state in {State.WRONG, State.KNOWN, State.FLAKY}:
            message = f"{sentence}\n{case_text(self.result, self.again)}"
            raise CaseWrongError(message)

    def reportinfo(self) -> tuple["os.PathLike[str] | str", int | None, str]:
        """Return where the case is written."""
        source = self.case.source
        name = f"{self.subject}::{self.name}"
        if source is None or source.line is None:
            return self.path, None, name
        return Path(source.path).absolute(), source.line - 1, name

    def _quarantine(self) -> None:
        covering = (
            one for one in self.suite.bench.policy.quarantines if one.covers(self.subject, self.case.identifier)
        )
        entry = next(covering, None)
        if entry is not None:
            why = f": {entry.reason}" if entry.reason else ""
            reason = visible(f"in quarantine until {entry.expires}, {entry.owner} is to mend it{why}")
            self.add_marker(pytest.mark.xfail(reason=reason, raises=CaseWrongError, strict=False))


class GateItem(SuiteItem):
    """The gate of a suite."""

    def __init__(self, **arguments: Any) -> None:  # noqa: ANN401 - what pytest gives its nodes
        """Take what every node has."""
        super().__init__(**arguments)
        self.mark("passmuster_gate", "the gate of a suite of passmuster")

    def setup(self) -> None:
        """Have the suite run, unless it has been.

        Raises:
            UnmeasuredError: If the gate cannot tell, which pytest shows as an error and not as a failure.
        """
        picked, everything = self.file.picked, self.suite.everything
        if picked and not self.suite.is_whole(picked):
            counts = f"{sum(map(len, picked.values()))} of {sum(map(len, everything.values()))}"
            pytest.skip(f"the gate judges the whole suite, and {counts} tests of cases were selected")
        super().setup()
        verdict = self.file.report.verdict
        self.user_properties.append(("passmuster_verdict", verdict.outcome.value))
        if verdict.outcome is GateOutcome.INCONCLUSIVE:
            raise UnmeasuredError(gate_text(self.file.report, self.again))

    def runtest(self) -> None:
        """Say what the gate says.

        Raises:
            GateFailedError: If it failed.
        """
        if self.file.report.verdict.outcome is GateOutcome.FAILED:
            raise GateFailedError(gate_text(self.file.report, self.again))

    def reportinfo(self) -> tuple["os.PathLike[str] | str", int | None, str]:
        """Return where the suite is written."""
        return self.path, None, self.name


def refuse_mistakes(config: pytest.Config) -> None:
    """Refuse options of which it showed only now that they mean nothing.

    Raises:
        pytest.UsageError: Naming all of them.
    """
    suites = config.stash[OPEN]
    known = suites.known_subjects
    # Without a suite that could be read, there are complaints enough.
    unknown = [name for name in suites.wish.subjects if name not in known] if known else []
    mistakes = [
        f"--passmuster-subject: no suite here has {name!r}; known: {', '.join(sorted(known))}" for name in unknown
    ]
    found: list[str] = config.stash[MISTAKES]
    if mistakes or found:
        raise pytest.UsageError(visible_lines("\n".join(dict.fromkeys([*mistakes, *found]))))


def _file_of(node: pytest.Item | pytest.Collector) -> SuiteFile:
    file = node.getparent(SuiteFile)
    assert file is not None  # noqa: S101 - our nodes are made for no other file
    return file


def _from(folder: Path, path: Path) -> Path:
    is_near = path.is_relative_to(folder) and folder == Path.cwd()
    return path.relative_to(folder) if is_near else path


def _marks(case: Case) -> Iterator[str]:
    """Yield what `-m` can ask for; with a word before each, so that no tag is taken for a mark of somebody else's."""
    yield f"stratum_{case.stratum}"
    yield f"split_{_NO_MARK.sub('_', case.split)}"
    yield from (f"tag_{_NO_MARK.sub('_', tag)}" for tag in sorted(case.tags))
    preferred = case.expectation.preferred
    yield "agent_nobody" if preferred is None else f"agent_{_NO_MARK.sub('_', preferred)}"
    if case.is_critical:
        yield "passmuster_critical"
    if case.is_control:
        yield "passmuster_control"
