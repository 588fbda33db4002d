"""What moved against the baseline, as plain view data."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from passmuster.adapters.reporters.anchors import case_anchor
from passmuster.adapters.reporters.case_badges import Quarantines, badges
from passmuster.adapters.reporters.wording import CHANGES, MOVED_KINDS, Mark, is_moved, tally
from passmuster.domain.cases import Case
from passmuster.domain.comparisons import CaseChange, ChangeKind, Comparison, RosterChange
from passmuster.domain.observations import Aspect
from passmuster.domain.reports import CaseReport, Report
from passmuster.texts.numbers import count, percent
from passmuster.texts.visible import agent_text, excerpt, visible

MAXIMUM_TRANSITIONS = 50
"""A page lists so many transitions without its script, the gravest groups first, and counts the rest."""

_REQUEST_LENGTH = 400
_WORD_LENGTH = 40
_NAMED = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class CountRow:
    """How many cases of one subject and aspect there are of each kind, in the order of the columns."""

    label: str
    counts: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Taking:
    """Who gained requests at whose cost.

    Attributes:
        agent: The thief, or the agent that lost.
        verb: ``stole`` or ``lost``.
        total: How many requests.
        others: The agents on the other side with their counts, such as "2 from api-designer".
    """

    agent: str
    verb: str
    total: str
    others: tuple[str, ...]

    @property
    def sentence(self) -> str:
        """Everything in one sentence; of many others only the first."""
        return f"{self.agent} {self.deed}"

    @property
    def deed(self) -> str:
        """The sentence without its beginning, which is the agent."""
        if len(self.others) == 1:
            # The count is the total.
            return f"{self.verb} {self.total} {self.others[0].partition(' ')[2]}"
        return f"{self.verb} {self.total}: {self.named}"

    @property
    def named(self) -> str:
        """The agents on the other side; of many only the first."""
        rest = len(self.others) - _NAMED
        return ", ".join(self.others[:_NAMED]) + (f" and {count(rest, 'other')}" if rest > 0 else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Transition:
    """One case that somebody must look at."""

    mark: Mark
    subject: str
    case: str
    anchor: str | None
    request: str
    expected: str
    rates: str
    explanation: str
    words: tuple[str, ...]
    edited: tuple[str, ...]
    badges: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TransitionGroup:
    """Transitions from one choice to another; ``was`` is empty for outputs."""

    title: str
    was: str
    now: str
    tally: str
    rows: tuple[Transition, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Movement:
    """Everything that differs from the baseline."""

    against: str
    is_equal: bool
    kinds: tuple[Mark, ...]
    counts: tuple[CountRow, ...]
    takings: tuple[Taking, ...]
    roster: tuple[tuple[str, tuple[str, ...]], ...]
    incomparable: tuple[str, ...]
    groups: tuple[TransitionGroup, ...]
    left_out: int


def movement(report: Report) -> Movement | None:
    """Lay out what moved; ``None`` without a baseline."""
    comparison = report.comparison
    if comparison is None:
        return None
    kinds = tuple(kind for kind in CHANGES if any(change.kind is kind for change in comparison.cases))
    groups, left_out = _groups(report, comparison)
    return Movement(
        against=visible(comparison.against),
        is_equal=comparison.is_equal,
        kinds=tuple(CHANGES[kind] for kind in kinds),
        counts=_counts(comparison.cases, kinds),
        takings=takings(comparison.cases),
        roster=roster_rows(comparison.roster),
        incomparable=tuple(visible(item.reason) for item in comparison.incomparable),
        groups=groups,
        left_out=left_out,
    )


def takings(changes: Sequence[CaseChange]) -> tuple[Taking, ...]:
    """Say who stole from whom and who lost to whom among the broken cases; the greatest first."""
    stolen: dict[str, Counter[str]] = defaultdict(Counter)
    lost: dict[str, Counter[str]] = defaultdict(Counter)
    # One request can break for several subjects; their counts are never added up.
    is_one = len({change.subject for change in changes}) == 1
    for change in changes:
        prefix = "" if is_one else f"{change.subject}: "
        if change.stolen_by:
            stolen[f"{prefix}{change.stolen_by}"][change.was] += 1
        elif change.lost_to:
            lost[f"{prefix}{change.was}"][change.now] += 1
    rows = [("stole", "from", agent, others) for agent, others in stolen.items()]
    rows += [("lost", "to", agent, others) for agent, others in lost.items()]
    rows.sort(key=lambda row: (-row[3].total(), row[2], row[0]))
    return tuple(
        Taking(
            agent=visible(agent),
            verb=verb,
            total=count(others.total(), "request"),
            others=tuple(
                f"{count(number)} {side} {agent_text(other)}"
                for other, number in sorted(others.items(), key=lambda item: (-item[1], item[0]))
            ),
        )
        for verb, side, agent, others in rows
    )


def ordered_transitions(changes: Iterable[CaseChange]) -> list[tuple[tuple[Aspect, str, str], list[CaseChange]]]:
    """Group the changes that somebody must look at by aspect and pair; groups with most breaks come first."""
    groups: dict[tuple[Aspect, str, str], list[CaseChange]] = defaultdict(list)
    for change in changes:
        if is_moved(change):
            groups[change.aspect, change.was, change.now].append(change)
    for rows in groups.values():
        rows.sort(key=lambda change: MOVED_KINDS.index(change.kind))
    return sorted(groups.items(), key=lambda item: (*_gravity(item[1]), item[0]))


def roster_rows(change: RosterChange) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Say how two rosters differ: what happened, and to whom; an agent may be in several rows."""
    renamed = {name for pair in change.renamed for name in pair}
    told = {*change.instructions_edited, *change.tools_edited, *change.model_edited}
    rows: tuple[tuple[str, Iterable[str]], ...] = (
        ("description edited", change.description_edited),
        ("body edited", change.instructions_edited),
        ("tools edited", change.tools_edited),
        ("model edited", change.model_edited),
        ("otherwise edited", (name for name in change.otherwise_edited if name not in told)),
        ("renamed", (f"{old} → {new}" for old, new in change.renamed)),
        ("added", (name for name in change.added if name not in renamed)),
        ("removed", (name for name in change.removed if name not in renamed)),
    )
    found = ((label, tuple(map(visible, names))) for label, names in rows)
    return tuple((label, names) for label, names in found if names)


def expected_text(case: Case) -> str:
    """Return who should take the case: the preferred agent, then the others that may; of many only the first."""
    others = [agent_text(name) for name in sorted(case.expectation.acceptable)]
    rest = len(others) - _NAMED
    more = f" and {count(rest, 'other')}" if rest > 0 else ""
    return " or ".join([agent_text(case.expectation.preferred), *others[:_NAMED]]) + more


def words_of(item: CaseReport, change: CaseChange) -> tuple[str, ...]:
    """Return the words that moved a request, as far as its router can tell; none for an output."""
    return tuple(excerpt(word, _WORD_LENGTH) for word in item.deciding_words) if change.aspect is Aspect.ROUTING else ()


def rates_text(change: CaseChange) -> str:
    """Return the rates of right repetitions on both sides; empty where both are plain."""
    rates = (change.baseline_rate, change.candidate_rate)
    if all(rate in {0.0, 1.0, None} for rate in rates):
        return ""
    return f"{percent(rates[0])} → {percent(rates[1])} of repetitions right"


def _gravity(rows: Sequence[CaseChange]) -> tuple[int, int]:
    return (-sum(change.kind is ChangeKind.BROKEN for change in rows), -len(rows))


def _counts(changes: Sequence[CaseChange], kinds: Sequence[ChangeKind]) -> tuple[CountRow, ...]:
    table: dict[tuple[str, Aspect], Counter[ChangeKind]] = {}
    for change in changes:
        table.setdefault((change.subject, change.aspect), Counter())[change.kind] += 1
    names = {Aspect.ROUTING: "choice", Aspect.OUTPUT: "output"}
    return tuple(
        CountRow(
            label=f"{visible(subject)}: {names[aspect]}",
            counts=tuple(count(numbers[kind]) if numbers[kind] else "" for kind in kinds),
        )
        for (subject, aspect), numbers in table.items()
    )


def _groups(report: Report, comparison: Comparison) -> tuple[tuple[TransitionGroup, ...], int]:
    cases = {(item.subject, item.case.identifier): item for item in report.cases}
    quarantines = Quarantines(report.quarantines)
    groups, room, left_out = [], MAXIMUM_TRANSITIONS, 0
    for (aspect, was, now), changes in ordered_transitions(comparison.cases):
        shown = changes[:room]
        room -= len(shown)
        left_out += len(changes) - len(shown)
        if not shown:
            continue
        groups.append(
            TransitionGroup(
                title="Output" if aspect is Aspect.OUTPUT else "Choice",
                was=visible(was) if aspect is Aspect.ROUTING else "",
                now=visible(now) if aspect is Aspect.ROUTING else "",
                tally=tally(changes),
                rows=tuple(
                    _transition(change, cases.get((change.subject, change.case)), quarantines) for change in shown
                ),
            )
        )
    return tuple(groups), left_out


def _transition(change: CaseChange, item: CaseReport | None, quarantines: Quarantines) -> Transition:
    case = None if item is None else item.case
    return Transition(
        mark=CHANGES[change.kind],
        subject=visible(change.subject),
        case=visible(change.case),
        anchor=None if case is None else case_anchor(change.subject, change.case),
        request="" if case is None else excerpt(case.request.text, _REQUEST_LENGTH),
        expected="" if case is None else expected_text(case),
        rates=rates_text(change),
        explanation=visible(change.explanation),
        words=() if item is None else words_of(item, change),
        edited=tuple(map(visible, change.edited)),
        badges=() if case is None else badges(case, quarantines.of(change.subject, change.case)),
    )
