"""Logs of Inspect: one that the tool itself recorded, and what may be wrong with others."""

import json
import zipfile
from collections.abc import Callable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import pytest

from passmuster.adapters.run_files.archive import Archive
from passmuster.adapters.run_files.inspect import InspectFiles, InspectOptions
from passmuster.domain.answers import Completion, Failure
from passmuster.domain.cases import Message, Role
from passmuster.domain.errors import InvalidInputError, MissingExtraError
from passmuster.domain.results import Score, Trial, Unscored
from passmuster.exchanging import ForeignRun

RECORDED: Final = Path(__file__).parents[3] / "assets" / "run_files" / "capitals.eval"

SPECIFICATION: Final = {"task": "sums", "model": "made/up", "created": "2026-01-02T03:04:05+00:00"}
HEADER: Final = {"version": 2, "status": "success", "eval": SPECIFICATION}
SAMPLE: Final = {
    "id": 1,
    "epoch": 1,
    "input": "1 + 1",
    "target": "2",
    "output": {"completion": "2"},
    "scores": {"match": {"value": "C"}},
}

Write = Callable[..., Path]


@pytest.fixture
def log(tmp_path: Path) -> Write:
    """Return what writes an archive of a header and samples."""

    def write(*samples: object, header: object = HEADER, **more: str) -> Path:
        place = tmp_path / "made.eval"
        with zipfile.ZipFile(place, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("header.json", header if isinstance(header, str) else json.dumps(header))
            for number, sample in enumerate(samples):
                text = sample if isinstance(sample, str) else json.dumps(sample)
                archive.writestr(f"samples/{number}_epoch_1.json", text)
            for name, text in more.items():
                archive.writestr(name, text)
        return place

    return write


def read(place: Path, **options: Any) -> ForeignRun:  # noqa: ANN401 - options of any type
    return InspectFiles(InspectOptions(**options)).read(place)


def refused(place: Path) -> list[str]:
    with pytest.raises(InvalidInputError) as refusal:
        read(place)
    return [str(finding) for finding in refusal.value.findings]


def only(place: Path, **options: Any) -> Trial:  # noqa: ANN401 - as above
    (trial,) = read(place, **options).trials()
    return trial


def sample(**changes: object) -> Mapping[str, object]:
    return {**SAMPLE, **changes}


def test_what_the_tool_recorded_is_read() -> None:
    """Cases, epochs, answers, tokens and dollars of a log that Inspect 0.3.285 wrote are all there."""
    foreign = read(RECORDED)

    trials = {(str(trial.key.case), trial.key.repetition): trial for trial in foreign.trials()}
    manifest = foreign.run.manifest
    assert (foreign.tool, foreign.version, foreign.count) == ("Inspect", "0.3.285", 10)
    assert [case.identifier for case in foreign.run.cases] == ["peru", "chile", "conversation", "broken", "unscored"]
    assert [record.name for record in manifest.subjects] == ["mockllm/model"]
    assert manifest.planned == len(trials) == 10
    answer = trials["peru", 0].answer.completion
    assert isinstance(answer, Completion)
    assert (answer.text, answer.model) == ("The capital is Lima.", "mockllm/model")
    assert (answer.usage.input_tokens, answer.usage.cached_tokens, answer.usage.cost) == (40, 10, Decimal("0.00012"))
    assert 0 < answer.latency <= trials["peru", 0].duration
    values = [item.value for item in trials["chile", 1].outcomes if isinstance(item, Score)]
    assert values == [0.0, 0.25, 1.0]


def test_what_failed_in_the_tool_is_no_answer() -> None:
    """A sample that broke, and a score that was withheld, are failures of the harness and no zero."""
    trials = {(str(trial.key.case), trial.key.repetition): trial for trial in read(RECORDED).trials()}

    broken, withheld = trials["broken", 1], trials["unscored", 0]

    assert isinstance(broken.answer.completion, Failure)
    assert "the tool server went away" in broken.answer.completion.message
    assert [type(item) for item in broken.outcomes] == [Unscored] * 3
    assert [type(item) for item in withheld.outcomes] == [Score, Unscored, Score]


def test_a_conversation_keeps_its_turns() -> None:
    """What was said before the last request is the request's history."""
    case = next(case for case in read(RECORDED).run.cases if case.identifier == "conversation")

    assert case.request.text == "What is its capital?"
    assert case.request.history[0] == Message(role=Role.SYSTEM, content="You know every capital.")


def test_values_that_are_no_shares_are_counted_and_left_out() -> None:
    """A criterion of which some values exceed 1 is none, also where a value could be taken for a share."""
    foreign = read(RECORDED)

    names = {item.name for case in foreign.run.cases if case.rubric for item in case.rubric.criteria}
    assert names == {"includes", "politeness", "several/short"}
    assert foreign.left_out == {"scores of 'several/words', which are not numbers from 0 to 1": 9}


@pytest.mark.parametrize(
    ("value", "found"),
    [("C", 1.0), ("P", 0.5), ("I", 0.0), ("N", 0.0), (True, 1.0), (False, 0.0), (0.3, 0.3), (1, 1.0), ("yes", 1.0)],
)
def test_values_become_shares(log: Write, value: object, found: float) -> None:
    """Letters, truth values and numbers mean what Inspect takes them for."""
    (outcome,) = only(log(sample(scores={"match": {"value": value}}))).outcomes

    assert isinstance(outcome, Score)
    assert outcome.value == found


@pytest.mark.parametrize("value", [4, -0.1, 1e300, "Infinity", None, "word", {"a": 2}, [3]])
def test_other_values_are_left_out(log: Write, value: object) -> None:
    """What is no share of anything is no score, and is told of."""
    foreign = read(log(sample(scores={"match": {"value": value}})))

    (trial,) = foreign.trials()
    assert trial.outcomes == ()
    assert sum(foreign.left_out.values()) == 1


def test_a_score_passes_from_where_one_says(log: Write) -> None:
    """Inspect has no line above which an answer is right, so the option draws it."""
    place = log(sample(scores={"quality": {"value": 0.7}}))

    strict, lenient = only(place), only(place, passing=0.6)

    assert [item.passed for item in strict.outcomes if isinstance(item, Score)] == [False]
    assert [item.passed for item in lenient.outcomes if isinstance(item, Score)] == [True]


def test_whoever_answered_can_be_called_otherwise(log: Write) -> None:
    """The subject has the name that was asked for, so that its history goes on."""
    foreign = read(log(SAMPLE), subject="lexical")

    (trial,) = foreign.trials()
    assert trial.key.subject == foreign.run.manifest.subjects[0].name == "lexical"


def test_texts_that_stand_elsewhere_are_fetched(log: Write) -> None:
    """Inspect keeps long texts apart and leaves a reference."""
    kept = sample(output={"completion": "attachment://ab"}, attachments={"ab": "the whole text"})

    completion = only(log(kept)).answer.completion

    assert isinstance(completion, Completion)
    assert completion.text == "the whole text"


def test_what_has_no_place_is_counted(log: Write) -> None:
    """Invalid samples, limits and pictures are told with their numbers."""
    picture = {"role": "user", "content": [{"type": "text", "text": "what?"}, {"type": "image", "image": "x"}]}
    bad, seen = sample(id=2, invalidation={"reason": "x"}), sample(input=[picture], limit={"type": "token", "limit": 3})

    foreign = read(log(seen, bad))

    assert foreign.count == 1
    assert sorted(foreign.left_out.values()) == [1, 1, 1]


def test_every_complaint_comes_at_once(log: Write) -> None:
    """Each names the file, the member, the line and what was expected there."""
    place = log(
        {"id": 1, "epoch": 0, "input": 3, "output": {"choices": {}}},
        '{\n  "id": 2,\n  "epoch": 1,\n  "input": "x", "model_usage": {"m": {"input_tokens": -5}}\n}',
        SAMPLE,
        SAMPLE,
        "[" * 200,
    )

    complaints = refused(place)

    assert any("'epoch' is 0" in item for item in complaints)
    assert any("'output.choices' is an object" in item for item in complaints)
    assert any(item.startswith(f"{place}: samples/1_epoch_1.json:4:") and "-5" in item for item in complaints)
    assert any("told of twice" in item for item in complaints)
    assert any("nested" in item for item in complaints)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"epoch": 10**9}, "epoch"),
        ({"total_time": 1e300}, "total_time"),
        ({"started_at": "yesterday"}, "started_at"),
        ({"started_at": "0001-01-01T00:00:00+14:00"}, "started_at"),
        ({"model_usage": {"m": {"output_tokens": 10**400}}}, "output_tokens"),
        ({"scores": [1]}, "scores"),
        ({"id": None}, "id"),
        ({"output": {"choices": [{"message": {"content": 3}}]}}, "content"),
        ({"metadata": {"passmuster": {"form": 1, "case": {}, "trial": 3}}}, "passmuster"),
        ({"metadata": {"passmuster": {"form": 99}}}, "form 99"),
        ({"metadata": {"passmuster": {"form": 1, "case": {"x": 10**30}, "trial": {}}}}, "number"),
    ],
)
def test_wrong_values_are_refused(log: Write, changes: Mapping[str, object], words: str) -> None:
    """Giant numbers, wrong types and impossible times are named, and nothing is guessed."""
    assert any(words in item for item in refused(log(sample(**changes))))


def test_a_log_without_samples_is_refused(log: Write) -> None:
    """An empty run would look like one in which nothing failed."""
    assert "no samples" in refused(log())[0]


def test_another_archive_is_refused(tmp_path: Path) -> None:
    """An archive that is no log is told apart from one that is damaged."""
    place = tmp_path / "other.eval"
    with zipfile.ZipFile(place, "w") as archive:
        archive.writestr("../../evil.json", "{}")

    assert "has no 'header.json'" in refused(place)[0]
    assert [path.name for path in tmp_path.iterdir()] == ["other.eval"]


def test_damage_is_named_by_its_member(tmp_path: Path) -> None:
    """A byte that was changed does not go unnoticed, and the member is named."""
    content = bytearray(RECORDED.read_bytes())
    start = content.index(b"samples/chile_epoch_1.json") + 200
    content[start : start + 20] = bytes(20)
    place = tmp_path / "damaged.eval"
    place.write_bytes(content)

    assert any("samples/chile_epoch_1.json" in item and "damaged" in item for item in refused(place))


def test_a_bomb_is_refused_before_it_is_unpacked(log: Write, tmp_path: Path) -> None:
    """A member that is larger than any sample is not read, whatever the archive says of its size."""
    place = log(SAMPLE, **{"samples/2_epoch_1.json": " " * 5_000_000})
    with place.open("rb") as file:
        archive = Archive(file, str(place), most=1_000_000)

        with pytest.raises(InvalidInputError, match="more than 1,000,000 bytes"):
            archive.read("samples/2_epoch_1.json")

    content = place.read_bytes().replace((5_000_000).to_bytes(4, "little"), (100).to_bytes(4, "little"))
    liar = tmp_path / "liar.eval"
    liar.write_bytes(content)
    with liar.open("rb") as file:
        archive = Archive(file, str(liar), most=1_000_000)

        with pytest.raises(InvalidInputError):
            archive.read("samples/2_epoch_1.json")


def test_without_the_package_for_it_the_remedy_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Logs of today's Inspect are compressed by a method that Python has from 3.14 on only."""
    monkeypatch.setitem(__import__("sys").modules, "zstandard", None)

    with pytest.raises(MissingExtraError, match=r"passmuster\[inspect\]"):
        read(RECORDED)


def test_a_log_as_one_json_is_read_as_well(tmp_path: Path) -> None:
    """Inspect can write ``.json`` too; NaN, which JSON lacks, is what it writes for a score that was withheld."""
    place = tmp_path / "log.json"
    text = json.dumps(
        {**HEADER, "samples": [sample(scores={"match": {"value": float("nan")}}), sample(id=2)]}, indent=1
    )
    place.write_text(text, encoding="utf-8")

    files = InspectFiles(InspectOptions())
    first, second = files.read(place).trials()

    assert files.recognizes(place)
    assert isinstance(first.outcomes[0], Unscored)
    assert isinstance(second.outcomes[0], Score)


def test_a_log_that_was_never_ended_is_read(tmp_path: Path) -> None:
    """While a task runs, the log has a beginning and no header yet."""
    place = tmp_path / "open.eval"
    with zipfile.ZipFile(place, "w") as archive:
        archive.writestr("_journal/start.json", json.dumps({"version": 2, "eval": SPECIFICATION, "plan": {}}))
        archive.writestr("samples/1_epoch_1.json", json.dumps(SAMPLE))

    assert read(place).count == 1
