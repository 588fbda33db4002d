"""A comment is put again where a code host was only busy."""

from collections.abc import Sequence

import pytest

from passmuster.domain.comments import Act, Comment, PlacedComment
from passmuster.domain.errors import CodeHostBusyError, CodeHostError, PermissionMissingError
from passmuster.policies.insisting import LONGEST, Insisting

COMMENT = Comment.read("<!-- passmuster:team -->\nwords\n")
DONE = PlacedComment(act=Act.CREATED)


class Scripted:
    """Fails as it is told, and then succeeds."""

    def __init__(self, failures: Sequence[CodeHostError]) -> None:
        self.failures = list(failures)
        self.calls = 0

    def put(self, comment: Comment) -> PlacedComment:
        assert comment == COMMENT
        self.calls += 1
        if self.failures:
            raise self.failures.pop(0)
        return DONE


def test_passing_failures_are_waited_out() -> None:
    """It waits as long as the code host says, or else longer each time."""
    rests: list[float] = []
    inner = Scripted([CodeHostBusyError("busy"), CodeHostBusyError("busy", wait=0.5), CodeHostBusyError("busy")])

    placed = Insisting(inner, rest=rests.append, pauses=(1, 4, 15)).put(COMMENT)

    assert placed == DONE
    assert rests == [1, 0.5, 15]


def test_it_gives_up_in_the_end() -> None:
    """The last failure is told as it was."""
    inner = Scripted([CodeHostBusyError(f"busy {turn}") for turn in range(9)])

    with pytest.raises(CodeHostBusyError, match="busy 2"):
        Insisting(inner, rest=lambda _seconds: None, pauses=(1, 4)).put(COMMENT)

    assert inner.calls == 3


@pytest.mark.parametrize("failure", [PermissionMissingError("no right"), CodeHostBusyError("busy", wait=LONGEST + 1)])
def test_what_will_not_pass_is_not_waited_for(failure: CodeHostError) -> None:
    """Neither a missing right, nor a code host that wants to be left alone for longer than a job may cost."""
    inner, rests = Scripted([failure]), list[float]()

    with pytest.raises(type(failure)):
        Insisting(inner, rest=rests.append).put(COMMENT)

    assert (inner.calls, rests) == (1, [])
