"""One stream that holds four."""

import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passmuster.adapters.sandboxes.frames import Frames
from passmuster.adapters.sandboxes.launching import Places, launcher, read_report, request_of
from passmuster.adapters.sandboxes.supervision import Gathered
from passmuster.domain.sandboxes import SandboxCommand, SandboxLimits

KEY = b"0123456789abcdef"
KINDS = {b"o": "output", b"e": "errors", b"r": "results", b"s": "report"}


def frame(kind: bytes, piece: bytes) -> bytes:
    return KEY + kind + len(piece).to_bytes(4, "big") + piece


def taken(stream: bytes, cuts: list[int]) -> Gathered:
    gathered = Gathered(SandboxLimits())
    frames = Frames(KEY, gathered)
    places = sorted({0, len(stream), *(cut % (len(stream) + 1) for cut in cuts)})
    for begin, end in pairwise(places):
        frames.take(stream[begin:end])
    return gathered


@given(
    st.lists(st.tuples(st.sampled_from(sorted(KINDS)), st.binary(max_size=40)), max_size=8),
    st.lists(st.integers(min_value=0), max_size=20),
)
def test_pieces_arrive_however_the_stream_is_cut(pieces: list[tuple[bytes, bytes]], cuts: list[int]) -> None:
    """A pipe may break anywhere, also within a key or a length."""
    gathered = taken(b"".join(frame(kind, piece) for kind, piece in pieces), cuts)

    for kind, name in KINDS.items():
        expected = b"".join(piece for found, piece in pieces if found == kind)
        assert getattr(gathered, name).content == expected


@given(st.lists(st.integers(min_value=0), max_size=10))
def test_what_stands_before_a_key_is_a_complaint(cuts: list[int]) -> None:
    """A client may say something of its own."""
    gathered = taken(b"warning: old\n" + frame(b"o", b"said") + b"bye" + frame(b"s", b"started\n"), cuts)

    assert gathered.output.content == b"said"
    assert gathered.report.content == b"started\n"
    assert gathered.complaints.content == b"warning: old\nbye"


def test_a_length_that_cannot_be_is_left_out() -> None:
    """Nobody can have us wait for gigabytes that never come."""
    gathered = taken(KEY + b"o" + b"\xff\xff\xff\xff" + b"x" * 50 + frame(b"o", b"said"), [])

    assert gathered.output.content == b"said"


@pytest.fixture
def places(tmp_path: Path) -> Places:
    for name in ("files", "temporary"):
        (tmp_path / name).mkdir()
    return Places(folder=str(tmp_path / "files"), temporary=str(tmp_path / "temporary"))


def framed(command: SandboxCommand, places: Places) -> Gathered:
    request = request_of(command, places, 0, key=KEY, left_out={"NPROC"})
    started = (sys.executable, "-I", "-S", "-B", "-c", launcher(), "0", "1", "framed")
    ended = subprocess.run(  # noqa: S603 - our own interpreter and program
        started, input=request, capture_output=True, check=True, env={}, timeout=60
    )
    return taken(ended.stdout, [7, 40, 1_000])


def test_the_program_inside_sends_everything_over_one_stream(places: Places) -> None:
    """As it does in a container, from which nothing else leads out."""
    script = "cat; cat a/b >&2; echo result >&$PASSMUSTER_RESULTS; exit 5"
    command = SandboxCommand(arguments=("/bin/sh", "-c", script), files={"a/b": b"file"}, input=b"in")

    gathered = framed(command, places)

    parts = (gathered.output.content, gathered.errors.content, gathered.results.content)
    assert parts == (b"in", b"file", b"result\n")
    assert read_report(gathered.report.content).status == 5


def test_a_long_output_arrives_whole(places: Places) -> None:
    """In many frames, and although a process that was left behind holds the stream open."""
    script = "(sleep 600 &) ; head -c 3000000 /dev/zero"

    gathered = framed(SandboxCommand(arguments=("/bin/sh", "-c", script)), places)

    assert gathered.output.is_over
    assert read_report(gathered.report.content).status == 0


def test_a_program_that_is_not_there_is_a_fault(places: Places) -> None:
    """It is told as such, and not as an exit status."""
    report = read_report(framed(SandboxCommand(arguments=("no-such-program",)), places).report.content)

    assert "No such file" in report.fault
    assert report.status is None
