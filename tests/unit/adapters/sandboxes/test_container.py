"""Containers; no engine is there, so it is tested what a client is told, and what is said where nobody answers it."""

from itertools import pairwise
from pathlib import Path

import pytest
from tests.sandboxing import needs_bubblewrap
from tests.unit.adapters.sandboxes.inside import readable_folder, shell

from passmuster.adapters.sandboxes.container import Container, ContainerOptions
from passmuster.domain.errors import SandboxError
from passmuster.domain.sandboxes import SandboxCommand, SandboxLimits

LIMITS = SandboxLimits(memory=1_000, disk=2_000, processes=3)
COMMAND = SandboxCommand(arguments=("x",), read_only=(Path("/opt/packages"),), limits=LIMITS)


def client(folder: Path, script: str, name: str = "docker") -> str:
    place = folder / name
    place.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    place.chmod(0o755)
    return str(place)


def container(program: str) -> Container:
    return Container(ContainerOptions(program=program, image="ours"))


def following(arguments: tuple[str, ...], option: str) -> list[str]:
    return [value for name, value in pairwise(arguments) if name == option]


def test_an_engine_is_told_to_hold_everything_back(tmp_path: Path) -> None:
    """No network, no rights, nothing to write but two folders of limited size, another user, and limits."""
    arguments = container(client(tmp_path, "exit 0")).arguments(COMMAND, "named")

    assert {"--read-only", "--rm", "--interactive"} <= set(arguments)
    assert following(arguments, "--network") == ["none"]
    assert following(arguments, "--cap-drop") == ["ALL"]
    assert following(arguments, "--security-opt") == ["no-new-privileges"]
    assert following(arguments, "--user") == ["65534:65534"]
    assert following(arguments, "--pids-limit") == ["5"]
    assert following(arguments, "--memory") == following(arguments, "--memory-swap") == ["1000"]
    assert [folder.partition(":")[0] for folder in following(arguments, "--tmpfs")] == ["/sandbox", "/tmp"]  # noqa: S108 - its own
    assert all(folder.endswith("size=2000") for folder in following(arguments, "--tmpfs"))
    assert following(arguments, "--mount") == ["type=bind,source=/opt/packages,target=/opt/packages,readonly"]
    assert following(arguments, "--pull") == ["never"]


def test_no_variable_of_ours_goes_into_a_container(tmp_path: Path) -> None:
    """The client has the environment, to find its engine; the container has not."""
    arguments = container(client(tmp_path, "exit 0")).arguments(COMMAND, "named")

    assert not {"-e", "--env", "--env-file"} & set(arguments)


def test_podman_makes_no_further_folders_that_can_be_written(tmp_path: Path) -> None:
    """It does so by default, without a limit of size."""
    arguments = container(client(tmp_path, "exit 0", "podman")).arguments(COMMAND, "named")

    assert "--read-only-tmpfs=false" in arguments


async def test_a_client_without_an_engine_is_told_apart(tmp_path: Path) -> None:
    """It is installed, and answers some questions all the same."""
    program = client(tmp_path, 'echo "Cannot connect to the Docker daemon" >&2; exit 1')

    probe = await container(program).probe()

    assert not probe.is_usable
    assert "the client" in probe.findings[0].detail
    assert "no engine answers it: Cannot connect to the Docker daemon" in probe.findings[0].detail
    assert "start the engine" in probe.remedy


async def test_where_there_is_no_client_the_probe_says_so() -> None:
    """And what to install."""
    probe = await container("no-such-docker").probe()

    assert "no-such-docker" in probe.findings[0].detail
    assert "install docker or podman" in probe.remedy


async def test_a_probe_really_runs_something(tmp_path: Path) -> None:
    """An engine that tells its version and then starts nothing is not usable."""
    script = 'case "$1" in version) echo 27.0;; run) echo "no such image: ours" >&2; exit 125;; esac'

    probe = await container(client(tmp_path, script)).probe()

    assert not probe.is_usable
    assert probe.version == "27.0"
    assert "no such image: ours" in probe.findings[0].detail


@needs_bubblewrap
async def test_a_command_comes_back_through_the_client() -> None:
    """Over the one stream there is. Here bubblewrap stands in for the engine, which shows nothing of any engine."""
    options = (
        "--unshare-user --unshare-pid --ro-bind /usr /usr --symlink usr/bin /bin --symlink usr/lib /lib"
        " --symlink usr/lib64 /lib64 --proc /proc --dev /dev --tmpfs /tmp --tmpfs /sandbox --die-with-parent"
    )
    script = (
        'test "$1" = run || exit 0\necho "a warning" >&2\nwhile [ "$1" != ours ]; do shift; done; shift\n'
        f'exec /usr/bin/bwrap {options} -- /usr/bin/python3 "$@"'
    )
    with readable_folder() as folder:
        sandbox = container(client(folder, script))

        result = await shell(sandbox, "cat x -; echo e >&2; echo r >&3; exit 3", files={"x": b"file "}, input=b"input")

    assert (result.status, result.output, result.errors, result.results) == (3, b"file input", b"e\n", b"r\n")
    assert result.processor_seconds is not None


async def test_a_listening_socket_is_refused() -> None:
    """No container can be given one; whoever needs it learns which sandbox can."""
    with pytest.raises(SandboxError, match="listens"):
        await shell(container("docker"), "true", listening=5)
