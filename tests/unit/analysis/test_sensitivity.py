"""What a suite can see: of subjects with and without noise, over all cases and by agent."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passmuster.analysis.power import Design, VarianceSplit, cases_needed, passing_chance, visible_drop
from passmuster.analysis.sensitivity import Basis, Noise, Outlook, noise_of, units_of
from passmuster.analysis.stakes import Stake
from passmuster.domain.cases import Case
from passmuster.domain.observations import Aspect
from passmuster.domain.values import AgentName, CaseIdentifier
from passmuster.testing.factories import a_case, a_subject_record

NOISE = Noise(split=VarianceSplit(mean=0.8, within=0.08, between=0.08), basis=Basis.REPEATED, repeated=200)
AGENTS = [AgentName(name) for name in ("debugger", "tester", "writer")]
MARGIN = Stake(margin=0.05)


def cases(number: int, preferred: str | None = "debugger", tag: str = "any") -> tuple[Case, ...]:
    """Return cases of one agent."""
    tags = frozenset({tag})
    return tuple(a_case(f"{preferred}-{index}", preferred=preferred, tags=tags) for index in range(number))


def an_outlook(
    *found: Case, is_steady: bool = False, owners: Mapping[str, str | None] | None = None, **changes: object
) -> Outlook:
    """Return a subject's choices on some cases: three trials against ten, unless it is steady."""
    outlook = Outlook(
        record=a_subject_record(is_deterministic=is_steady),
        aspect=Aspect.ROUTING,
        cases=found,
        repetitions=1 if is_steady else 3,
        baseline_trials=1 if is_steady else 10,
        noise=NOISE,
        owners={CaseIdentifier(case): owner for case, owner in (owners or {}).items()},
    )
    return replace(outlook, **changes)  # type: ignore[arg-type]  # fields by name


def test_without_noise_one_case_is_seen() -> None:
    """Whatever the gate allows: the drop is one case of all."""
    sight = an_outlook(*cases(8), is_steady=True).sight(MARGIN)

    assert (sight.cases, sight.smallest, sight.unchanged_passes) == (8, 0.125, None)
    assert an_outlook(is_steady=True).sight(Stake()).smallest is None


def test_the_least_watched_agents_come_first() -> None:
    """Agents without a case are unwatched; three requests are enough to be watched."""
    found = an_outlook(*cases(3), *cases(1, "tester"), *cases(4, None), is_steady=True).agents(AGENTS)

    assert [(item.agent, item.cases, item.lacking, item.smallest) for item in found] == [
        ("writer", 0, 3, None),
        ("tester", 1, 2, 1.0),
        ("debugger", 3, 0, pytest.approx(1 / 3)),
        ("(nobody)", 4, 0, 0.25),
    ]
    assert [item.is_unwatched for item in found] == [True, False, False, False]


def test_a_request_that_goes_wrong_now_watches_nobody() -> None:
    """It cannot break; and one that rightly goes to an acceptable agent watches that one."""
    owners = {"debugger-0": None, "debugger-1": "tester", "debugger-2": "debugger"}

    found = {item.agent: item for item in an_outlook(*cases(3), is_steady=True, owners=owners).agents(AGENTS)}

    assert found["debugger"].counting == 1
    assert found["debugger"].smallest == pytest.approx(1 / 3)
    assert (found["tester"].cases, found["tester"].counting) == (0, 1)
    assert found["writer"].is_unwatched


def test_an_agent_whose_every_request_goes_wrong_is_unwatched() -> None:
    """No drop of it is to be seen, however many cases it has."""
    owners = {f"debugger-{index}": None for index in range(5)}

    found = {item.agent: item for item in an_outlook(*cases(5), is_steady=True, owners=owners).agents(AGENTS)}

    assert found["debugger"].is_unwatched
    assert (found["debugger"].smallest, found["debugger"].lacking) == (None, 3)


def test_with_noise_the_smallest_drop_is_that_of_the_gate_s_test() -> None:
    """The error rate is the one that a failure may spend, and the margin plays no part in it."""
    stake = Stake(margin=0.05, tests=3)

    sight = an_outlook(*cases(200)).sight(stake)

    design = Design(cases=200, trials=3, baseline_trials=10)
    assert sight.smallest == visible_drop(NOISE.split, design, aim=stake.aim)
    assert sight.unchanged_passes == passing_chance(NOISE.split, design, 0.05)


def test_what_sees_the_margin_needs_nothing_more() -> None:
    """The smallest drop lies below it."""
    sight = an_outlook(*cases(400)).sight(MARGIN)

    assert sight.is_sharp
    assert (sight.repetitions_needed, sight.cases_needed) == (None, None)


def test_what_does_not_see_the_margin_is_told_what_would() -> None:
    """More repetitions or more cases: as many as it takes, and not one fewer."""
    outlook = an_outlook(*cases(150), repetitions=1, baseline_trials=10)

    sight = outlook.sight(MARGIN)

    assert not sight.is_sharp
    assert sight.repetitions_needed is not None
    assert sight.cases_needed is not None
    for enough, is_sharp in ((0, True), (-1, False)):
        repeated = replace(outlook, repetitions=sight.repetitions_needed + enough)
        extended = replace(outlook, cases=cases(sight.cases_needed + enough))
        assert repeated.sight(MARGIN).is_sharp is is_sharp
        assert extended.sight(MARGIN).is_sharp is is_sharp


def test_a_noisy_baseline_cannot_be_made_up_for() -> None:
    """Only cases help then."""
    sight = an_outlook(*cases(60), repetitions=1, baseline_trials=1).sight(Stake(margin=0.03))

    assert sight.repetitions_needed is None
    assert sight.cases_needed is not None


def test_without_a_baseline_it_grows_with_the_run() -> None:
    """What is accepted first will have as many trials."""
    alone, fixed = (an_outlook(*cases(150), repetitions=1, baseline_trials=trials) for trials in (None, 1))

    assert alone.sight(MARGIN).smallest == fixed.sight(MARGIN).smallest
    assert fixed.sight(MARGIN).repetitions_needed is None
    assert alone.sight(MARGIN).repetitions_needed is not None


def test_too_few_cases_see_nothing() -> None:
    """The gate cannot tell below 30; more repetitions do not help, and more cases do."""
    sight = an_outlook(*cases(29)).sight(Stake(margin=0.3))

    assert (sight.smallest, sight.unchanged_passes, sight.repetitions_needed) == (None, 0.0, None)
    assert sight.cases_needed == 30


@pytest.mark.parametrize("margin", [None, 0.0, 0.9])
def test_where_nothing_can_be_settled_nothing_is_advised(margin: float | None) -> None:
    """No margin, none at all, and more than there is to lose."""
    sight = an_outlook(*cases(100)).sight(Stake(margin=margin))

    assert sight.smallest is not None
    assert (sight.repetitions_needed, sight.cases_needed) == (None, None)


def test_a_subset_has_its_own_cases() -> None:
    """Those that the gate's rule is about."""
    outlook = an_outlook(*cases(100, tag="old"), *cases(200, "tester"))

    assert outlook.sight(Stake(subset="tag=old")).cases == 100
    assert outlook.sight(Stake()).cases == 300


def test_cases_of_a_group_count_as_one() -> None:
    """They stand or fall together."""
    grouped = [replace(case, group=f"ticket-{index // 4}") for index, case in enumerate(cases(160))]
    outlook = an_outlook(*grouped)

    assert units_of(grouped) == 40
    assert outlook.sight(Stake()).smallest == an_outlook(*cases(40)).sight(Stake()).smallest
    assert outlook.agents(AGENTS)[-1].counting == 40
    needed, alone = outlook.sight(MARGIN).cases_needed, an_outlook(*cases(40)).sight(MARGIN).cases_needed
    assert alone is not None
    assert needed == 4 * alone


def test_agents_of_a_subject_that_varies_need_cases_for_a_fifth() -> None:
    """All the same number, since all are taken to vary alike; the fewest first."""
    outlook = an_outlook(*cases(40), *cases(12, "tester"))
    found = outlook.agents(AGENTS)

    needed = outlook.units_needed(0.2)
    assert [item.agent for item in found] == ["(nobody)", "writer", "tester", "debugger"]
    assert needed is not None
    assert needed >= cases_needed(NOISE.split, Design(cases=1, trials=3, baseline_trials=10), 0.2)
    assert [item.lacking for item in found] == [needed, needed, needed - 12, 0]
    assert [item.smallest is None for item in found] == [True, True, False, False]
    drops = [
        visible_drop(NOISE.split, Design(cases=size, trials=3, baseline_trials=10)) for size in (needed - 1, needed)
    ]
    assert (drops[0] or 1.0) > 0.2 >= (drops[1] or 1.0)


def test_where_nothing_is_right_nothing_can_be_lost() -> None:
    """Nothing is advised for the agents then."""
    nothing = Noise(split=VarianceSplit(mean=0.0, within=0.0, between=0.0), basis=Basis.REPEATED)

    outlook = an_outlook(*cases(40), noise=nothing)

    assert outlook.sight(MARGIN).smallest is None
    assert {item.needed for item in outlook.agents(AGENTS)} == {0}


def test_a_drop_that_nobody_could_see_is_said_so() -> None:
    """More cases than anybody writes."""
    assert an_outlook(*cases(40)).units_needed(1e-6) is None


def test_noise_is_found_from_repeated_trials() -> None:
    """A case that varies as much as it can is added to what was found."""
    found = noise_of([[1.0, 0.0]] * 5 + [[1.0, 1.0]] * 50 + [[0.0, 0.0]] * 20)

    assert (found.basis, found.repeated) == (Basis.REPEATED, 75)
    assert found.split.mean == pytest.approx(53 / 76)
    assert found.split.within == pytest.approx((5 * 0.5 + 53 / 76 * 23 / 76) / 76)


def test_steady_trials_are_not_taken_for_certain() -> None:
    """Ten cases that never varied leave a little noise."""
    found = noise_of([[1.0, 1.0]] * 10)

    assert found.basis is Basis.REPEATED
    assert 0 < found.split.within < 0.01


@pytest.mark.parametrize("trials", [[[1.0]] * 40, [[1.0, 0.0]] * 9 + [[1.0]] * 31])
def test_where_hardly_anything_was_repeated_the_most_is_taken(trials: Sequence[Sequence[float]]) -> None:
    """The share of right ones times that of wrong ones is the most that a trial can vary."""
    found = noise_of(trials)

    assert found.basis is Basis.LARGEST
    assert found.split.within == pytest.approx(found.split.mean * (1 - found.split.mean))


def test_where_nothing_was_measured_half_is_taken_to_be_right() -> None:
    """Trials vary most there."""
    assert noise_of([(), ()]).split == VarianceSplit(mean=0.5, within=0.25, between=0.0)
    assert noise_of([]).basis is Basis.UNKNOWN


@given(trials=st.lists(st.lists(st.sampled_from([0.0, 1.0]), max_size=5), max_size=40))
def test_noise_is_never_more_than_it_can_be(trials: list[list[float]]) -> None:
    """Nor is anything ever taken to be certain."""
    split = noise_of(trials).split

    assert 0 < split.mean < 1
    assert 0 < split.within <= split.mean * (1 - split.mean) + 1e-12
    assert split.between >= 0
