"""What is said where people review a change: one comment for each suite, brought up to date in its place."""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Self

_MARKER: Final = re.compile(r"<!-- passmuster(?::[^\s<>]+)? -->")


@dataclass(frozen=True, slots=True, kw_only=True)
class Comment:
    """A comment as it is to stand.

    Attributes:
        marker: Its first line, which no reader sees, and by which a later comment finds the one that it replaces.
        text: All of it, the marker included.
    """

    marker: str
    text: str

    @classmethod
    def read(cls, text: str) -> Self:
        """Return the comment that a reporter wrote.

        Raises:
            ValueError: If its first line is no marker.
        """
        marker = text.partition("\n")[0].strip()
        if not _MARKER.fullmatch(marker):
            message = "the first line is no marker such as <!-- passmuster:SUITE -->"
            raise ValueError(message)
        return cls(marker=marker, text=text)

    def is_marked_alike(self, other: str) -> bool:
        """Whether another text is an earlier state of this comment; one that quotes it is none."""
        return other.partition("\n")[0].strip() == self.marker

    def says_the_same(self, other: str) -> bool:
        """Whether another text says the same; code hosts have their own ways to end lines."""
        return other.replace("\r\n", "\n").strip() == self.text.replace("\r\n", "\n").strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class Unjudged:
    """A commit under review of which there is no verdict.

    Attributes:
        suite: The suite that was to judge it.
        status: The exit status of what was to judge it.
        commit: The commit; empty where nobody tells.
        complaints: Why, a sentence for each reason; untrusted, since they repeat what files say.
    """

    suite: str
    status: int
    commit: str = ""
    complaints: tuple[str, ...] = ()


class Act(StrEnum):
    """What was done about a comment."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedComment:
    """A comment that stands.

    Attributes:
        act: What was done.
        address: Where people can read it; empty if the code host does not say.
    """

    act: Act
    address: str = ""
