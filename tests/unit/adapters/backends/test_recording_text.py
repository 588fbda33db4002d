"""Writing recordings, so that they are read again as they were."""

import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passmuster.adapters.backends.recorded import COMPONENT, MAXIMUM_BYTES, RecordedBackend, load_recordings
from passmuster.components import BuildContext
from passmuster.domain.answers import Completion, Origin, TokenProbability, ToolCall
from passmuster.domain.cases import Message, Role
from passmuster.domain.errors import BackendError, EnvironmentFaultError
from passmuster.domain.recordings import Recording
from passmuster.domain.values import fingerprint_of
from passmuster.policies.recording import Recordings
from passmuster.testing.factories import a_completion_request

REQUEST = a_completion_request()
STALE = replace(REQUEST, messages=(Message(role=Role.SYSTEM, content="You are another one."), REQUEST.messages[1]))


def a_recording(path: str = "recordings/a.md") -> Recording:
    """Return a recording of what was asked under other instructions."""
    return Recording(
        path=path,
        case="failing-test",
        request=STALE.fingerprint,
        conversation=STALE.conversation,
        completion=Completion(text="old", model="m", author="m", origin=Origin.RECORDED, made_on="2026-11-22"),
        date="2026-11-22",
    )


recorded_texts = st.text(st.characters(exclude_categories=("Cs",)))


@given(
    text=recorded_texts,
    note=st.text(st.characters(exclude_categories=("Cs",)), min_size=1),
    logarithm=st.floats(max_value=0, allow_nan=False, allow_infinity=False),
)
def test_what_is_written_is_read_again(text: str, note: str, logarithm: float) -> None:
    """Text, note, probabilities and calls, whatever characters they have."""
    with tempfile.TemporaryDirectory() as name:
        suite = Path(name)
        recording = Recording(
            path="recordings/new/a.md",
            case="failing test: é",
            request=REQUEST.fingerprint,
            conversation=REQUEST.conversation,
            completion=Completion(
                text=text,
                model="some-model-1",
                author="some-model-1",
                origin=Origin.RECORDED,
                made_on="2026-11-23",
                tokens=(TokenProbability(token=note, log_probability=logarithm),),
                tool_calls=(ToolCall(identifier="1", name="choose", arguments={"agent": note}),),
            ),
            date="2026-11-23",
            instructions=fingerprint_of("You are a debugger."),
            settings={"temperature": 0.5},
            subject="asked",
            repetition=2,
            provider="example",
            version="1.2.3",
            note=note,
        )

        RecordedBackend((), location="recordings", suite=suite).write(recording)

        assert load_recordings(suite / "recordings", suite=suite) == (recording,)


async def test_what_is_written_is_played_at_once(tmp_path: Path) -> None:
    """In the place of what the file held before; nothing else is left in the folder."""
    former = a_recording()
    writing = RecordedBackend([former], location="recordings", suite=tmp_path)
    writing.write(former)

    writing.write(
        replace(
            former,
            request=REQUEST.fingerprint,
            completion=Completion(text="new", model="m", author="m", origin=Origin.RECORDED),
        )
    )

    assert (await writing.complete(REQUEST)).text == "new"
    assert [recording.request for recording in writing.recordings] == [REQUEST.fingerprint]
    assert [path.name for path in (tmp_path / "recordings").iterdir()] == ["a.md"]


def test_a_text_that_could_not_be_read_again_is_not_written(tmp_path: Path) -> None:
    """A file has a largest size."""
    former = a_recording()
    long = replace(former, completion=Completion(text="a" * MAXIMUM_BYTES, model="m", author="m"))

    with pytest.raises(BackendError, match="too long"):
        RecordedBackend((former,), location="recordings", suite=tmp_path).write(long)


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    """As a fault of the place, and not of the recording."""
    (tmp_path / "file").write_text("here already", encoding="utf-8")

    with pytest.raises(EnvironmentFaultError, match="cannot be written"):
        RecordedBackend((), location="file", suite=tmp_path).write(a_recording("file/a.md"))


def test_a_source_changes_nothing_that_is_played(tmp_path: Path) -> None:
    """It is no part of what the backend is; with one, the folder need not be there yet."""
    with_source = COMPONENT.options(location="recordings", source="model")

    backend = COMPONENT.build(with_source, BuildContext(folder=tmp_path))

    assert with_source.model_dump() == COMPONENT.options(location="recordings").model_dump()
    assert isinstance(backend, Recordings)
    assert (backend.source, backend.recordings) == ("model", ())
