"""What the processes below one use."""

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest

from passmuster.adapters.sandboxes.usage import ProcessTree

MEBIBYTE = 1_048_576
FAMILY = """
import os, sys
held = bytearray(60 * 1048576)
while held is not None:
    held[::4096] = bytes(len(held[::4096])).replace(b"\\0", b"x")
    break
child = os.fork()
if child:
    print(child, flush=True)
sys.stdin.read()
"""


@pytest.fixture
def family() -> Iterator[tuple[int, int]]:
    """Give a process with 60 MiB, and its child, who shares them."""
    with subprocess.Popen([sys.executable, "-c", FAMILY], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as parent:  # noqa: S603 - our own
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        yield parent.pid, child
        # Both wait for the end of their input.
        assert parent.stdin is not None
        parent.stdin.close()


def test_children_are_found(family: tuple[int, int]) -> None:
    """With the process itself."""
    assert sorted(ProcessTree(family[0]).processes()) == sorted(family)


def test_pages_that_are_shared_count_twice_only_as_long_as_that_is_within_the_limit(family: tuple[int, int]) -> None:
    """The quick sum is too high, so the exact one decides where it matters."""
    tree = ProcessTree(family[0])

    quick, exact = tree.memory(1_000 * MEBIBYTE), tree.memory(MEBIBYTE)

    assert quick > 120 * MEBIBYTE
    assert 60 * MEBIBYTE < exact < 100 * MEBIBYTE


def test_time_is_counted() -> None:
    """Of this process, in which tests have run."""
    assert ProcessTree(os.getpid()).processor_seconds() > 0


def test_a_process_that_has_ended_uses_nothing() -> None:
    """It may end between two looks."""
    with subprocess.Popen(["/bin/true"]) as ended:
        ended.wait()
    tree = ProcessTree(ended.pid)

    assert (tree.memory(0), tree.processor_seconds()) == (0, 0.0)
