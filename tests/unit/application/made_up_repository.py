"""A repository that nobody has: commits in a row, and suites whose subject chooses by the words of descriptions."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from passmuster.application.evaluating import SuiteParts
from passmuster.application.planning import PlannedSubject
from passmuster.application.reusing import Track
from passmuster.domain.agents import Roster
from passmuster.domain.answers import Answer, Asked, Failure
from passmuster.domain.cases import Request
from passmuster.domain.errors import InvalidConfigurationError
from passmuster.domain.findings import Finding, Severity
from passmuster.domain.results import Commit, Revision
from passmuster.domain.values import AgentName
from passmuster.ports import Store
from passmuster.testing.factories import MOMENT, a_case, a_decision, a_roster, a_subject_record, an_agent
from passmuster.testing.fakes import FakeClock, MemoryStore

from .small_suites import Stepwise

CASES = (
    a_case("soup", text="boils soup", preferred="cook"),
    a_case("bread", text="bakes bread", preferred="cook"),
    a_case("trees", text="plants trees", preferred="gardener"),
)
COOK = an_agent("cook", "boils soup bakes bread")
GARDENER = an_agent("gardener", "plants trees")
ROSTER = a_roster(COOK, GARDENER)
THIEF = a_roster(COOK, an_agent("gardener", "plants trees boils soup and stirs the soup"))
"""The gardener takes the soup."""

FOLDER = Path("evals/example")


def a_commit(number: int) -> Commit:
    """Make the commit of that number; its name is the number in forty digits."""
    return Commit(identifier=f"{number:040}", title=f"edit {number}", committed_at=MOMENT + timedelta(days=number))


def a_revision(number: int, **changes: Any) -> Revision:  # noqa: ANN401 - any field
    """Make the revision of a commit of that number, clean."""
    return replace(Revision(commit=f"{number:040}", branch="", is_dirty=False), **changes)


@dataclass
class MadeUpRevisions:
    """Commits numbered from 0 on in one line; conforms to :class:`passmuster.ports.Revisions`.

    Attributes:
        touching: The commits that touch what a suite reads.
        differing: Pairs of commits between which files differ.
        asked: What ``is_same`` was asked about.
    """

    touching: Sequence[int] = ()
    differing: Sequence[tuple[int, int]] = ()
    asked: list[Sequence[Path]] = field(default_factory=list)

    def current(self, folder: Path) -> Revision | None:
        raise NotImplementedError

    def commit(self, reference: str, folder: Path) -> Commit:  # noqa: ARG002 - the port's
        return a_commit(int(reference))

    def between(self, good: str | None, bad: str, folder: Path, paths: Sequence[Path] = ()) -> Sequence[Commit]:  # noqa: ARG002 - the port's
        good = good or "-1"
        if int(good) > int(bad):
            finding = Finding(rule="no-ancestor", severity=Severity.ERROR, message="")
            raise InvalidConfigurationError([finding])
        return [a_commit(number) for number in self.touching if int(good) < number <= int(bad)]

    def is_same(self, one: str, other: str, folder: Path, paths: Sequence[Path]) -> bool:  # noqa: ARG002 - the port's
        self.asked.append(paths)
        return (int(one), int(other)) not in self.differing

    def tree_at(self, reference: str, folder: Path, destination: Path, paths: Sequence[Path] = ()) -> Path:
        raise NotImplementedError


@dataclass
class WordSubject:
    """Chooses the agent whose description holds the most words of the request, again and again; of equals, nobody.

    Attributes:
        roster: The agents.
        asked: What it was asked, in order.
        failing: Whether it fails in the harness, and how.
    """

    roster: Roster
    asked: list[str] = field(default_factory=list)
    failing: Failure | None = None
    writes: bool = False
    takes_assignments: bool = True

    async def respond(
        self,
        request: Request,
        *,
        repetition: int,  # noqa: ARG002 - the port's
        assigned: AgentName | None,  # noqa: ARG002 - the port's
        asked: Asked,  # noqa: ARG002 - the port's
    ) -> Answer:
        self.asked.append(request.text)
        if self.failing is not None:
            return Answer(routing=self.failing)
        wanted = set(request.text.split())
        scores = {agent.name: sum(word in wanted for word in agent.description.split()) for agent in self.roster.agents}
        best = max(scores.values(), default=0)
        winners = [name for name, score in scores.items() if score == best > 0]
        return Answer(routing=a_decision(winners[0] if len(winners) == 1 else None))

    def foresee(
        self,
        request: Request,  # noqa: ARG002 - the port's
        *,
        repetition: int,  # noqa: ARG002 - the port's
        assigned: AgentName | None,  # noqa: ARG002 - the port's
        asked: Asked,  # noqa: ARG002 - the port's
    ) -> Failure | None:
        return None


def parts_at(
    number: int,
    roster: Roster = ROSTER,
    *,
    store: Store | None = None,
    subject: WordSubject | None = None,
    **changes: Any,  # noqa: ANN401 - any field
) -> SuiteParts:
    """Make the parts of a suite at a commit of that number."""
    planned = PlannedSubject(subject=subject or WordSubject(roster), record=a_subject_record("words"))
    parts = SuiteParts(
        suite="example",
        roster=roster,
        cases=CASES,
        subjects=(planned,),
        criteria={},
        store=store or MemoryStore(),
        executor=Stepwise(),
        # Runs of one store must not begin at the same moment.
        clock=FakeClock(start=MOMENT + timedelta(hours=number)),
        repetitions=1,
        seed=1,
        configuration={"subjects": {"words": {"use": "routed"}}},
        versions={},
        revision=a_revision(number),
    )
    return replace(parts, **changes)


def a_track(revisions: MadeUpRevisions | None = None) -> Track:
    """Make a track of a suite in :data:`FOLDER`."""
    return Track(revisions=revisions or MadeUpRevisions(), folder=FOLDER, paths=(FOLDER,))
