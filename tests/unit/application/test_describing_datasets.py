"""What a dataset holds, counted case by case; and the card that is made of it."""

import yaml
from hypothesis import given
from hypothesis import strategies as st

from passmuster.application.dataset_cards import CardDetails, card_of, size_of
from passmuster.application.describing_datasets import Census, Spread, coverages, spread
from passmuster.domain.cases import LEAKY, Provenance
from passmuster.testing.factories import a_case, a_rubric, an_expectation

CASES = (
    a_case("a", text="one two three", tags=frozenset({LEAKY, "x"}), group="g", rubric=a_rubric()),
    a_case("b", text="one two three", split="train", group="g", is_critical=True),
    a_case("c", text="one", preferred=None, is_control=True),
    a_case("d", text="a|b", expectation=an_expectation("writer", acceptable=["x"], forbidden=["y"])),
    a_case("e", text="z", provenance=Provenance(author="m|n", date="2026-01-31", reviewed_by="r")),
    a_case("f", text="y", provenance=Provenance(author="m|n", date="2026-01-01")),
)


def census_of(*cases: object) -> Census:
    census = Census()
    for case in cases or CASES:
        census.add(case)  # type: ignore[arg-type]  # cases, or the ones above
    return census


def test_everything_is_counted() -> None:
    """Controls count, but not where metrics are concerned."""
    census = census_of()

    assert census.cases == 6
    assert census.splits == {"test": 5, "train": 1}
    assert census.agents == {"debugger": 4, "(nobody)": 1, "writer": 1}
    assert census.measured == {"debugger": 4, "writer": 1}
    assert census.by_agent["debugger", "train"] == 1
    assert census.tags == {LEAKY: 1, "x": 1}
    assert census.groups == 1
    assert census.dates == ("2026-01-01", "2026-01-31")
    assert {name: count for name, count in census.facts.items() if count} == {
        "expecting nobody": 1,
        "with acceptable agents": 1,
        "with forbidden agents": 1,
        "with a rubric": 1,
        "in a group": 2,
        "critical": 1,
        "controls": 1,
        "leaky": 1,
        "reviewed": 1,
        "repeated requests": 1,
    }


@given(numbers=st.lists(st.integers(0, 50), min_size=1))
def test_quartiles_are_those_of_the_sorted_numbers(numbers: list[int]) -> None:
    """Counts of each number are enough."""
    ordered = sorted(numbers)

    found = spread({number: numbers.count(number) for number in numbers})

    def at(share: float) -> int:
        return next(number for place, number in enumerate(ordered, start=1) if place >= share * len(ordered))

    assert found == Spread(
        smallest=ordered[0], lower_quartile=at(0.25), median=at(0.5), upper_quartile=at(0.75), largest=ordered[-1]
    )
    assert spread({}) is None


def test_coverage_names_agents_without_a_case_and_unknown_ones() -> None:
    """The least covered come first; few cases show nothing, more show more."""
    census = census_of(*(a_case(f"{number}", text=f"{number}") for number in range(60)), CASES[3])

    found = coverages(census, ["debugger", "tester"])

    assert [(item.agent, item.cases, item.is_known) for item in found] == [
        ("tester", 0, True),
        ("writer", 1, False),
        ("debugger", 60, True),
    ]
    assert [item.drop is None for item in found] == [True, True, False]
    assert found[2].drop is not None
    assert 0.05 < found[2].drop < 0.4
    assert all(item.is_known for item in coverages(census, None))


def test_the_card_has_front_matter_and_harmless_tables() -> None:
    """What stands in names cannot break out of its cell; what nobody knows is left to people."""
    details = CardDetails(title="Our: cases", license="apache-2.0", languages=("en", "de"), files="*.parquet")
    census = census_of()

    card = card_of(census, coverages(census, ["debugger", "a|b"]), "ours", details)

    _, front, body = card.split("---\n", 2)
    data = yaml.safe_load(front)
    assert data["pretty_name"] == "Our: cases"
    assert data["size_categories"] == ["n<1K"]
    assert data["configs"] == [{"config_name": "default", "data_files": "*.parquet"}]
    assert data["language"] == ["en", "de"]
    assert "| debugger | 4 | 3 | 1 | none |" in body
    assert "| a\\|b | 0 | 0 | 0 | none |" in body
    assert "written by m\\|n, 2026-01-01 to 2026-01-31" in body
    assert body.count("To be written by those who made the dataset") == 3


def test_size_categories_are_those_of_hubs() -> None:
    """The limits belong to the larger category."""
    assert [size_of(number) for number in (0, 999, 1_000, 999_999, 1_000_000, 10_000_000)] == [
        "n<1K",
        "n<1K",
        "1K<n<10K",
        "100K<n<1M",
        "1M<n<10M",
        "n>10M",
    ]
