"""A run out of single answers that a file tells of: cases, rubrics and keys, the same for every tool.

A file is walked twice. The first time its cases are gathered and everything is checked; the second time its trials are
made one by one, so that no more than one is held.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Final

from passmuster.adapters.run_files.complaints import Complaints, complaint, unreadable
from passmuster.domain.agents import Roster
from passmuster.domain.answers import Answer, Asked, Completion, Failure, Stage
from passmuster.domain.cases import Case, CriterionReference, Dataset, Expectation, Request, Rubric
from passmuster.domain.errors import BackendError, CriterionError
from passmuster.domain.results import Outcome, Run, RunManifest, SubjectRecord, Trial, TrialKey, Unscored
from passmuster.domain.values import (
    CaseIdentifier,
    Fingerprint,
    JsonObject,
    RunIdentifier,
    SourceLocation,
    SubjectName,
    fingerprint_of,
)

_PART: Final = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """One answer, as a file tells of it.

    Attributes:
        case: The case's name.
        request: What was asked.
        tags: The case's labels.
        subject: Who answered.
        repetition: Counted from 0.
        completion: What was written, or what kept it from being.
        references: The criteria that the tool judged by.
        outcomes: What they said.
        started_at: When it began.
        duration: Seconds.
        passing_score: From which mean on the tool lets an answer pass.
        outside: Criteria that are here no number from 0 to 1, and so are none anywhere in the file.
        own: The case and the trial, where the file was written by passmuster.
    """

    case: CaseIdentifier
    request: Request
    subject: SubjectName
    repetition: int
    completion: Completion | Failure
    references: tuple[CriterionReference, ...]
    outcomes: tuple[Outcome, ...]
    started_at: datetime
    duration: float
    passing_score: float = 1.0
    tags: frozenset[str] = frozenset()
    outside: tuple[str, ...] = ()
    own: tuple[Case, Trial] | None = None


@dataclass(slots=True)
class _Draft:
    request: Request
    tags: frozenset[str]
    passing_score: float
    references: dict[str, CriterionReference] = field(default_factory=dict)
    own: Case | None = None


class Gathering:
    """The first walk: what there is, and what is wrong with it."""

    def __init__(self, complaints: Complaints, left_out: Counter[str]) -> None:
        """Begin with nothing.

        Args:
            complaints: What is wrong is added to these.
            left_out: What cannot be brought along is counted here.
        """
        self._complaints, self.left_out = complaints, left_out
        self._drafts: dict[CaseIdentifier, _Draft] = {}
        self._seen: set[tuple[CaseIdentifier, SubjectName, int]] = set()
        self._scores: Counter[str] = Counter()
        self._outside: set[str] = set()
        self.count = 0

    def add(self, answered: Answered, where: SourceLocation) -> None:
        """Take one answer in."""
        key = (answered.case, answered.subject, answered.repetition)
        draft = self._drafts.setdefault(answered.case, _Draft(answered.request, answered.tags, answered.passing_score))
        if key in self._seen:
            message = f"case {answered.case!r}, repetition {answered.repetition + 1}, is told of twice"
            self._complaints.add(complaint(message, where))
        elif draft.request != answered.request:
            message = f"case {answered.case!r} asks something else here than before"
            self._complaints.add(complaint(message, where, hint="give one of the two another name"))
        self._seen.add(key)
        self.count += 1
        if answered.own is not None:
            draft.own = answered.own[0]
            return
        self._scores.update(answered.outside)
        self._scores.update(outcome.criterion for outcome in answered.outcomes)
        self._outside.update(answered.outside)
        for reference in answered.references:
            draft.references.setdefault(reference.name, reference)

    def cases(self) -> tuple[Case, ...]:
        """Return the cases; one that no criterion judged has those of all, since they were to."""
        for draft in self._drafts.values():
            for name in self._outside:
                draft.references.pop(name, None)
        every = {name: item for draft in self._drafts.values() for name, item in draft.references.items()}
        for name in self._outside:
            # A criterion of which some values could be taken for shares would mean something else than it did.
            self.left_out[f"scores of {name!r}, which are not numbers from 0 to 1"] = self._scores[name]
        return tuple(_case(name, draft, every) for name, draft in self._drafts.items())


def _case(identifier: CaseIdentifier, draft: _Draft, every: Mapping[str, CriterionReference]) -> Case:
    if draft.own is not None:
        return draft.own
    references = tuple((draft.references or every).values())
    return Case(
        identifier=identifier,
        request=draft.request,
        expectation=Expectation(preferred=None),
        rubric=Rubric(criteria=references, passing_score=draft.passing_score) if references else None,
        tags=draft.tags,
    )


class Making:
    """The second walk: trials."""

    def __init__(self, run: Run) -> None:
        """Make trials of a run whose cases and subjects are known."""
        self._shown = run.roster.fingerprint
        self._subjects = {record.name: record for record in run.manifest.subjects}
        self._cases = {case.identifier: case for case in run.cases}
        self._prints: dict[tuple[CaseIdentifier, SubjectName], Fingerprint] = {}

    def trial(self, answered: Answered) -> Trial:
        """Make one trial."""
        if answered.own is not None:
            return answered.own[1]
        case = self._cases[answered.case]
        key = TrialKey(
            case=answered.case,
            subject=answered.subject,
            repetition=answered.repetition,
            fingerprint=self._print(case, answered.subject),
        )
        return Trial(
            key=key,
            answer=Answer(completion=answered.completion),
            outcomes=_outcomes(case, answered),
            started_at=answered.started_at,
            duration=answered.duration,
        )

    def _print(self, case: Case, subject: SubjectName) -> Fingerprint:
        if (case.identifier, subject) not in self._prints:
            record = self._subjects[subject].fingerprint
            content = [case.request.fingerprint, self._shown, record, None, Asked.COMPLETION.value]
            self._prints[case.identifier, subject] = fingerprint_of(content)
        return self._prints[case.identifier, subject]


def _outcomes(case: Case, answered: Answered) -> tuple[Outcome, ...]:
    """Return what each criterion of the case said, in the order of its rubric."""
    said = {outcome.criterion: outcome for outcome in answered.outcomes}
    silent = Failure(
        stage=Stage.CRITERION, kind=CriterionError.__name__, message="the file has no score of this criterion"
    )
    failure = answered.completion if isinstance(answered.completion, Failure) else silent
    names = [reference.name for reference in case.rubric.criteria] if case.rubric else []
    return tuple(said.get(name) or Unscored(criterion=name, failure=failure) for name in names)


def failed(message: str) -> Failure:
    """Return the failure of an answer that the tool could not get."""
    return Failure(stage=Stage.COMPLETION, kind=BackendError.__name__, message=message or "the tool does not say why")


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where a run comes from.

    Attributes:
        tool: Who made it, for people, such as ``Inspect``.
        package: The name under which its version is kept.
        version: Its version; empty where the file does not say.
        name: The tool's own name for what was run.
        identifier: The tool's own identifier of the run; may be empty.
        path: The file.
        digest: SHA-256 of the file.
        started_at: When the run began.
    """

    tool: str
    package: str
    version: str
    name: str
    identifier: str
    path: Path
    digest: str
    started_at: datetime

    @property
    def caveat(self) -> str:
        """What readers of the results must know."""
        version = f" {self.version}" if self.version else ""
        return f"Asked and judged by {self.tool}{version}, and brought along from the file {self.path.name!r}."

    def manifest(
        self, subjects: Iterable[SubjectRecord], cases: tuple[Case, ...], count: int, *, own: RunManifest | None = None
    ) -> RunManifest:
        """Return what is known of the run beside its trials; its suite is not known yet.

        Args:
            subjects: Who answered.
            cases: What was asked.
            count: How many trials there are.
            own: The manifest that passmuster put into the file, where it wrote it.
        """
        came = {
            "tool": self.tool,
            "version": self.version,
            "name": self.name,
            "run": self.identifier,
            "file": self.path.name,
            "sha256": self.digest,
        }
        fixed: dict[str, object] = {"imported": came}
        versions: JsonObject = {self.package: self.version} if self.version else {}
        known = own or RunManifest(
            identifier=RunIdentifier(""),
            suite="",
            started_at=self.started_at,
            seed=0,
            planned=0,
            roster=NOBODY.fingerprint,
            dataset=Fingerprint(""),
            configuration={},
            subjects=(),
            versions={},
        )
        return replace(
            known,
            # Two files are two runs, and one file is one run wherever it is read.
            identifier=RunIdentifier(f"{known.started_at:%Y%m%dT%H%M%S}-{self.digest[:12]}"),
            planned=count,
            dataset=Dataset(name=self.name, cases=cases).fingerprint,
            configuration={**known.configuration, **fixed},
            subjects=tuple(subjects),
            versions={**known.versions, **versions},
            shard="",
        )


NOBODY: Final = Roster(name="imported", agents=())
"""The agents of a run whose file names none."""


def digest_of(path: Path) -> str:
    """Return SHA-256 of a file; raises EnvironmentFaultError if it cannot be read."""
    digest = hashlib.sha256()
    try:
        with path.open("rb") as file:
            while part := file.read(_PART):
                digest.update(part)
    except OSError as error:
        raise unreadable(str(path), error) from error
    return digest.hexdigest()
