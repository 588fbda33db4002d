"""Whether a subject chooses alike when nothing changes that should matter."""

import json
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Iterable
from dataclasses import replace

import pytest

from passmuster.analysis.perturbations.packs import PACKS, Pack
from passmuster.analysis.perturbations.rosters import among_distractors, with_neutral_names
from passmuster.application.asking import Asking, Means
from passmuster.application.invariance import AGAIN, DISTRACTORS, NAMES, Invariance, Plan, RosterPack, measure
from passmuster.application.invariance_document import markdown_of, plain
from passmuster.application.planning import PlannedSubject
from passmuster.domain.agents import Roster
from passmuster.domain.answers import Answer, Asked, Failure, RoutingDecision, Stage
from passmuster.domain.cases import Case, Request
from passmuster.domain.errors import InvalidDatasetError
from passmuster.domain.findings import Finding, Severity
from passmuster.domain.observations import NOBODY
from passmuster.domain.results import Trial, TrialPlan
from passmuster.domain.values import AgentName, SubjectName
from passmuster.ports import TrialRunner
from passmuster.testing.factories import a_case, a_request, a_roster, a_subject_record, an_agent, an_expectation
from passmuster.testing.fakes import FakeClock, make_trial

ROSTER = a_roster(an_agent("cook", "Makes soup"), an_agent("baker", "Bakes bread"))
LOUD = Pack(name="loud", summary="in capitals", perturb=lambda text, _random, _names: text.upper())
NOTHING = Pack(name="nothing", summary="no change", perturb=lambda text, _random, _names: text)


class InOrder:
    """Makes one trial after another."""

    async def execute(
        self, plans: Iterable[TrialPlan], make_runner: Callable[[], TrialRunner]
    ) -> AsyncGenerator[Trial, None]:
        runner = make_runner()
        for plan in plans:
            yield await make_trial(runner, plan)


class Reader:
    """Chooses the agent in whose description a word of the request stands, letter by letter; breaks at will."""

    def __init__(self, roster: Roster, *, wavers: bool = False) -> None:
        self.roster = roster
        self.wavers = wavers
        self.asked: Counter[str] = Counter()

    @property
    def writes(self) -> bool:
        return False

    @property
    def takes_assignments(self) -> bool:
        return False

    async def respond(
        self,
        request: Request,
        *,
        repetition: int,
        assigned: AgentName | None,  # noqa: ARG002 - the port's
        asked: Asked,  # noqa: ARG002 - the port's
    ) -> Answer:
        self.asked[request.text] += 1
        if "boom" in request.text.lower():
            return Answer(routing=Failure(stage=Stage.ROUTING, kind="RoutingError", message="boom"))
        words = set(request.text.split())
        found = [agent.name for agent in self.roster.agents if words & set(agent.description.split())]
        chosen = None if self.wavers and repetition else next(iter(found), None)
        return Answer(routing=RoutingDecision(chosen=chosen, margin=2.0 if chosen else 0.5))

    def foresee(self, request: Request, *, repetition: int, assigned: AgentName | None, asked: Asked) -> Failure | None:
        raise NotImplementedError


def case(identifier: str, text: str, agent: str | None, *tags: str) -> Case:
    return a_case(identifier, request=a_request(text), expectation=an_expectation(agent), tags=frozenset(tags))


CASES = (
    case("soup", "more soup", "cook", "language-en"),
    case("SOUP", "MORE SOUP", "cook"),
    case("bread", "fresh bread", "baker", "language-en"),
    case("none", "what time is it", None, "lang-fr"),
)


async def found(
    *packs: Pack | RosterPack, cases: tuple[Case, ...] = CASES, wavers: bool = False
) -> tuple[Invariance, ...]:
    plan = Plan(
        roster=ROSTER,
        cases=cases,
        packs=[pack for pack in packs if isinstance(pack, Pack)],
        roster_packs=[pack for pack in packs if isinstance(pack, RosterPack)],
        is_deterministic=not wavers,
        seed=1,
    )
    record = a_subject_record(is_deterministic=not wavers)

    def build(roster: Roster) -> PlannedSubject:
        if roster.name == "strange":
            message = "no training case is for an agent of the roster"
            raise InvalidDatasetError([Finding(rule="no-case", severity=Severity.ERROR, message=message)])
        return PlannedSubject(subject=Reader(roster, wavers=wavers), record=record)

    means = Means(build=build, executor=InOrder(), clock=FakeClock(), budget=plan.calls)
    return await measure(plan, Asking(means, lambda _done, _expected: None))


async def test_choices_that_stay_are_counted_and_those_that_went_are_found() -> None:
    """A router that reads letter by letter loses what is written in capitals; what it never had is not lost."""
    [loud] = await found(LOUD)

    assert loud.unchanged is not None
    assert (loud.unchanged.value, loud.unchanged.sample_size) == (1 / 3, 3)
    assert loud.unchanged.lower < 1 / 3 < loud.unchanged.upper
    assert loud.accuracy == (1.0, 1 / 3)
    assert loud.difference is not None
    assert loud.difference.value == pytest.approx(-2 / 3)
    assert [pair.case.identifier for pair in loud.worst(5)] == ["bread", "soup"]
    assert loud.untouched == 1
    assert {name: share.value for name, share in loud.by_agent().items()} == {"baker": 0, "cook": 0, NOBODY: 1}
    assert {name: share.value for name, share in loud.by_language().items()} == {"en": 0, "fr": 1}


async def test_a_pack_that_changes_nothing_asks_nothing() -> None:
    """There is nothing to say then, and nothing is divided by it."""
    [row] = await found(NOTHING)

    assert (row.pairs, row.untouched, row.unchanged, row.difference) == ((), 4, None, None)
    assert row.worst(5) == ()


async def test_a_subject_that_varies_is_first_compared_with_itself() -> None:
    """Whatever a pack seems to do must be held against that."""
    again, loud = await found(LOUD, wavers=True)

    assert (again.pack, loud.pack) == (AGAIN, "loud")
    assert again.unchanged is not None
    assert again.unchanged.value == 2 / 4


async def test_what_could_not_be_measured_is_no_change() -> None:
    """A failure of the harness on either side takes the pair out, and is counted."""
    boom = case("boom", "boom soup", "cook")
    [row] = await found(LOUD, cases=(*CASES, boom))

    assert row.failed == 1
    assert "boom" not in {pair.case.identifier for pair in row.pairs}


async def test_neutral_names_are_mapped_back_and_named_agents_left_out() -> None:
    """A request that names its agent has lost its addressee; the others go by the description alone."""
    pack = RosterPack(name=NAMES, summary="", changed=with_neutral_names(ROSTER, seed=1))
    [row] = await found(pack, cases=(*CASES, case("named", "ask the cook", "cook")))

    assert row.untouched == 1
    assert row.unchanged is not None
    assert row.unchanged.value == 1.0
    assert {pair.after_name for pair in row.pairs} == {"cook", "baker", None}


async def test_a_subject_that_cannot_be_built_for_a_roster_says_why() -> None:
    """Whoever learnt the agents' names knows nothing of others; the packs of requests are measured all the same."""
    changed = with_neutral_names(replace(ROSTER, name="strange"), seed=1)
    pack = RosterPack(name=NAMES, summary="", changed=changed)

    loud, names = await found(LOUD, pack)

    assert loud.unchanged is not None
    assert (names.pairs, names.failed, names.obstacle) == ((), 4, "no training case is for an agent of the roster")
    assert "no training case is for an agent" in markdown_of("one", 1, {SubjectName("reader"): [loud, names]})


async def test_a_request_that_a_distractor_takes_is_lost() -> None:
    """Even if the distractor bears a name that somebody accepts."""
    others = a_roster(an_agent("aaa", "Wants soup and bread"))
    pack = RosterPack(name=DISTRACTORS, summary="", changed=among_distractors(ROSTER, others, number=3, seed=1))
    [row] = await found(pack)

    lost = [pair.case.identifier for pair in row.pairs if not pair.is_unchanged]
    assert lost == ["soup", "bread"]
    assert row.accuracy == (3 / 4, 1 / 4)


async def test_the_document_says_what_was_measured_and_escapes_the_rest() -> None:
    """Requests are untrusted: neither a table nor a link can be made of them."""
    evil = case("evil", "soup | [x](ftp://e) <b>`", "cook")
    rows = await found(LOUD, *PACKS[:1], cases=(*CASES, evil))

    text = markdown_of("kitchen_one", 1, {SubjectName("reader"): rows})
    data = plain("kitchen_one", 1, {SubjectName("reader"): rows})

    assert "# kitchen\\_one" in text
    assert "| `loud` | in capitals | 4 (1 untouched) | 25.0% [5%, 70%] | 100.0% | 25.0% |" in text
    assert "> SOUP \\| \\[X\\]\\(FTP://E\\) \\<B\\>\\`" in text
    assert "### Choices kept, by the language of the request" in text
    assert json.loads(json.dumps(data))["subjects"]["reader"][0]["unchanged"]["cases"] == 4
