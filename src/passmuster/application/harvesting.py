"""Cases out of requests that were really made: redacted, without repetitions, each to be looked at by a person."""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from passmuster.analysis.perturbations.protecting import names_in
from passmuster.analysis.redaction import redacted
from passmuster.domain.agents import Roster
from passmuster.domain.cases import LEAKY, Case, Expectation, Provenance, Request, Stratum
from passmuster.domain.harvests import HarvestOutcome, RecordedRequest
from passmuster.domain.values import AgentName, CaseIdentifier, fingerprint_of, folded_name

AUTHOR = "harvest"
HARVESTED = "harvested"
"""The tag of every case that was harvested."""

LONGEST_REQUEST = 20_000
"""Characters; whoever says more has pasted a file, which nobody can look over."""

_SEPARATORS = re.compile(r"[\s_-]+")
_NOT_SPACES = re.compile(r"\w+")
_OWNER = re.compile(r"^(?:/home/|/Users/|[A-Za-z]:\\Users\\)([^/\\]+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A case that nobody has looked at yet.

    Attributes:
        case: Redacted. Its preferred agent is whom the host chose, which need not be right.
        outcome: What became of the request.
        refused: Agents that were asked for in vain.
        taken_out: How many things of each kind were redacted.
        repeated: How many requests say the same, this one included.
    """

    case: Case
    outcome: HarvestOutcome
    refused: tuple[str, ...]
    taken_out: Mapping[str, int]
    repeated: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Harvest:
    """What came out of the places that were read.

    Attributes:
        drafts: In the order in which they were read.
        left_out: Why others were left out, with how many each.
    """

    drafts: tuple[Draft, ...]
    left_out: Mapping[str, int]


def examples_of(roster: Roster) -> Iterator[RecordedRequest]:
    """Yield the user's line of every ``<example>``; the agent that the example names is who took it."""
    for agent in roster.agents:
        for example in agent.examples:
            if example.user.strip():
                yield RecordedRequest(
                    text=example.user,
                    outcome=HarvestOutcome.DELEGATED,
                    chosen=example.agent or agent.name,
                    session=agent.name,
                    is_example=True,
                    source=None if agent.source is None else replace(agent.source, line=example.line),
                )


def harvest(
    requests: Iterable[RecordedRequest], roster: Roster, known: Iterable[Case], *, people: Collection[str], day: str
) -> Harvest:
    """Make drafts of cases.

    Left out is what says nothing about a choice, what was harvested or curated before, and what repeats another
    request but for case, spaces and marks.

    Args:
        requests: What was read.
        roster: The agents; one that is not among them can be nobody's expectation.
        known: Cases that there are already.
        people: Names that are to be taken out wherever they stand.
        day: The day of harvesting, as ISO 8601, where a request has none.
    """
    names = _by_folded_name(roster)
    seen = {_bare_text(case.request.text): -1 for case in known}
    drafts: list[Draft] = []
    left_out: Counter[str] = Counter()
    for request in requests:
        reason = _unfit(request, names)
        if reason:
            left_out[reason] += 1
            continue
        draft = _draft(request, roster, names, people, day)
        place = seen.setdefault(_bare_text(draft.case.request.text), len(drafts))
        if place == len(drafts):
            drafts.append(draft)
        elif place < 0:
            left_out["a case asks it already"] += 1
        else:
            drafts[place] = replace(drafts[place], repeated=drafts[place].repeated + 1)
    return Harvest(drafts=tuple(drafts), left_out=dict(sorted(left_out.items())))


def relabelled(case: Case, preferred: AgentName | None) -> Case:
    """Return a case that expects another agent, or nobody; what else it accepted is dropped with it."""
    return replace(case, expectation=Expectation(preferred=preferred))


def reworded(case: Case, text: str, roster: Roster) -> Case:
    """Return a case with other words; how loudly it asks for an agent is judged anew."""
    return replace(case, request=Request(text=text), stratum=_stratum(text, roster))


def reviewed(case: Case, reviewer: str) -> Case:
    """Return a case that a person has looked at."""
    made = case.provenance or Provenance(author=AUTHOR, date="")
    return replace(case, provenance=replace(made, reviewed_by=reviewer))


def counts_of(drafts: Sequence[Draft]) -> Mapping[str, int]:
    """Return how many things of each kind were taken out of all drafts."""
    total: Counter[str] = Counter()
    for draft in drafts:
        total.update(draft.taken_out)
    return dict(sorted(total.items()))


def _unfit(request: RecordedRequest, names: Mapping[str, AgentName]) -> str:
    if request.outcome is HarvestOutcome.UNFINISHED:
        return "broken off before anybody was chosen"
    if not _NOT_SPACES.search(request.text):
        return "without words"
    if len(request.text) > LONGEST_REQUEST:
        return f"longer than {LONGEST_REQUEST:,} characters"
    if request.chosen is not None and folded_name(request.chosen) not in names:
        return "taken by an agent that the roster does not have"
    return ""


def _draft(
    request: RecordedRequest,
    roster: Roster,
    names: Mapping[str, AgentName],
    people: Collection[str],
    day: str,
) -> Draft:
    owner = _OWNER.match(request.folder)
    clean = redacted(request.text, people=[*people, *([owner[1]] if owner else [])], kept=roster.names)
    text = clean.text.strip()
    chosen = None if request.chosen is None else names[folded_name(request.chosen)]
    further = frozenset(names[folded_name(name)] for name in request.further if folded_name(name) in names) - {chosen}
    mark = fingerprint_of([text, request.session])[:10]
    case = Case(
        identifier=CaseIdentifier(f"{'example' if request.is_example else HARVESTED}-{mark}"),
        request=Request(text=text),
        expectation=Expectation(preferred=chosen, acceptable=further if chosen else frozenset()),
        stratum=_stratum(text, roster),
        tags=frozenset({HARVESTED, LEAKY} if request.is_example else {HARVESTED}),
        group="" if request.is_example else f"session-{fingerprint_of(request.session)[:10]}",
        provenance=Provenance(author=AUTHOR, date=request.day[:10] or day, note=_note(request)),
    )
    return Draft(case=case, outcome=request.outcome, refused=request.refused, taken_out=clean.counts)


def _note(request: RecordedRequest) -> str:
    """Say where a request is from; a session's own name could be looked up, so that its fingerprint stands for it."""
    if request.is_example:
        return f"an example of {request.session}"
    return f"session {fingerprint_of(request.session)[:10]}; {request.outcome}"


def _stratum(text: str, roster: Roster) -> Stratum:
    if names_in(text, [name for name in roster.names if _SEPARATORS.search(name)]):
        return Stratum.EXPLICIT
    return Stratum.HINTED if re.search(r"\b(?:sub-?agents?|agents?)\b", text, re.IGNORECASE) else Stratum.IMPLICIT


def _by_folded_name(roster: Roster) -> Mapping[str, AgentName]:
    """Return the agents by their names as hosts compare them, and by those without a plugin's prefix."""
    short = {folded_name(name.rpartition(":")[2]): name for name in reversed(roster.names)}
    return {**short, **{folded_name(name): name for name in roster.names}}


def _bare_text(text: str) -> str:
    return " ".join(_NOT_SPACES.findall(text.casefold()))
