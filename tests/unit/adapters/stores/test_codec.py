"""Domain values come back from their text unchanged."""

import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passmuster.adapters.stores import codec
from passmuster.adapters.stores.blobs import Blob, pack, unpack
from passmuster.domain.agents import (
    AgentDefinition,
    AgentExample,
    FileVerdict,
    HostVerdict,
    Roster,
    StrictVerdict,
)
from passmuster.domain.answers import (
    Answer,
    Completion,
    Failure,
    Origin,
    RankedAgent,
    RoutingDecision,
    Stage,
    TermWeight,
)
from passmuster.domain.cases import (
    Case,
    CriterionReference,
    Expectation,
    Message,
    Provenance,
    Request,
    Role,
    Rubric,
    Stratum,
)
from passmuster.domain.errors import StoreError
from passmuster.domain.findings import Finding, Severity
from passmuster.domain.results import Revision, RunManifest, Score, SubjectRecord, Trial, TrialKey, Unscored
from passmuster.domain.values import SourceLocation, Usage
from passmuster.testing.factories import a_case, a_completion, a_manifest, a_score, a_trial

WORDS = st.text(st.characters(codec=None), max_size=12)
NUMBERS = st.floats(allow_nan=False)
COUNTS = st.integers(min_value=0)
PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | NUMBERS | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=6,
)
OBJECTS: st.SearchStrategy[Mapping[str, object]] = st.dictionaries(WORDS, PLAIN, max_size=3)
MOMENTS = st.datetimes(timezones=st.just(UTC) | st.just(timezone(timedelta(hours=-3, minutes=-30))))


def maybe(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | strategy


def tuples(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(strategy, max_size=3).map(tuple)


LOCATIONS = st.builds(SourceLocation, path=WORDS, line=maybe(COUNTS), column=maybe(COUNTS))
COSTS = st.decimals(allow_nan=False, allow_infinity=False, min_value=0, max_value=10**6)
USAGES = st.builds(Usage, input_tokens=COUNTS, output_tokens=COUNTS, cost=maybe(COSTS))
TERMS = st.builds(TermWeight, term=WORDS, weight=NUMBERS)
RANKED = st.builds(RankedAgent, agent=WORDS, score=NUMBERS, terms=tuples(TERMS))
DECISIONS = st.builds(
    RoutingDecision,
    chosen=maybe(WORDS),
    ranking=tuples(RANKED),
    margin=maybe(NUMBERS),
    rationale=WORDS,
    usage=USAGES,
    latency=NUMBERS,
)
COMPLETIONS = st.builds(
    Completion,
    text=WORDS,
    finish_reason=WORDS,
    model=WORDS,
    origin=st.sampled_from(Origin),
    author=WORDS,
    usage=USAGES,
    latency=NUMBERS,
)
FAILURES = st.builds(Failure, stage=st.sampled_from(Stage), kind=WORDS, message=WORDS, is_transient=st.booleans())
SCORES = st.builds(
    Score,
    criterion=WORDS,
    value=st.floats(0, 1),
    passed=st.booleans(),
    reason=WORDS,
    evidence=OBJECTS | OBJECTS.map(MappingProxyType),
    usage=USAGES,
)
UNSCORED = st.builds(Unscored, criterion=WORDS, failure=FAILURES)
TRIALS = st.builds(
    Trial,
    key=st.builds(TrialKey, case=WORDS, subject=WORDS, repetition=COUNTS, fingerprint=WORDS),
    answer=st.builds(
        Answer, routing=maybe(DECISIONS | FAILURES), completion=maybe(COMPLETIONS | FAILURES), writer=maybe(WORDS)
    ),
    outcomes=tuples(SCORES | UNSCORED),
    started_at=MOMENTS,
    duration=NUMBERS,
    inclusion=NUMBERS,
)
CASES = st.builds(
    Case,
    identifier=WORDS,
    request=st.builds(
        Request, text=WORDS, history=tuples(st.builds(Message, role=st.sampled_from(Role), content=WORDS))
    ),
    expectation=st.builds(
        Expectation,
        preferred=maybe(WORDS),
        acceptable=st.frozensets(WORDS, max_size=3),
        forbidden=st.frozensets(WORDS, max_size=3),
    ),
    rubric=maybe(
        st.builds(
            Rubric,
            criteria=tuples(st.builds(CriterionReference, kind=WORDS, name=WORDS, options=OBJECTS, weight=NUMBERS)),
            passing_score=NUMBERS,
        )
    ),
    stratum=st.sampled_from(Stratum),
    tags=st.frozensets(WORDS, max_size=3),
    group=WORDS,
    is_critical=st.booleans(),
    is_control=st.booleans(),
    provenance=maybe(st.builds(Provenance, author=WORDS, date=WORDS, reviewed_by=maybe(WORDS), note=WORDS)),
    source=maybe(LOCATIONS),
)
AGENTS = st.builds(
    AgentDefinition,
    name=WORDS,
    description=WORDS,
    instructions=WORDS,
    tools=maybe(tuples(WORDS)),
    model=maybe(WORDS),
    metadata=OBJECTS,
    examples=tuples(
        st.builds(
            AgentExample,
            context=WORDS,
            user=WORDS,
            assistant=WORDS,
            commentary=WORDS,
            agent=maybe(WORDS),
            line=maybe(COUNTS),
        )
    ),
    source=maybe(LOCATIONS),
)
ROSTERS = st.builds(
    Roster,
    name=WORDS,
    agents=st.lists(AGENTS, max_size=3, unique_by=lambda agent: agent.name).map(tuple),
    files=tuples(
        st.builds(
            FileVerdict,
            location=LOCATIONS,
            name=maybe(WORDS),
            strict=st.sampled_from(StrictVerdict),
            host=st.sampled_from(HostVerdict),
            reason=WORDS,
        )
    ),
    findings=tuples(
        st.builds(
            Finding,
            rule=WORDS,
            severity=st.sampled_from(Severity),
            message=WORDS,
            hint=WORDS,
            location=maybe(LOCATIONS),
        )
    ),
)
MANIFESTS = st.builds(
    RunManifest,
    identifier=WORDS,
    suite=WORDS,
    started_at=MOMENTS,
    seed=st.integers(),
    planned=COUNTS,
    roster=WORDS,
    dataset=WORDS,
    configuration=OBJECTS,
    subjects=tuples(
        st.builds(
            SubjectRecord,
            name=WORDS,
            description=WORDS,
            is_deterministic=st.booleans(),
            fingerprint=WORDS,
            routing=WORDS,
            writing=WORDS,
            models=tuples(WORDS),
        )
    ),
    looks=COUNTS,
    selection=WORDS,
    versions=OBJECTS,
    revision=maybe(st.builds(Revision, commit=WORDS, branch=WORDS, is_dirty=st.booleans())),
)


@given(TRIALS)
def test_trials_come_back_unchanged(trial: Trial) -> None:
    """Whatever an answer is made of, and whoever judged it, is read as it was written, and as the same type."""
    read = codec.TRIAL.read(codec.TRIAL.write(trial))

    assert read == trial
    assert type(read.answer.routing) is type(trial.answer.routing)
    assert type(read.answer.completion) is type(trial.answer.completion)
    assert [type(outcome) for outcome in read.outcomes] == [type(outcome) for outcome in trial.outcomes]


@given(st.lists(CASES, max_size=2).map(tuple))
def test_cases_come_back_unchanged(cases: tuple[Case, ...]) -> None:
    """A run's cases are read as they were written, in their order."""
    assert codec.CASES.read(codec.CASES.write(cases)) == cases


@given(ROSTERS)
def test_rosters_come_back_unchanged(roster: Roster) -> None:
    """A roster with its verdicts and findings is read as it was written; no tools and all tools stay apart."""
    assert codec.ROSTER.read(codec.ROSTER.write(roster)) == roster


@given(MANIFESTS)
def test_manifests_come_back_unchanged(manifest: RunManifest) -> None:
    """A manifest is read as it was written."""
    assert codec.MANIFEST.read(codec.MANIFEST.write(manifest)) == manifest


@given(DECISIONS | COMPLETIONS | FAILURES | SCORES | UNSCORED)
def test_each_part_has_a_codec_of_its_own(part: object) -> None:
    """Parts that a store keeps apart are read by the codec of their type."""
    codecs: dict[type, codec.Codec[Any]] = {
        RoutingDecision: codec.DECISION,
        Completion: codec.COMPLETION,
        Failure: codec.FAILURE,
        Score: codec.JUDGEMENT,
        Unscored: codec.UNSCORED,
    }
    own = codecs[type(part)]

    assert own.read(own.write(part)) == part


def test_numbers_that_json_has_not_come_back() -> None:
    """An endless margin is not turned into an unknown one."""
    endless = RoutingDecision(chosen=None, margin=float("inf"), latency=float("-inf"))

    assert codec.DECISION.read(codec.DECISION.write(endless)) == endless


def test_money_keeps_its_digits() -> None:
    """A cost is exact, down to its trailing zeros."""
    completion = a_completion(usage=Usage(cost=Decimal("0.10000000000000000000010")))

    read = codec.COMPLETION.read(codec.COMPLETION.write(completion))

    assert str(read.usage.cost) == "0.10000000000000000000010"


def test_equal_values_have_equal_texts() -> None:
    """The order in which keys were set does not show."""
    one = a_score(evidence={"a": 1, "b": {"c": 2, "d": 3}})
    other = a_score(evidence={"b": {"d": 3, "c": 2}, "a": 1})

    assert codec.JUDGEMENT.write(one) == codec.JUDGEMENT.write(other)


def test_texts_do_not_depend_on_the_process() -> None:
    """Sets are written in order, whatever the seed of Python's hashing."""
    program = (
        "from passmuster.adapters.stores.codec import CASES\n"
        "from passmuster.testing.factories import a_case\n"
        "print(CASES.write((a_case(tags=frozenset('abcdefgh')),)))\n"
    )
    texts = {
        subprocess.run(  # noqa: S603 - our own interpreter with a fixed program
            [sys.executable, "-c", program], env={"PYTHONHASHSEED": seed}, check=True, capture_output=True
        ).stdout
        for seed in ("1", "2")
    }

    assert texts == {codec.CASES.write((a_case(tags=frozenset("abcdefgh")),)).encode() + b"\n"}


def test_a_moment_of_another_zone_stays_the_same_moment() -> None:
    """Times are compared, not their spelling."""
    moment = datetime(2026, 1, 1, 1, tzinfo=timezone(timedelta(hours=5, minutes=30)))
    manifest = a_manifest(started_at=moment)

    assert codec.MANIFEST.read(codec.MANIFEST.write(manifest)).started_at == moment


@pytest.mark.parametrize("changes", [{"text": 5}, {"text": b"x"}, {"usage": None}, {"model": None}])
def test_a_value_that_could_not_be_read_is_not_written(changes: dict[str, object]) -> None:
    """A plug-in that puts a wrong type into a field is stopped before it spoils the store."""
    wrong = replace(a_completion(), **changes)  # type: ignore[arg-type]  # that is the point

    with pytest.raises(TypeError, match=r"wrong type|plain data"):
        codec.COMPLETION.write(wrong)


@pytest.mark.parametrize("value", [object(), b"bytes", {1: object()}])
def test_evidence_must_be_plain_data(value: object) -> None:
    """A criterion that hands over an object of its own is stopped too."""
    with pytest.raises(TypeError):
        codec.JUDGEMENT.write(a_score(evidence={"value": value}))


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", "null", '{"text": 5}'])
def test_a_text_of_another_kind_is_a_fault_of_the_store(text: str) -> None:
    """What is no trial is reported with a remedy, not with a traceback."""
    with pytest.raises(StoreError, match="cannot be read") as caught:
        codec.TRIAL.read(text)

    assert caught.value.hint


@given(st.text(st.characters(codec=None)))
def test_blobs_come_back_unchanged(text: str) -> None:
    """Packing keeps every character, lone surrogates included."""
    assert unpack(pack(text)) == text


def test_equal_texts_have_one_address() -> None:
    """The address is that of the content."""
    assert pack("one") == pack("one")
    assert pack("one").address != pack("two").address


@pytest.mark.parametrize("position", [0, 8, -1])
def test_a_damaged_blob_is_noticed(position: int) -> None:
    """A changed byte is an error and not another answer."""
    blob = pack(codec.TRIAL.write(a_trial()))
    data = bytearray(blob.data)
    data[position] ^= 0xFF
    damaged = Blob(address=blob.address, codec=blob.codec, size=blob.size, data=bytes(data))

    with pytest.raises(StoreError, match="damaged"):
        unpack(damaged)
