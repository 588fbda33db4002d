"""Splits: what belongs together stays together, every agent has its share, and nothing moves unasked."""

from collections import Counter
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from passmuster.application.splitting import SplitPlan, split_cases
from passmuster.domain.cases import Case
from passmuster.testing.factories import a_case

SHARES = {"train": 0.5, "validation": 0.2, "test": 0.3}
PLAN = SplitPlan(shares=SHARES)


def unsplit(count: int, agent: str = "a", **more: object) -> list[Case]:
    return [
        a_case(f"{agent}-{number}", text=f"{agent} {number}", preferred=agent, split="", **more)
        for number in range(count)
    ]


def test_each_agent_has_its_shares() -> None:
    """Agent by agent, and not only over all."""
    cases = [*unsplit(10, "a"), *unsplit(20, "b"), *unsplit(3, "c")]

    found = split_cases(cases, PLAN)

    counts = {
        agent: Counter(case.split for case in found.cases if case.expectation.preferred == agent) for agent in "abc"
    }
    assert counts["a"] == {"train": 5, "validation": 2, "test": 3}
    assert counts["b"] == {"train": 10, "validation": 4, "test": 6}
    assert counts["c"].total() == 3
    assert (found.moved, found.units, found.findings) == (33, 33, ())


def test_the_seed_decides_and_nothing_else_does() -> None:
    """Neither the order of the cases nor a second run."""
    cases = unsplit(40)

    one = {case.identifier: case.split for case in split_cases(cases, PLAN).cases}
    turned = {case.identifier: case.split for case in split_cases(cases[::-1], PLAN).cases}
    other = {case.identifier: case.split for case in split_cases(cases, replace(PLAN, seed=1)).cases}

    assert one == turned
    assert one != other


def test_what_is_split_stays_when_cases_are_added() -> None:
    """The new ones fill what the old ones lack."""
    old = split_cases(unsplit(10), PLAN).cases
    new = [a_case(f"n-{number}", text=f"n {number}", preferred="a", split="") for number in range(10)]

    found = split_cases([*new, *old], PLAN)

    assert found.cases[10:] == old
    assert Counter(case.split for case in found.cases) == {"train": 10, "validation": 4, "test": 6}


def test_reshuffling_must_be_asked_for() -> None:
    """Then the present splits do not count."""
    cases = [replace(case, split="test") for case in unsplit(10)]

    kept = split_cases(cases, PLAN)
    found = split_cases(cases, replace(PLAN, reshuffles=True))

    assert kept.moved == 0
    assert Counter(case.split for case in found.cases) == {"train": 5, "validation": 2, "test": 3}


def test_groups_and_near_duplicates_stay_together() -> None:
    """A chain of both is one unit."""
    long = "Our nightly export job hangs since Tuesday, can you find out why it does?"
    together = [
        a_case("one", text=long, split="", group="g"),
        a_case("two", text=long.replace("export", "import"), split=""),
        a_case("three", text="entirely different", split="", group="g"),
        a_case("four", text="ENTIRELY different!", split="", preferred=None),
    ]

    found = split_cases([*unsplit(9), *together], replace(PLAN, threshold=0.8))

    assert len({case.split for case in found.cases[9:]}) == 1
    # The numbered requests of the others are too short to be alike.
    assert found.units == 10


def test_a_unit_that_is_torn_already_is_told() -> None:
    """Nobody is moved without being asked; a new member goes where most of the unit is."""
    cases = [
        a_case("a", text="1", split="train", group="g"),
        a_case("b", text="2", split="train", group="g"),
        a_case("c", text="3", split="test", group="g"),
        a_case("d", text="4", split="", group="g"),
    ]

    found = split_cases(cases, PLAN)

    assert [case.split for case in found.cases] == ["train", "train", "test", "train"]
    assert [finding.rule for finding in found.findings] == ["torn-group"]
    assert "'c'" in found.findings[0].message


@given(
    groups=st.lists(st.sampled_from(["", "g", "h"]), max_size=12),
    splits=st.lists(st.sampled_from(["", "train", "test"]), min_size=12, max_size=12),
    reshuffles=st.booleans(),
)
def test_every_case_gets_a_split(groups: list[str], splits: list[str], reshuffles: bool) -> None:  # noqa: FBT001 - drawn
    """Whatever was there before: splits stay, or groups are whole."""
    cases = [
        a_case(f"c{number}", text=f"{number}", group=group, split=split)
        for number, (group, split) in enumerate(zip(groups, splits, strict=False))
    ]

    found = split_cases(cases, replace(PLAN, reshuffles=reshuffles)).cases

    assert all(case.split in SHARES for case in found)
    if reshuffles:
        assert all(len({case.split for case in found if case.group == group}) <= 1 for group in "gh")
    else:
        assert all(after.split == before.split for before, after in zip(cases, found, strict=True) if before.split)
