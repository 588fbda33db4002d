"""Playing recordings."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passmuster.adapters.backends.recorded import (
    COMPONENT,
    MAXIMUM_BYTES,
    RecordedBackend,
    load_recordings,
)
from passmuster.components import BuildContext
from passmuster.domain.answers import (
    Completion,
    CompletionRequest,
    Origin,
    Sampling,
    Stage,
)
from passmuster.domain.cases import Message, Role
from passmuster.domain.errors import (
    InvalidConfigurationError,
    RecordingMissingError,
    RecordingStaleError,
)
from passmuster.domain.findings import Finding
from passmuster.domain.recordings import Recording
from passmuster.domain.values import Fingerprint
from passmuster.ports import ForeseeingBackend
from passmuster.testing.factories import a_completion_request

REQUEST = a_completion_request()
SPOKEN = REQUEST.messages[1]
STALE = replace(REQUEST, messages=(Message(role=Role.SYSTEM, content="You are another one."), SPOKEN))


def header(request: CompletionRequest = REQUEST, /, **changes: str) -> str:
    fields = {
        "recording": "1",
        "case": "failing-test",
        "request": request.fingerprint,
        "conversation": request.conversation,
        "origin": "authored",
        "author": "passmuster maintainers",
        "date": "2026-11-23",
        "model": '""',
        "finish_reason": "stop",
    } | changes
    return "".join(f"{key}: {value}\n" for key, value in fields.items())


def write(folder: Path, name: str, text: str = "The answer.\n", *, front_matter: str | None = None) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / name
    file.write_bytes(f"---\n{header() if front_matter is None else front_matter}---\n{text}".encode())
    return file


def backend_of(suite: Path) -> RecordedBackend:
    return RecordedBackend(load_recordings(suite / "recordings", suite=suite), location="recordings")


def findings_of(suite: Path) -> tuple[Finding, ...]:
    with pytest.raises(InvalidConfigurationError) as caught:
        COMPONENT.build(COMPONENT.options(location="recordings"), BuildContext(folder=suite))
    return caught.value.findings


async def test_a_recording_is_played_with_its_origin(tmp_path: Path) -> None:
    """The completion says who wrote it and that it is not fresh."""
    changes = {"origin": "recorded", "model": "some-model-1", "finish_reason": "length", "note": "cut off"}
    write(tmp_path / "recordings", "a.md", front_matter=header(**changes))
    backend = COMPONENT.build(COMPONENT.options(location="recordings"), BuildContext(folder=tmp_path))

    completion = await backend.complete(REQUEST)

    assert completion == Completion(
        text="The answer.\n",
        finish_reason="length",
        model="some-model-1",
        origin=Origin.RECORDED,
        made_on="2026-11-23",
        author="passmuster maintainers",
    )


@pytest.mark.parametrize("text", ["", "no line end", "\n\n  ---\n---\nx\r\n", "---", "é🙂\u2028\x0c"])
async def test_the_text_comes_back_exactly(tmp_path: Path, text: str) -> None:
    """Line ends, further fences and an empty text are the completion's own."""
    write(tmp_path / "recordings", "a.md", text)

    completion = await backend_of(tmp_path).complete(REQUEST)

    assert completion.text == text


async def test_a_file_with_windows_line_ends_is_read(tmp_path: Path) -> None:
    """The front matter may end its lines either way."""
    (tmp_path / "recordings").mkdir()
    content = f"---\n{header()}---\nx\n".replace("\n", "\r\n")
    (tmp_path / "recordings" / "a.md").write_bytes(content.encode())

    completion = await backend_of(tmp_path).complete(REQUEST)

    assert completion.text == "x\r\n"


def test_every_markdown_file_is_a_recording_but_the_readme(tmp_path: Path) -> None:
    """Folders within are looked through; other files are left alone."""
    folder = tmp_path / "recordings"
    second = replace(REQUEST, repetition=1)
    write(folder, "b.md")
    write(folder / "deep", "a.md", front_matter=header(second))
    (folder / "README.md").write_text("About these files.", encoding="utf-8")
    (folder / "notes.txt").write_text("Notes.", encoding="utf-8")

    recordings = load_recordings(folder, suite=tmp_path)

    assert [recording.path for recording in recordings] == ["recordings/b.md", "recordings/deep/a.md"]


def test_what_is_recorded_is_foreseen_to_succeed(tmp_path: Path) -> None:
    """The backend is one that foresees, and an exact recording is no failure."""
    write(tmp_path / "recordings", "a.md")
    backend = COMPONENT.build(COMPONENT.options(location="recordings"), BuildContext(folder=tmp_path))

    assert isinstance(backend, ForeseeingBackend)
    assert backend.foresee(REQUEST) is None


@pytest.mark.parametrize("request_", [STALE, replace(REQUEST, sampling=Sampling(temperature=0.5))])
async def test_a_stale_recording_is_named_and_never_played(tmp_path: Path, request_: CompletionRequest) -> None:
    """Other instructions or sampling make a recording stale; the message says how to keep it."""
    write(tmp_path / "recordings", "a.md")
    backend = backend_of(tmp_path)

    failure = backend.foresee(request_)

    assert failure is not None
    assert (failure.stage, failure.kind) == (Stage.COMPLETION, "RecordingStaleError")
    assert "'recordings/a.md'" in failure.message
    assert f"'request: {request_.fingerprint}'" in failure.message
    with pytest.raises(RecordingStaleError) as caught:
        await backend.complete(request_)
    assert caught.value.message == failure.message


async def test_a_missing_recording_comes_with_the_lines_to_write(tmp_path: Path) -> None:
    """Another repetition is another conversation, so nothing of it is recorded."""
    write(tmp_path / "recordings", "a.md")
    backend = backend_of(tmp_path)
    wanted = replace(REQUEST, repetition=1)

    failure = backend.foresee(wanted)

    assert failure is not None
    assert (failure.stage, failure.kind) == (Stage.COMPLETION, "RecordingMissingError")
    assert "'recordings'" in failure.message
    lines = failure.message.splitlines()
    assert lines[1:] == [f"request: {wanted.fingerprint}", f"conversation: {wanted.conversation}"]
    with pytest.raises(RecordingMissingError, match="no recording answers this request"):
        await backend.complete(wanted)


def test_the_lines_to_write_make_a_recording_that_is_found(tmp_path: Path) -> None:
    """What the message asks for is exactly what helps."""
    (tmp_path / "recordings").mkdir()
    failure = backend_of(tmp_path).foresee(REQUEST)
    assert failure is not None
    asked = dict(line.split(": ") for line in failure.message.splitlines()[1:])

    write(tmp_path / "recordings", "a.md", front_matter=header(**asked))

    assert backend_of(tmp_path).foresee(REQUEST) is None


class NumericRequest(CompletionRequest):
    """A request whose fingerprints YAML takes for numbers."""

    @property
    def fingerprint(self) -> Fingerprint:
        return Fingerprint("0" * 30 + "e1")

    @property
    def conversation(self) -> Fingerprint:
        return Fingerprint("1" * 32)


def test_fingerprints_that_look_like_numbers_are_written_in_quotes(tmp_path: Path) -> None:
    """YAML would read them as numbers; a header without the quotes is told to use them."""
    folder = tmp_path / "recordings"
    folder.mkdir()
    request = NumericRequest(messages=(SPOKEN,))
    failure = backend_of(tmp_path).foresee(request)
    assert failure is not None
    assert failure.message.splitlines()[1:] == [f'request: "{"0" * 30}e1"', f'conversation: "{"1" * 32}"']

    write(folder, "a.md", front_matter=header(request))

    assert [finding.hint for finding in findings_of(tmp_path)] == ["put the value in quotes"] * 2


def test_the_fingerprint_is_of_requests_and_texts_alone(tmp_path: Path) -> None:
    """Names of files do not matter; one changed text does."""
    second = header(replace(REQUEST, repetition=1))
    for suite, names in (("one", "ab"), ("two", "ba"), ("three", "ab")):
        write(tmp_path / suite / "recordings", f"{names[0]}.md")
        text = "Changed.\n" if suite == "three" else "The answer.\n"
        write(tmp_path / suite / "recordings", f"{names[1]}.md", text, front_matter=second)

    one, two, three = (backend_of(tmp_path / suite).fingerprint for suite in ("one", "two", "three"))

    assert one == two
    assert one != three


def test_a_missing_folder_is_a_complaint(tmp_path: Path) -> None:
    """The folder is named; nothing is created."""
    (finding,) = findings_of(tmp_path)

    assert finding.rule == "missing-recordings"
    assert "recordings" in finding.message
    assert not (tmp_path / "recordings").exists()


@pytest.mark.parametrize(
    ("front_matter", "rule", "message", "line"),
    [
        (header(colour="red"), "unknown-key", "no key 'colour'", 11),
        (header().replace("author: passmuster maintainers\n", ""), "missing-key", "the key 'author'", 2),
        (header(recording="2"), "recording-header", "'recording' cannot be 2", 2),
        (header(request="ABC"), "recording-header", "'request' cannot be 'ABC'", 4),
        (header(origin="fresh"), "recording-header", "'origin' cannot be 'fresh'", 6),
        (header(date="2026-02-30"), "recording-header", "'date' cannot be '2026-02-30'", 8),
        (header(date="20261123"), "recording-header", "'date' cannot be 20261123", 8),
        (header(origin="recorded"), "recording-header", "names the model", 2),
        ("- a list\n", "recording-header", "holds keys and values", 2),
        ("", "recording-header", "holds keys and values", 2),
        ("a: b: c\n", "syntax", "YAML", 2),
        (header() + "case: again\n", "duplicate-key", "'case'", 11),
    ],
)
def test_a_bad_header_is_a_complaint_with_its_place(
    tmp_path: Path, front_matter: str, rule: str, message: str, line: int
) -> None:
    """Each complaint has a stable rule, quotes the offender, and leads to its line."""
    file = write(tmp_path / "recordings", "a.md", front_matter=front_matter)

    (finding,) = findings_of(tmp_path)

    assert finding.rule == rule
    assert message in finding.message
    assert finding.location is not None
    assert (finding.location.path, finding.location.line) == (str(file), line)
    assert finding.location.column is not None


@pytest.mark.parametrize("content", [b"", b"no front matter", b"---\nnever: closed\n", b"----\n---\n", b" ---\n---\n"])
def test_a_file_without_front_matter_is_a_complaint(tmp_path: Path, content: bytes) -> None:
    """A recording begins with a fence and has a second one."""
    write(tmp_path / "recordings", "a.md").write_bytes(content)

    (finding,) = findings_of(tmp_path)

    assert finding.rule == "recording-header"
    assert "begins with front matter" in finding.message


def test_a_file_that_is_not_utf_8_is_a_complaint(tmp_path: Path) -> None:
    """The byte and its line are named."""
    write(tmp_path / "recordings", "a.md").write_bytes(b"---\n\n\xff---\n")

    (finding,) = findings_of(tmp_path)

    assert (finding.rule, finding.message) == ("recording-encoding", "the byte 0xff is not UTF-8")
    assert finding.location is not None
    assert finding.location.line == 3


def test_a_file_that_is_too_large_is_a_complaint(tmp_path: Path) -> None:
    """One byte too many is too many."""
    file = write(tmp_path / "recordings", "a.md", "")
    file.write_bytes(file.read_bytes() + b"x" * (MAXIMUM_BYTES + 1 - file.stat().st_size))

    (finding,) = findings_of(tmp_path)

    assert finding.rule == "recording-size"


def test_two_recordings_of_one_request_are_a_complaint(tmp_path: Path) -> None:
    """Which of the two is played must not depend on their names."""
    write(tmp_path / "recordings", "a.md")
    write(tmp_path / "recordings", "b.md", "Another answer.")

    (finding,) = findings_of(tmp_path)

    assert finding.rule == "recording-twice"
    assert "a.md" in finding.message
    assert str(finding.location).endswith("b.md")


def test_every_complaint_about_every_file_comes_at_once(tmp_path: Path) -> None:
    """Files are reported in order, each with all that is wrong with it."""
    folder = tmp_path / "recordings"
    write(folder, "c.md", front_matter=header(origin="fresh", colour="red"))
    write(folder, "a.md").write_bytes(b"\xff")
    write(folder, "b.md", front_matter=header(date="today"))

    rules = [finding.rule for finding in findings_of(tmp_path)]

    assert rules == ["recording-encoding", "recording-header", "recording-header", "unknown-key"]


@given(texts=st.lists(st.text(), min_size=1, max_size=4))
async def test_what_is_played_is_what_was_recorded(texts: list[str]) -> None:
    """Each repetition gets its own text, whatever the order of the recordings."""
    requests = [replace(REQUEST, repetition=number) for number in range(len(texts))]
    recordings = [
        Recording(
            path=f"{number}.md",
            case=str(number),
            request=request.fingerprint,
            conversation=request.conversation,
            completion=Completion(text=text, origin=Origin.AUTHORED),
        )
        for number, (request, text) in enumerate(zip(requests, texts, strict=True))
    ]
    backend = RecordedBackend(recordings, location="recordings")
    turned = RecordedBackend(recordings[::-1], location="elsewhere")

    played = [(await backend.complete(request)).text for request in requests]

    assert played == texts
    assert backend.fingerprint == turned.fingerprint
