"""Lets one comment stand in a discussion, whichever code host holds it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from passmuster.adapters.code_hosts.asking import Interface
from passmuster.domain.comments import Act, Comment, PlacedComment
from passmuster.domain.errors import CodeHostError

Found = Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Discussion:
    """The comments on one change; conforms to :class:`passmuster.discussing.CodeHost`.

    Attributes:
        interface: What is asked.
        comments: The path of the list of comments.
        comment: Returns the path of one comment, by its number.
        method: How a comment is changed.
        is_ours: Whether we wrote a comment: anybody may write our marker, and nobody's words are to be overwritten.
        order: What the list is asked for, so that the oldest comes first.
    """

    interface: Interface
    comments: str
    comment: Callable[[int], str]
    method: str
    is_ours: Callable[[Found], bool]
    order: Mapping[str, str] = field(default_factory=dict)

    def put(self, comment: Comment) -> PlacedComment:
        """Let the comment stand once.

        Raises:
            CodeHostError: If it cannot be done.
        """
        for found in self.interface.pages(self.comments, self.order):
            if comment.is_marked_alike(_text(found)) and self.is_ours(found):
                return self._update(found, comment)
        made = self.interface.ask("POST", self.comments, {"body": comment.text})
        return PlacedComment(act=Act.CREATED, address=_address(made.data))

    def _update(self, found: Found, comment: Comment) -> PlacedComment:
        if comment.says_the_same(_text(found)):
            return PlacedComment(act=Act.UNCHANGED, address=_address(found))
        identifier = found.get("id")
        if not isinstance(identifier, int):
            message = "the code host names a comment without its number"
            raise CodeHostError(message)
        told = self.interface.ask(self.method, self.comment(identifier), {"body": comment.text})
        return PlacedComment(act=Act.UPDATED, address=_address(told.data))


def _text(found: Found) -> str:
    return str(found.get("body") or "")


def _address(data: object) -> str:
    """Return where people read a comment; GitLab does not say."""
    return str(data.get("html_url") or "") if isinstance(data, dict) else ""
