"""Recording while answers are asked for."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from passmuster.adapters.backends.recorded import RecordedBackend
from passmuster.domain.answers import Completion, CompletionRequest, Origin
from passmuster.domain.errors import BackendError, BackendRefusedError
from passmuster.domain.recordings import Recording
from passmuster.policies.recording import Provenance, Recorded
from passmuster.testing.factories import a_completion_request

REQUEST = a_completion_request()
PROVENANCE = Provenance(
    recording=Recording(
        path="recordings/a.md",
        case="a",
        request=REQUEST.fingerprint,
        conversation=REQUEST.conversation,
        completion=Completion(text="", model="usual"),
        date="2026-11-22",
    ),
    today="2026-11-23",
)


class Source:
    """Answers when it may."""

    def __init__(self, text: str = "new") -> None:
        self.text = text
        self.asked = 0
        self.is_asked = asyncio.Event()
        self.may_answer = asyncio.Event()

    async def complete(self, request: CompletionRequest) -> Completion:
        self.asked += 1
        self.is_asked.set()
        await self.may_answer.wait()
        return Completion(text=f"{self.text}: {request.messages[-1].content}", latency=3.0)


def recorded(folder: Path, source: Source) -> Recorded:
    shelf = RecordedBackend((), location="recordings", suite=folder)
    due = {REQUEST.fingerprint: PROVENANCE}
    return Recorded(
        shelf, source, due=lambda request: due.get(request.fingerprint), holds_secret=lambda text: "sk-" in text
    )


async def test_a_request_that_many_want_is_asked_once(tmp_path: Path) -> None:
    """All of them get what was written down: with a model, and without the time that it took."""
    source = Source()
    source.may_answer.set()
    backend = recorded(tmp_path, source)

    answers = await asyncio.gather(*(backend.complete(REQUEST) for _ in range(3)))

    assert source.asked == 1
    assert {(answer.text, answer.model, answer.latency) for answer in answers} == {
        ("new: Why does this test fail?", "usual", 0.0)
    }
    assert {(answer.origin, answer.made_on) for answer in answers} == {(Origin.RECORDED, "2026-11-23")}


async def test_what_is_not_due_is_played_alone(tmp_path: Path) -> None:
    """Nobody is asked for what the shelf has not."""
    source = Source()

    with pytest.raises(BackendError, match="no recording answers"):
        await recorded(tmp_path, source).complete(replace(REQUEST, repetition=1, messages=REQUEST.messages[:1]))

    assert source.asked == 0


async def test_nothing_is_written_of_a_request_that_is_cancelled(tmp_path: Path) -> None:
    """The source is told as well, so that it does not go on for nobody."""
    source = Source()
    asking = asyncio.create_task(recorded(tmp_path, source).complete(REQUEST))
    await source.is_asked.wait()

    asking.cancel()
    await asyncio.gather(asking, return_exceptions=True)
    source.may_answer.set()
    await asyncio.sleep(0)

    assert asking.cancelled()
    assert not (tmp_path / "recordings").exists()


async def test_an_answer_with_a_secret_is_not_written(tmp_path: Path) -> None:
    """It would be committed with the suite."""
    source = Source("the key sk-0123")
    source.may_answer.set()

    with pytest.raises(BackendRefusedError, match="holds a secret"):
        await recorded(tmp_path, source).complete(REQUEST)

    assert not (tmp_path / "recordings").exists()
