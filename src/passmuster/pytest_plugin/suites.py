"""Suites that a session of tests has opened: checked when they are collected, run when a result is first wanted."""

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TypeVar

from passmuster.analysis.reporting import report_of
from passmuster.application.adapting import Measured
from passmuster.application.curating import refuse_unknown_agents, refuse_unusable
from passmuster.application.evaluating import EvaluateSuite, SuiteParts
from passmuster.application.pairing import EvaluatePair
from passmuster.application.picking import Picked, only_picked, picked_parts
from passmuster.application.planning import PlannedSubject
from passmuster.application.quarantining import Quarantines, refuse_unknown_quarantines
from passmuster.composition.building import Workbench
from passmuster.composition.counterparts import accepted_baseline, former_agents, opened_at, parts_at
from passmuster.composition.reporters import named_formats, reporters_of, usual_formats
from passmuster.configuration.settings import Settings
from passmuster.configuration.spending import written_cap
from passmuster.domain.errors import InvalidConfigurationError, InvalidInputError
from passmuster.domain.findings import Finding
from passmuster.domain.observations import Snapshot
from passmuster.domain.reports import Report
from passmuster.domain.results import Trial
from passmuster.domain.values import CaseIdentifier, RunIdentifier, SubjectName, fingerprint_of
from passmuster.pytest_plugin.options import ACCEPTED, Wish
from passmuster.pytest_plugin.sharing import Made, Sharing

WHO = "pytest"

ValueT = TypeVar("ValueT")


class Loop:
    """One event loop for a whole session: what live backends keep open belongs to a loop."""

    def __init__(self) -> None:
        """Begin with a loop that nothing has run in."""
        # With a factory of its own, the loop is nobody's default, and no other plug-in meets it.
        self._runner = asyncio.Runner(loop_factory=asyncio.new_event_loop)

    def run(self, work: Callable[[], Coroutine[None, None, ValueT]]) -> ValueT:
        """Do some work to its end, from a test that is asynchronous as well."""
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            return self._runner.run(work())
        # A thread has room for one running loop.
        with ThreadPoolExecutor(max_workers=1) as beside:
            return beside.submit(lambda: self._runner.run(work())).result()

    def close(self) -> None:
        """Close the loop."""
        self._runner.close()


@dataclass(frozen=True, kw_only=True)
class OpenSuite:
    """A suite that tests are made of.

    Attributes:
        bench: Its parts.
        wish: What is asked of the plug-in.
        loop: Where everything asynchronous is done.
        sharing: What other processes know.
    """

    bench: Workbench
    wish: Wish
    loop: Loop
    sharing: Sharing

    @property
    def subjects(self) -> tuple[SubjectName, ...]:
        """The subjects that are asked for, in the suite's order."""
        known = self.bench.configuration.subjects
        return tuple(SubjectName(name) for name in known if not self.wish.subjects or name in self.wish.subjects)

    @property
    def everything(self) -> Picked:
        """Every case of every subject that is asked for."""
        return dict.fromkeys(self.subjects, tuple(case.identifier for case in self.bench.cases))

    @cached_property
    def baseline_file(self) -> Path | None:
        """The file of the baseline; ``None`` if a git revision is compared with."""
        if self.wish.baseline == ACCEPTED:
            return self.bench.baseline_location
        named = self.wish.folder / self.wish.baseline
        return named if named.is_file() else None

    @cached_property
    def accepted(self) -> Snapshot | None:
        """What was accepted; ``None`` where nothing was, or where a git revision is compared with."""
        return None if self.baseline_file is None else accepted_baseline(self.bench, self.baseline_file)

    def refuse_unknown_revision(self) -> None:
        """Refuse a baseline that is neither a file nor a git revision.

        Raises:
            InvalidConfigurationError: If it is not.
        """
        if self.baseline_file is None:
            self.bench.revisions.commit(self.wish.baseline, self.bench.folder)

    def check(self) -> None:
        """Check everything that can be checked before anybody is asked.

        Raises:
            InvalidInputError: With every complaint about agents, cases, criteria, quarantines and the baseline.
        """
        found = [*_complaints(lambda: refuse_unusable(self.bench.roster))]
        found += _complaints(lambda: self.bench.cases)
        found += _complaints(lambda: self.accepted)
        if not found:
            # Each of these needs all of the above.
            found += _complaints(self._refuse_unknown_agents)
            found += _complaints(self.bench.check_criteria)
            found += _complaints(lambda: refuse_unknown_quarantines(self._quarantines))
        if found:
            raise InvalidConfigurationError(tuple(dict.fromkeys(found)))

    def report(self, picked: Picked) -> Report:
        """Return the results of some cases, and ask for them if nobody has.

        Raises:
            RefusedError: If the suite cannot be run.
        """
        wanted = {name: sorted(cases) for name, cases in picked.items() if cases}
        key = fingerprint_of([str(self.bench.suite.absolute()), wanted])
        if key not in self._reports:
            made = self.sharing.once(key, lambda: self._make(picked))
            self._reports[key] = self._judged(made)
        return self._reports[key]

    @cached_property
    def _reports(self) -> dict[str, Report]:
        return {}

    def subject(self, name: SubjectName) -> PlannedSubject:
        """Build a subject, once: what it has learnt and keeps open stays.

        Raises:
            InvalidConfigurationError: If the suite has none of that name.
        """
        if name not in self._subjects:
            self._subjects[name] = self.bench.subjects([name])[0]
        return self._subjects[name]

    @cached_property
    def _subjects(self) -> dict[SubjectName, PlannedSubject]:
        return {}

    @property
    def _quarantines(self) -> Quarantines:
        return Quarantines(
            entries=self.bench.quarantines,
            cases=[case.identifier for case in self.bench.cases],
            subjects=[SubjectName(name) for name in self.bench.configuration.subjects],
            place=lambda index, key: self.bench.location("quarantine", index, key),
        )

    def _refuse_unknown_agents(self) -> None:
        # Which agents there were at a revision is known when its files are read.
        if self.baseline_file is not None:
            refuse_unknown_agents(self.bench.cases, self.bench.roster, former_agents(self.accepted))

    def is_whole(self, picked: Picked) -> bool:
        """Whether that is every case of every subject that is asked for."""
        return all(set(cases) <= set(picked.get(name, ())) for name, cases in self.everything.items())

    def _make(self, picked: Picked) -> Made:
        bench = self.bench
        if bench.executing_criteria:
            bench.confinement.make_ready(lambda _share, _what: None)
        with self._other_side() as former:
            agents = former_agents(self.accepted) if former is None else former.roster.names
            subjects = [name for name in self.subjects if picked.get(name)]
            now = self._parts(bench.parts(agents, subjects), picked)
            if former is None:
                made = self._alone(now, picked)
            else:
                made = self._in_turns(now, self._parts(parts_at(bench, former, self.wish.baseline, subjects), picked))
        if self.wish.report is not None:
            report = self._judged(made)
            for reporter in reporters_of(bench, usual_formats(bench, named_formats(Settings().formats))):
                reporter.write(report, self.report_folder)
        return made

    @property
    def report_folder(self) -> Path:
        """The folder for the reports of this suite, if any are written."""
        return (self.wish.report or self.wish.folder) / self.bench.configuration.name

    @contextmanager
    def _other_side(self) -> Iterator[Workbench | None]:
        with nullcontext() if self.baseline_file is not None else opened_at(self.bench, self.wish.baseline) as former:
            yield former

    def _parts(self, parts: SuiteParts, picked: Picked) -> SuiteParts:
        tuned = replace(parts, repetitions=self.wish.repetitions or parts.repetitions)
        return tuned if self.is_whole(picked) else picked_parts(tuned, picked, WHO)

    def _alone(self, parts: SuiteParts, picked: Picked) -> Made:
        evaluate = EvaluateSuite(parts=parts)
        planned = evaluate.start()
        planned = planned if self.is_whole(picked) else only_picked(planned, picked)
        self.loop.run(lambda: evaluate.make(planned, _nobody))
        return Made(run=planned.manifest.identifier)

    def _in_turns(self, now: SuiteParts, then: SuiteParts) -> Made:
        # Both sides are asked alike, what was picked for one subject by all of them: a pair has one question.
        then = replace(then, repetitions=now.repetitions, inclusions=now.inclusions, selection=now.selection)
        pair = EvaluatePair(baseline=EvaluateSuite(parts=then), candidate=EvaluateSuite(parts=now))
        planned = pair.start()
        self.loop.run(lambda: pair.make(planned, _nobody))
        return Made(run=planned.candidate.manifest.identifier, other=planned.baseline.manifest.identifier)

    def _judged(self, made: Made) -> Report:
        bench = self.bench
        run = bench.store.load(RunIdentifier(made.run))
        other = bench.store.load(RunIdentifier(made.other)) if made.other else self.accepted
        label = f"{bench.configuration.name} at {self.wish.baseline}"
        measured = Measured(candidate=run, other=other, label=label)
        return report_of(run, bench.policy, measured.baseline, is_whole=measured.is_whole)


class OpenSuites:
    """The suites of a session, each opened once."""

    def __init__(self, wish: Wish, sharing: Sharing) -> None:
        """Take what is asked of the plug-in, and what other processes know."""
        self.wish = wish
        self._sharing = sharing
        self._loop = Loop()
        self._open: dict[Path, OpenSuite] = {}

    def suite(self, path: Path) -> OpenSuite:
        """Open a suite.

        Raises:
            InvalidConfigurationError: With every complaint about its file.
        """
        key = path.absolute()
        if key not in self._open:
            bench = Workbench(path, Settings())
            bench.cap = bench.cap.overridden(written_cap(self.wish.budget))
            self._open[key] = OpenSuite(bench=bench, wish=self.wish, loop=self._loop, sharing=self._sharing)
        return self._open[key]

    @property
    def known_subjects(self) -> frozenset[str]:
        """The names of the subjects of every suite that is open."""
        return frozenset(name for suite in self._open.values() for name in suite.bench.configuration.subjects)

    def close(self) -> None:
        """Close what was opened."""
        for suite in self._open.values():
            suite.bench.close()
        self._loop.close()


def picked_of(pairs: Iterator[tuple[SubjectName, CaseIdentifier]]) -> Picked:
    """Return pairs of subjects and cases by subject."""
    found: dict[SubjectName, list[CaseIdentifier]] = {}
    for subject, case in pairs:
        found.setdefault(subject, []).append(case)
    return found


def _complaints(check: Callable[[], object]) -> tuple[Finding, ...]:
    try:
        check()
    except InvalidInputError as error:
        return error.findings
    return ()


def _nobody(_trial: Trial) -> None:
    """Tell nobody that a trial is stored."""
