"""The seam to code hosts, where people discuss a change."""

from typing import Protocol

from passmuster.domain.comments import Comment, PlacedComment


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
