"""The seams to where people discuss a change: what a code host takes, and who finds the words."""

from typing import Protocol

from passmuster.domain.comments import Comment, PlacedComment, Unjudged


class CodeHost(Protocol):
    """One pull request, or merge request, of one code host."""

    def put(self, comment: Comment) -> PlacedComment:
        """Let the comment stand once: the one with its marker that we wrote before is brought up to date.

        Putting the same comment again changes nothing. What others wrote is left alone, whatever it looks like.

        Raises:
            CodeHostBusyError: If it may succeed a moment later.
            PermissionMissingError: If the token may not comment.
            CodeHostError: If it cannot be done at all.
        """
        ...


class UnjudgedWriter(Protocol):
    """Finds the words for a commit that could not be judged."""

    def unjudged(self, trouble: Unjudged) -> Comment:
        """Return the comment that takes the place of the one that told an earlier commit's verdict."""
        ...
