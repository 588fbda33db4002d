"""What a person decides about a case, done and written down."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime

from passmuster.application.accepting import Grounds, accepted, earlier_runs
from passmuster.application.adopting import expected_words, right_words, wrong_words
from passmuster.application.queueing import accepted_words, judgeable
from passmuster.application.reviewing import find_run
from passmuster.composition.building import Workbench
from passmuster.composition.counterparts import accepted_baseline
from passmuster.composition.review_files import ReviewFiles
from passmuster.domain.answers import Completion, RoutingDecision
from passmuster.domain.cases import Case
from passmuster.domain.judging import Label, labelled_key
from passmuster.domain.observations import NOBODY
from passmuster.domain.results import Run, Trial
from passmuster.domain.reviews import Decision, DecisionKind, Proposal
from passmuster.domain.values import AgentName, CaseIdentifier, RunIdentifier, SubjectName

RIGHT, WRONG = "right", "wrong"

UNKNOWN_AGENT = ""
"""Somebody says that a choice is wrong, and not who should take the request."""


class UnusableError(Exception):
    """A form asks for what cannot be; the words are for a person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What a form is about.

    Attributes:
        by: Who sends it.
        run: The run that was looked at.
        case: The case.
        subject: The subject.
    """

    by: str
    run: str
    case: str
    subject: str

    def decision(self, bench: Workbench, kind: DecisionKind) -> Decision:
        """Return a decision of that kind, made now."""
        return Decision(
            at=datetime.now(UTC).isoformat(timespec="seconds"),
            by=self.by,
            kind=kind,
            suite=bench.configuration.name,
            run=RunIdentifier(self.run),
            case=CaseIdentifier(self.case),
            subject=SubjectName(self.subject),
        )


def accept(bench: Workbench, about: About, reason: str) -> None:
    """Accept a case as `passmuster accept --case --reason` does, for all subjects.

    Raises:
        PassmusterError: If it cannot be accepted.
        UnusableError: If no reason is given.
    """
    if not reason:
        message = "say why the case is accepted"
        raise UnusableError(message)
    files, case = ReviewFiles(bench.folder), CaseIdentifier(about.case)
    with files.at_work():
        run, baseline = _run(bench, about), accepted_baseline(bench)
        snapshot = accepted(run, baseline, [case], Grounds(reason=reason), earlier_runs(bench.store, run))
        bench.baselines.write(snapshot, bench.baseline_location)
        decision = replace(
            about.decision(bench, DecisionKind.ACCEPTED),
            subject=SubjectName(""),
            before=accepted_words(baseline, case),
            after=accepted_words(snapshot, case),
            note=reason,
        )
        files.append(decision)


def comment(bench: Workbench, about: About, note: str) -> None:
    """Write down what somebody says of a case.

    Raises:
        PassmusterError: If there is no such run, or the trail cannot be written.
        UnusableError: If nothing is said, or there is no such case.
    """
    if not note:
        message = "the comment is empty"
        raise UnusableError(message)
    _trials(_run(bench, about), about)
    files = ReviewFiles(bench.folder)
    with files.at_work():
        files.append(replace(about.decision(bench, DecisionKind.COMMENTED), note=note))


def judge_choice(bench: Workbench, about: About, said: str, agent: str, note: str) -> None:
    """Write down whether a choice was right, and propose to the dataset who should take the request.

    Args:
        bench: The suite's parts.
        about: What it is about.
        said: Whether the choice was right or wrong.
        agent: Who should take the request instead; empty where that was not said.
        note: What the person adds.

    Raises:
        PassmusterError: If there is no such run, or a file cannot be written.
        UnusableError: If there is no such case or agent, or nothing was chosen.
    """
    run = _run(bench, about)
    trials = _trials(run, about)
    chosen = next((it.answer.routing.chosen for it in trials if isinstance(it.answer.routing, RoutingDecision)), "")
    if chosen == "" or said not in {RIGHT, WRONG}:
        message = "there is no choice to judge"
        raise UnusableError(message)
    if agent not in {UNKNOWN_AGENT, NOBODY, *(item.name for item in run.roster.agents)}:
        message = "the run has no agent of that name"
        raise UnusableError(message)
    asked = next(item for item in run.cases if item.identifier == about.case)
    expected = asked.expectation.preferred
    meant = (chosen or NOBODY) if said == RIGHT else agent
    should = None if meant == NOBODY else AgentName(meant)
    files = ReviewFiles(bench.folder)
    with files.at_work():
        if meant and should != expected:
            files.propose(_proposal(about, asked, should))
        elif meant:
            files.withdraw(CaseIdentifier(about.case))
        decision = replace(
            about.decision(bench, DecisionKind.CHOICE),
            before=expected_words(expected),
            after=right_words(chosen or NOBODY) if said == RIGHT else wrong_words(chosen or NOBODY, agent),
            note=note,
        )
        files.append(decision)


@dataclass(frozen=True, slots=True, kw_only=True)
class Labelling:
    """A person's label: of which trial, of which criterion, and what is said."""

    trial: int
    criterion: str
    choice: str
    note: str


def label(bench: Workbench, about: About, labelling: Labelling) -> None:
    """Write down what a person says in a judge's place, as `judge calibrate` reads it.

    Raises:
        PassmusterError: If there is no such run, or a file cannot be written.
        UnusableError: If there is no such trial, criterion or choice.
    """
    trials = [trial for trial in _trials(_run(bench, about), about) if trial.key.repetition == labelling.trial]
    known = {item.criterion: item.choices for trial in trials for item in judgeable(trial)}
    answers = [it.answer.completion.text for it in trials if isinstance(it.answer.completion, Completion)]
    if not answers or labelling.choice not in known.get(labelling.criterion, ()):
        message = "no model judged that, or the criterion has no such choice"
        raise UnusableError(message)
    files = ReviewFiles(bench.folder)
    with files.at_work():
        said = Label(
            case=CaseIdentifier(about.case),
            criterion=labelling.criterion,
            answer=answers[0],
            choice=labelling.choice,
            labeller=about.by,
        )
        former = files.label(said)
        decision = replace(
            about.decision(bench, DecisionKind.LABELLED),
            trial=labelling.trial,
            criterion=labelling.criterion,
            answer=labelled_key(CaseIdentifier(about.case), answers[0]),
            before=former,
            after=labelling.choice,
            note=labelling.note,
        )
        files.append(decision)


def _proposal(about: About, asked: Case, agent: AgentName | None) -> Proposal:
    return Proposal(
        case=CaseIdentifier(about.case),
        agent=agent,
        run=RunIdentifier(about.run),
        by=about.by,
        request=asked.request.fingerprint,
        line=0,
    )


def _run(bench: Workbench, about: About) -> Run:
    return find_run(bench.store, bench.configuration.name, about.run)


def _trials(run: Run, about: About) -> list[Trial]:
    found = [it for it in run.trials if it.key.case == about.case and it.key.subject == about.subject]
    if not found:
        message = "the run has no such case of that subject"
        raise UnusableError(message)
    return found
