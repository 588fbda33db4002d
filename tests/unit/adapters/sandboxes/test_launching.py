"""How the program inside is asked, and how its report is read."""

import os
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passmuster.adapters.sandboxes.launching import (
    LEAST_ADDRESSES,
    Places,
    environment_of,
    read_report,
    request_of,
    results_number,
)
from passmuster.domain.errors import SandboxError
from passmuster.domain.sandboxes import SandboxCommand, SandboxLimits

PLACES = Places(folder="/inside", temporary="/inside/temporary")


def strings(request: bytes) -> Iterator[bytes]:
    while request:
        length = int.from_bytes(request[:4], "big")
        yield request[4 : 4 + length]
        request = request[4 + length :]


def test_a_request_holds_all_of_a_command() -> None:
    """Its folder, limits, arguments, variables, files and input, each after its length."""
    command = SandboxCommand(arguments=("run", "it"), files={"b": b"2", "a": b"1"}, input=b"in")

    sent = list(strings(request_of(command, PLACES, 9)))

    assert sent[:3] == [b"9", b"3", b"/inside"]
    assert sent[-7:] == [b"4", b"a", b"1", b"b", b"2", b"in", b"/inside/temporary"]
    assert sent[sent.index(b"run") - 1 :][:3] == [b"2", b"run", b"it"]


@pytest.mark.parametrize("path", ["../out", "a/../../out", "/out", "", ".", "a/..", "a\0b"])
def test_a_file_outside_of_the_folder_is_refused(path: str) -> None:
    """Whoever reads answers refuses such paths before; nothing depends on it."""
    with pytest.raises(SandboxError):
        request_of(SandboxCommand(arguments=("x",), files={path: b""}), PLACES, 9)


@pytest.mark.parametrize("environment", [{"": "x"}, {"A=B": "x"}, {"A": "x\0y"}])
def test_a_variable_that_no_program_can_have_is_refused(environment: dict[str, str]) -> None:
    """It would become another one."""
    with pytest.raises(SandboxError):
        request_of(SandboxCommand(arguments=("x",), environment=environment), PLACES, 9)


def test_an_environment_has_nothing_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only what the sandbox must set, and what the command brings, which may replace some of it."""
    monkeypatch.setenv("SECRET_KEY", "planted")

    environment = environment_of(SandboxCommand(arguments=("x",), environment={"PATH": "/own", "A": "b"}), PLACES)

    assert environment == {
        "A": "b",
        "HOME": "/inside",
        "LANG": "C.UTF-8",
        "PASSMUSTER_RESULTS": "3",
        "PATH": "/own",
        "TMPDIR": "/inside/temporary",
    }


def test_the_variable_of_results_cannot_be_replaced() -> None:
    """Else results would go nowhere."""
    command = SandboxCommand(arguments=("x",), environment={"PASSMUSTER_RESULTS": "77"})

    assert environment_of(command, PLACES)["PASSMUSTER_RESULTS"] == "3"


def test_results_make_way_for_a_listening_socket() -> None:
    """A socket keeps its number, whatever it is."""
    numbers = [results_number(SandboxCommand(arguments=("x",), listening=number)) for number in (None, 3, 9)]

    assert numbers == [3, 4, 3]


def test_limits_of_the_kernel_follow_from_those_of_the_command() -> None:
    """What the sandbox itself needs comes on top."""
    command = SandboxCommand(arguments=("x",), limits=SandboxLimits(time=2.5, memory=1_000, disk=5_000, processes=7))

    limits = {part for part in strings(request_of(command, PLACES, 9)) if b"=" in part and b"/" not in part}

    assert {b"NPROC=9", b"FSIZE=1053576", b"CORE=0", b"AS=%d" % LEAST_ADDRESSES} <= limits
    assert b"CPU=%d" % (-(-5 * (os.cpu_count() or 1) // 2) + 1) in limits


def test_a_limit_can_be_left_out() -> None:
    """Where a number of processes would count those of everybody else."""
    request = request_of(SandboxCommand(arguments=("x",)), PLACES, 9, left_out={"NPROC"})

    assert b"NPROC" not in request


def test_a_report_is_read() -> None:
    """Started, then ended with a status and two times."""
    report = read_report(b"started\nended -9 1.500000 0.250000\n")

    assert (report.is_started, report.status, report.fault) == (True, -9, "")
    assert (report.wall_seconds, report.processor_seconds) == (1.5, 0.25)


def test_a_fault_is_read() -> None:
    """It tells why nothing was started."""
    assert read_report(b"fault no such file\n").fault == "no such file"


@given(st.binary(max_size=80))
def test_a_report_that_broke_off_or_is_none_says_nothing(text: bytes) -> None:
    """Whoever ends the program inside can cut its report, and that is no error of ours."""
    report = read_report(b"started\n" + text.replace(b"ended ", b"").replace(b"fault", b""))

    assert report.is_started
    assert report.status is None
