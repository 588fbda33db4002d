"""Puts a comment again where a code host was only busy."""

from collections.abc import Callable, Sequence
from typing import Final

from passmuster.discussing import CodeHost
from passmuster.domain.comments import Comment, PlacedComment
from passmuster.domain.errors import CodeHostBusyError

PAUSES: Final = (1.0, 4.0, 15.0)
"""Seconds before each further try, unless the code host says how long."""

LONGEST: Final = 60.0
"""A code host that wants to be left alone for longer is not waited for: a job costs money by the minute."""


class Insisting:
    """Tries more than once; conforms to :class:`passmuster.discussing.CodeHost`.

    All of it is done again, the search for an earlier comment as well: what seemed to fail may have been done, and a
    second comment is worse than none.
    """

    def __init__(self, inner: CodeHost, *, rest: Callable[[float], None], pauses: Sequence[float] = PAUSES) -> None:
        """Wrap.

        Args:
            inner: What is asked.
            rest: Waits for so many seconds.
            pauses: Seconds before each further try.
        """
        self._inner = inner
        self._rest = rest
        self._pauses = pauses

    def put(self, comment: Comment) -> PlacedComment:
        """Let the comment stand once.

        Raises:
            CodeHostError: If it cannot be done, however often it is tried.
        """
        for pause in self._pauses:
            try:
                return self._inner.put(comment)
            except CodeHostBusyError as error:
                wanted = pause if error.wait is None else error.wait
                if wanted > LONGEST:
                    raise
            self._rest(wanted)
        return self._inner.put(comment)
