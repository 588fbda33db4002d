"""Cases that are sound by sight: the schema has nothing to say against any of them."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passmuster.adapters.datasets.files import FileLoader
from passmuster.adapters.datasets.plain_cases import is_plain
from passmuster.adapters.datasets.schema import check_case
from passmuster.documents import Document

from .test_round_trip import ANYTHING, Data, cases

PLAIN: Data = {
    "identifier": "a",
    "request": "do it",
    "expect": {"agent": "x", "acceptable": ["y"], "forbidden": ["z"]},
    "history": [{"role": "user", "content": "c"}],
    "stratum": "hinted",
    "tags": ["t"],
    "weight": 2,
    "split": "train",
    "group": "g",
    "critical": True,
    "control": False,
    "rubric": {
        "passing_score": 0.5,
        "criteria": [{"use": "contains", "name": "n", "weight": 2, "required": True, "text": "t"}],
    },
    "source": {"author": "m", "date": "2026-01-31", "reviewed_by": None, "note": ""},
}
TEXTS = ("", " ", "\x1c", "\x85", "\u200b", "a\n", "\na", "a b", "x" * 65, "x" * 101, "x" * 201, "x" * 200_001)
DAYS = ("2026-02-30", "٢٠٢٦-01-01", "20260131", "2026-W01-1")
WORDS = ("test", "implicit", "é", "-a", "a/b", "a\ufeff")
NUMBERS = (0, -1, 0.5, 1e6, 1_000_001, True, None, float("nan"))
LISTS: tuple[object, ...] = ([], {}, ["a", "a"], ["a", "b"], [1], {"agent": 1})
ODD: st.SearchStrategy[object] = st.sampled_from((*TEXTS, *DAYS, *WORDS, *NUMBERS, *LISTS))


def complaints(data: object) -> list[str]:
    document = Document(path="a", data=data, positions={})
    return [finding.message for finding in check_case(document, (), data)]


@given(data=st.data())
def test_what_is_plain_the_schema_accepts(data: st.DataObject) -> None:
    """Whatever one part of a case is replaced by, and whatever key is added."""
    case = json.loads(json.dumps(PLAIN))
    rubric = case["rubric"]
    parts = [case, case["expect"], case["source"], case["history"][0], rubric, rubric["criteria"][0]]
    place = data.draw(st.sampled_from(parts))
    key = data.draw(st.sampled_from([*place, "$schema", "x"]))
    place[key] = data.draw(ODD | ANYTHING)

    assert not is_plain(case) or complaints(case) == []


@given(data=ANYTHING)
def test_data_of_any_kind_can_be_looked_at(data: object) -> None:
    """What is no case is not plain."""
    assert is_plain(data) is False


@given(case=cases(()))
def test_ordinary_cases_are_plain(case: Data) -> None:
    """All but those with the address of a schema."""
    assert is_plain(case) is ("$schema" not in case)


@pytest.mark.parametrize("key", PLAIN)
def test_every_part_is_looked_at(key: str) -> None:
    """A part of the wrong kind makes a case one for the schema."""
    assert is_plain(PLAIN)
    assert not is_plain({**PLAIN, key: object()})


def test_a_stream_yields_sound_cases_and_ends_with_the_complaints(write: Callable[[str, str], Path]) -> None:
    """Cases before and after a bad line come out; all complaints come at once."""
    lines: list[Any] = [
        {"identifier": name, "request": "r", "expect": {"agent": None}} for name in ("a", "b", "a", "c")
    ]
    lines[1] = {"identifier": "b"}
    path = write("a.jsonl", "\n".join(json.dumps(line) for line in lines))
    stream = FileLoader().stream(path)

    first, last = next(stream), next(stream)

    assert (first.identifier, last.identifier) == ("a", "c")
    with pytest.raises(Exception, match="identifier 'a' is taken by the case on line 1") as caught:
        next(stream)
    assert [finding.rule for finding in caught.value.findings] == [  # type: ignore[attr-defined]  # by its shape
        "missing-key",
        "missing-key",
        "duplicate-identifier",
    ]
