"""What YAML and JSON have in common: data that read back equal, places, and limits."""

import json
import sys
from typing import TypeAlias

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from passmuster.documents import Document, parse_json, parse_yaml, yaml_text
from passmuster.documents.places import MAXIMUM_DEPTH
from passmuster.domain.errors import InvalidInputError
from passmuster.domain.findings import Finding

Data: TypeAlias = object

_CONTROLS = "".join(map(chr, [*range(0x7F, 0x85), *range(0x86, 0xA0), 0xFFFE, 0xFFFF]))
"""What JSON allows unescaped inside text, and YAML does not."""


def data_with(text: st.SearchStrategy[str]) -> st.SearchStrategy[Data]:
    scalars = (
        st.none()
        | st.booleans()
        | st.integers(min_value=-(10**40), max_value=10**40)
        | st.floats(allow_nan=False, allow_infinity=False)
        | text
    )
    return st.recursive(
        scalars,
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(text, inner, max_size=4),
        max_leaves=20,
    )


def findings_of_yaml(text: str) -> tuple[Finding, ...]:
    with pytest.raises(InvalidInputError) as caught:
        parse_yaml(text, path="file.yaml")
    return caught.value.findings


def findings_of_json(text: str) -> tuple[Finding, ...]:
    with pytest.raises(InvalidInputError) as caught:
        parse_json(text, path="file.json")
    return caught.value.findings


def ways(data: Data, way: tuple[str | int, ...]) -> list[tuple[str | int, ...]]:
    found = [way]
    if isinstance(data, dict):
        for key, value in data.items():
            found += ways(value, (*way, key))
    elif isinstance(data, list):
        for index, value in enumerate(data):
            found += ways(value, (*way, index))
    return found


@pytest.mark.parametrize("opening", ["[", "{a: ", "- ", "? ", "[{a: "])
def test_deep_nesting_in_yaml_is_refused(opening: str) -> None:
    """A hundred thousand brackets are one finding, not a crash."""
    [finding] = findings_of_yaml(opening * 100_000)

    assert "nested" in finding.message
    assert finding.location is not None
    assert finding.location.line == 1


@pytest.mark.parametrize("opening", ["[", '{"a":', '[{"a":'])
def test_deep_nesting_in_json_is_refused(opening: str) -> None:
    """The depth is judged before Python's parser recurses, closed or not."""
    [finding] = findings_of_json(opening * 100_000)

    assert "nested" in finding.message


@pytest.mark.parametrize("parse", [parse_json, parse_yaml])
def test_the_greatest_depth_is_exact(parse: type) -> None:
    """So many levels are read, and one more is refused at its place."""
    most = "[" * MAXIMUM_DEPTH + "]" * MAXIMUM_DEPTH

    document = parse(most, path="f")
    with pytest.raises(InvalidInputError) as caught:
        parse(f"[{most}]", path="f")

    assert len(document.positions) == MAXIMUM_DEPTH
    assert str(caught.value.findings[0].location) == f"f:1:{MAXIMUM_DEPTH + 1}"


def test_brackets_inside_text_are_no_nesting() -> None:
    """Text may hold as many brackets as it likes."""
    document = parse_json(json.dumps(["[{" * 500, '\\"[[' * 500]), path="f")

    assert document.data == ["[{" * 500, '\\"[[' * 500]


def test_text_that_is_never_closed_is_scanned_once() -> None:
    """Half a million quotes without an end are refused at once."""
    [finding] = findings_of_json("[" * MAXIMUM_DEPTH + '"' + '\\"' * 500_000 + "[")

    assert "Unterminated" in finding.message


@given(data=data_with(st.text(max_size=20)), indent=st.none() | st.integers(0, 3), is_ascii=st.booleans())
def test_json_reads_back_equal(data: Data, indent: int | None, is_ascii: bool) -> None:  # noqa: FBT001 - hypothesis
    """Any data written as JSON come back as they were, and every node has a place."""
    text = json.dumps(data, indent=indent, ensure_ascii=is_ascii)

    document = parse_json(text, path="f")

    assert document.data == data
    assert set(document.positions) == set(ways(data, ()))


@given(
    data=data_with(st.text(st.characters(exclude_categories=["Cs"], exclude_characters=_CONTROLS), max_size=20)),
    indent=st.none() | st.integers(0, 3),
)
def test_json_reads_back_equal_as_yaml(data: Data, indent: int | None) -> None:
    """JSON whose characters YAML prints is YAML, with the same data at the same places."""
    text = json.dumps(data, indent=indent, ensure_ascii=False)

    document = parse_yaml(text, path="f")

    assert document.data == data
    assert dict(document.positions) == dict(parse_json(text, path="f").positions)


@given(text=st.text(st.sampled_from(list("ab:-?![]{}#&*|>'\"%@`,\\ \t\n~0x1.e\x85\ufeff\ud800")), max_size=60))
def test_any_text_is_data_or_findings(text: str) -> None:
    """Nothing that people can write raises anything but InvalidInputError."""
    for parse in (parse_json, parse_yaml):
        findings: tuple[Finding, ...] = ()
        data: Data = None
        try:
            data = parse(text, path="f").data
        except InvalidInputError as error:
            findings = error.findings
        json.dumps(data, allow_nan=False, ensure_ascii=False).encode("utf-8")

        assert all(finding.location is not None and finding.hint for finding in findings)


@given(text=st.text(st.sampled_from(list("ab:-?[]{}#&*|>'\" \n~01.e")), max_size=40))
def test_libyaml_and_pyyaml_agree(text: str) -> None:
    """Where both parsers accept a text, data and places are the same."""
    outcomes = []
    for name in ("CSafeLoader", "SafeLoader"):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(yaml_text, "_LOADER", getattr(yaml, name, yaml.SafeLoader))
            try:
                document = parse_yaml(text, path="f")
            except InvalidInputError:
                continue
        outcomes.append((document.data, dict(document.positions)))

    assert all(outcome == outcomes[0] for outcome in outcomes)


def test_reading_does_not_depend_on_how_deep_the_caller_is() -> None:
    """Near the end of Python's stack the same text is still read."""

    def descend(levels: int) -> Document:
        return parse_yaml("[" * 90 + "]" * 90, path="f") if levels == 0 else descend(levels - 1)

    frames = 0
    frame = sys._getframe()  # noqa: SLF001 - the only way to count frames
    while frame.f_back is not None:
        frames, frame = frames + 1, frame.f_back

    document = descend(sys.getrecursionlimit() - frames - 60)

    assert len(document.positions) == 90
