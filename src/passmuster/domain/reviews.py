"""What a person decided about a case of a run."""

from dataclasses import dataclass
from enum import StrEnum

from passmuster.domain.findings import Finding
from passmuster.domain.values import AgentName, CaseIdentifier, Fingerprint, RunIdentifier, SubjectName


class DecisionKind(StrEnum):
    """What was done."""

    ACCEPTED = "accepted"
    CHOICE = "choice"
    LABELLED = "labelled"
    COMMENTED = "commented"


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """One line of the audit trail; never changed and never taken back.

    Attributes:
        at: When, in ISO 8601, Coordinated Universal Time.
        by: Who, as the server was told.
        kind: What was done.
        suite: The suite's name.
        run: The run that was looked at.
        case: The case.
        subject: The subject; empty where the decision is about all of them.
        trial: The repetition, counted from 0; ``None`` where it is about all of them.
        criterion: The criterion that a label is about; else empty.
        answer: What the labelled answer is known by, as `labelled_key` makes it; else empty.
        before: What held before, in words; empty where nothing did.
        after: What holds now, in words.
        note: The person's reason or comment.
    """

    at: str
    by: str
    kind: DecisionKind
    suite: str
    run: RunIdentifier
    case: CaseIdentifier
    subject: SubjectName
    trial: int | None = None
    criterion: str = ""
    answer: str = ""
    before: str = ""
    after: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trail:
    """An audit trail as it was read.

    Attributes:
        decisions: Every decision that can be read, oldest first.
        findings: Lines that were changed, removed or put in after they were written; and what cannot be told.
    """

    decisions: tuple[Decision, ...]
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """Who should take a request, as a person said.

    Attributes:
        case: The case.
        agent: Who; ``None`` for nobody.
        run: The run that was looked at.
        by: Who says so.
        request: The fingerprint of the request that was looked at; `UNKNOWN` where that was not written down.
        line: Where it is written, counted from 1.
    """

    case: CaseIdentifier
    agent: AgentName | None
    run: RunIdentifier
    by: str
    request: Fingerprint
    line: int
