"""Cases of several datasets, one after another, with every complaint at the end."""

from collections.abc import Iterator

import pytest

from passmuster.application.curating import unknown_agents
from passmuster.application.streaming_cases import MOST_FINDINGS, stream_all
from passmuster.domain.cases import Case
from passmuster.domain.errors import InvalidDatasetError
from passmuster.domain.findings import Finding, Severity
from passmuster.testing.factories import a_case, a_roster, an_expectation

FINDING = Finding(rule="syntax", severity=Severity.ERROR, message="wrong")


def test_sound_cases_come_first_and_all_complaints_last() -> None:
    """A broken dataset does not keep the next one from being looked at."""

    def broken() -> Iterator[Case]:
        yield a_case("a")
        raise InvalidDatasetError([FINDING])

    stream = stream_all([broken, lambda: iter([a_case("b"), a_case("a")])])

    first = [next(stream).identifier for _ in range(3)]

    with pytest.raises(InvalidDatasetError) as caught:
        next(stream)
    assert first == ["a", "b", "a"]
    assert [finding.rule for finding in caught.value.findings] == ["syntax", "duplicate-identifier"]


def test_one_dataset_looks_after_its_own_identifiers() -> None:
    """Its loader has; a plug-in's may have reasons."""
    assert len(list(stream_all([lambda: iter([a_case("a"), a_case("a")])]))) == 2


def test_unknown_agents_are_complained_about() -> None:
    """Whether they are preferred, acceptable or forbidden; former ones are known."""
    cases = [
        a_case("a", preferred="debuggr"),
        a_case("b", preferred="gone"),
        a_case("c", expectation=an_expectation(None, acceptable=["x"], forbidden=["debugger", "y"])),
        a_case("d", preferred=None),
    ]
    check = unknown_agents(a_roster("debugger"), former=["gone"])  # type: ignore[list-item]  # a name

    found = [[finding.message for finding in check(case)] for case in cases]

    assert [len(own) for own in found] == [1, 0, 2, 0]
    assert "'debuggr'" in found[0][0]


def test_endless_trouble_ends() -> None:
    """After so many complaints there is no point in going on."""
    cases = (a_case(f"c{number}") for number in range(10 * MOST_FINDINGS))
    stream = stream_all([lambda: iter(cases)], lambda _case: [FINDING])

    with pytest.raises(InvalidDatasetError) as caught:
        list(stream)

    assert len(caught.value.findings) == MOST_FINDINGS
