"""Whether a subject chooses alike when nothing changes that should matter."""

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field

from passmuster.analysis.differences import Differences
from passmuster.analysis.outcomes import routing_outcome
from passmuster.analysis.perturbations.packs import Pack, perturbed
from passmuster.analysis.perturbations.protecting import names_in
from passmuster.analysis.perturbations.rosters import PerturbedRoster
from passmuster.analysis.proportions import share_estimate
from passmuster.application.asking import Asking, Reply, Variant, Want
from passmuster.domain.agents import Roster
from passmuster.domain.answers import Failure, RoutingDecision
from passmuster.domain.cases import Case
from passmuster.domain.errors import InvalidInputError
from passmuster.domain.observations import NOBODY, Estimate
from passmuster.domain.values import AgentName

AGAIN = "asked_again"
"""The row that says how far a subject that varies agrees with itself when nothing at all is changed."""

ORDER, NAMES, DISTRACTORS = "roster_order", "neutral_names", "distractors"

LANGUAGE_TAGS = ("language-", "lang-")
"""Tags that say in which language a request is written; it is never guessed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RosterPack:
    """A perturbation of the roster, made once for all cases."""

    name: str
    summary: str
    changed: PerturbedRoster


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """One case as it is and as it was perturbed.

    Attributes:
        case: The original.
        text: What was asked instead; the original's text where only the roster was perturbed.
        before: The choice.
        after: The choice for the perturbed one.
        after_name: Who was chosen then, by the agent's former name.
        to_added: Whether an agent was chosen that only the perturbation brought in.
    """

    case: Case
    text: str
    before: RoutingDecision
    after: RoutingDecision
    after_name: AgentName | None
    to_added: bool = False

    @property
    def is_unchanged(self) -> bool:
        """Whether the same agent was chosen."""
        return not self.to_added and self.before.chosen == self.after_name

    @property
    def was_right(self) -> bool:
        """Whether the original's choice was right."""
        return routing_outcome(self.before.chosen, self.case.expectation).is_right

    @property
    def is_right(self) -> bool:
        """Whether the choice is right after it."""
        return not self.to_added and routing_outcome(self.after_name, self.case.expectation).is_right

    @property
    def lost_margin(self) -> float:
        """How much nearer the choice came to changing; all of the margin where it changed, 0 where none is known."""
        before = self.before.margin or 0.0
        after = (self.after.margin or 0.0) if self.is_unchanged else 0.0
        return before - after


@dataclass(frozen=True, slots=True, kw_only=True)
class Invariance:
    """What one pack did to one subject.

    Attributes:
        pack: Its name.
        summary: What it does.
        pairs: Cases that were measured on both sides, in the order of the dataset.
        untouched: Cases in which the pack found nothing to change, or that name an agent whose name it takes away.
        failed: Cases that could not be measured on both sides.
        obstacle: Why the subject cannot be built for such a roster at all; empty where it can.
    """

    pack: str
    summary: str
    pairs: tuple[Pair, ...]
    untouched: int = 0
    failed: int = 0
    obstacle: str = ""

    @property
    def unchanged(self) -> Estimate | None:
        """The share of choices that stayed, with Wilson's interval; ``None`` without any."""
        return _share(self.pairs)

    @property
    def difference(self) -> Estimate | None:
        """How much more cases are right after it, paired; negative where it does harm."""
        if not self.pairs:
            return None
        values = tuple(float(pair.is_right) - float(pair.was_right) for pair in self.pairs)
        found = Differences(
            values=values,
            size=len(values),
            gained=sum(value > 0 for value in values),
            lost=sum(value < 0 for value in values),
        )
        return found.estimate()

    @property
    def accuracy(self) -> tuple[float, float]:
        """The shares of right choices before and after; 0 without any case."""
        size = max(1, len(self.pairs))
        return sum(pair.was_right for pair in self.pairs) / size, sum(pair.is_right for pair in self.pairs) / size

    def by_agent(self) -> Mapping[str, Estimate]:
        """The share of choices that stayed, by the agent that is expected; in order of name, nobody last."""
        return _shares(self.pairs, lambda pair: [pair.case.expectation.preferred or NOBODY])

    def by_language(self) -> Mapping[str, Estimate]:
        """The share of choices that stayed, by the language that a case's tag says it is written in."""
        return _shares(self.pairs, lambda pair: _languages(pair.case))

    def worst(self, number: int) -> tuple[Pair, ...]:
        """Return the pairs to look at first: right choices lost, other changes, then the most margin lost."""
        ranked = sorted(
            self.pairs,
            key=lambda pair: (
                not (pair.was_right and not pair.is_right),
                pair.is_unchanged,
                -pair.lost_margin,
                pair.case.identifier,
            ),
        )
        return tuple(pair for pair in ranked if not pair.is_unchanged or pair.lost_margin > 0)[:number]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is to be measured of one subject.

    Attributes:
        roster: Its agents.
        cases: The originals.
        packs: Perturbations of requests.
        roster_packs: Perturbations of the roster.
        is_deterministic: Whether it answers equal requests equally; otherwise every original is asked twice.
        seed: Decides the draws.
    """

    roster: Roster
    cases: Sequence[Case]
    packs: Sequence[Pack]
    roster_packs: Sequence[RosterPack] = ()
    is_deterministic: bool
    seed: int

    @property
    def calls(self) -> int:
        """The most choices that it takes."""
        originals = 1 if self.is_deterministic else 2
        return len(self.cases) * (originals + len(self.packs) + len(self.roster_packs))


@dataclass(slots=True)
class _Sheet:
    """The cases of one pack, and where each is asked."""

    pack: str
    summary: str
    asked: list[tuple[Case, Case]] = field(default_factory=list)
    untouched: int = 0
    changed: PerturbedRoster | None = None


async def measure(plan: Plan, asking: Asking) -> tuple[Invariance, ...]:
    """Ask every case as it is and as each pack perturbs it, as much of it at once as the roster allows.

    Returns:
        One entry for each pack, in order; before them :data:`AGAIN` for a subject that varies.
    """
    usual = Variant.of(plan.roster)
    sheets = [_of_requests(plan, pack) for pack in plan.packs]
    changed = [_of_roster(plan, pack) for pack in plan.roster_packs]
    times = 1 if plan.is_deterministic else 2
    wants = [Want(variant=usual, case=case, number=times) for case in plan.cases]
    wants += [Want(variant=usual, case=made, number=1) for sheet in sheets for _, made in sheet.asked]
    asking.expected = asking.missing(wants) + sum(len(sheet.asked) for sheet in changed)
    await asking.ask(wants)
    found = [] if plan.is_deterministic else [_again(plan, usual, asking)]
    found += [_read(sheet, usual, usual, asking) for sheet in sheets]
    found += [await _with_changed_roster(sheet, usual, asking) for sheet in changed]
    return tuple(found)


async def _with_changed_roster(sheet: _Sheet, usual: Variant, asking: Asking) -> Invariance:
    """Ask under another roster, for which a subject that has learnt may know nothing."""
    variant = usual if sheet.changed is None else Variant.of(sheet.changed.roster)
    try:
        await asking.ask([Want(variant=variant, case=made, number=1) for _, made in sheet.asked])
    except InvalidInputError as error:
        first = error.findings[0].message
        return Invariance(pack=sheet.pack, summary=sheet.summary, pairs=(), failed=len(sheet.asked), obstacle=first)
    return _read(sheet, usual, variant, asking)


def _of_requests(plan: Plan, pack: Pack) -> _Sheet:
    sheet = _Sheet(pack.name, pack.summary)
    for case in plan.cases:
        made = perturbed(case, pack, seed=plan.seed, names=plan.roster.names)
        if made is None:
            sheet.untouched += 1
        else:
            sheet.asked.append((case, made))
    return sheet


def _of_roster(plan: Plan, pack: RosterPack) -> _Sheet:
    """Take the cases as they are, without those that name an agent which has lost its name."""
    takes_names = bool(pack.changed.original)
    kept = [case for case in plan.cases if not (takes_names and names_in(case.request.text, plan.roster.names))]
    return _Sheet(
        pack.name,
        pack.summary,
        asked=[(case, case) for case in kept],
        untouched=len(plan.cases) - len(kept),
        changed=pack.changed,
    )


def _again(plan: Plan, usual: Variant, asking: Asking) -> Invariance:
    replies = ((case, (*asking.replies(usual, case), None, None)) for case in plan.cases)
    pairs = [_pair(case, case, (first, second), None) for case, (first, second, *_) in replies]
    return _filled(_Sheet(AGAIN, "nothing changed"), pairs)


def _read(sheet: _Sheet, usual: Variant, variant: Variant, asking: Asking) -> Invariance:
    pairs = []
    for case, made in sheet.asked:
        first = next(iter(asking.replies(usual, case)), None)
        second = next(iter(asking.replies(variant, made)), None)
        pairs.append(_pair(case, made, (first, second), sheet.changed))
    return _filled(sheet, pairs)


def _filled(sheet: _Sheet, pairs: Sequence[Pair | None]) -> Invariance:
    measured = tuple(pair for pair in pairs if pair is not None)
    return Invariance(
        pack=sheet.pack,
        summary=sheet.summary,
        pairs=measured,
        untouched=sheet.untouched,
        failed=len(pairs) - len(measured),
    )


def _pair(
    case: Case, made: Case, replies: tuple[Reply | None, Reply | None], changed: PerturbedRoster | None
) -> Pair | None:
    before, after = replies
    if before is None or after is None or isinstance(before, Failure) or isinstance(after, Failure):
        return None
    chosen = after.chosen
    return Pair(
        case=case,
        text=made.request.text,
        before=before,
        after=after,
        after_name=chosen if changed is None else changed.former_name(chosen),
        to_added=changed is not None and chosen in changed.added,
    )


def _share(pairs: Sequence[Pair]) -> Estimate | None:
    if not pairs:
        return None
    return share_estimate(sum(pair.is_unchanged for pair in pairs), len(pairs))


def _shares(pairs: Sequence[Pair], names_of: Callable[[Pair], Collection[str]]) -> Mapping[str, Estimate]:
    """Return the share of choices that stayed by the names that pairs bear; in order of name, nobody last."""
    own: defaultdict[str, list[Pair]] = defaultdict(list)
    for pair in pairs:
        for name in names_of(pair):
            own[name].append(pair)
    names = sorted(own, key=lambda name: (name == NOBODY, name))
    return {name: share for name in names if (share := _share(own[name]))}


def _languages(case: Case) -> frozenset[str]:
    """Return what its tags say, such as ``de`` for ``language-de``."""
    return frozenset(tag.removeprefix(start) for tag in case.tags for start in LANGUAGE_TAGS if tag.startswith(start))
