"""Who may come in: a token, exchanged for a session in a cookie, and a proof that a form is ours."""

import hmac
import secrets
import time
from collections import OrderedDict
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final

COOKIE: Final = "passmuster_session"

MOST_SESSIONS: Final = 1000
"""Those that were opened last; whoever is forgotten signs in again."""

LASTING: Final = 12 * 3600
"""Seconds that a session lasts."""

FEWEST_CHARACTERS: Final = 20
"""Of a token that somebody else made up; ours have 43."""


@dataclass(slots=True)
class Door:
    """Knows the token and the sessions; nothing of it is ever written anywhere.

    Attributes:
        token: What lets somebody in, again and again.
        key: What lets somebody in once, in the link that is printed; empty when it was used.
    """

    token: str = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)
    key: str = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)
    _secret: bytes = field(default_factory=lambda: secrets.token_bytes(32), repr=False)
    _sessions: OrderedDict[str, float] = field(default_factory=OrderedDict, repr=False)

    def opens_with_token(self, token: str) -> bool:
        """Whether this is the token."""
        return _is_same(token, self.token)

    def opens_with_key(self, key: str) -> bool:
        """Whether this is the key of the link, which is used up by that."""
        if not self.key or not _is_same(key, self.key):
            return False
        self.key = ""
        return True

    def begin(self) -> str:
        """Open a session and return its name."""
        session = secrets.token_urlsafe(32)
        self._sessions[_digest(session)] = time.monotonic() + LASTING
        while len(self._sessions) > MOST_SESSIONS:
            self._sessions.popitem(last=False)
        return session

    def knows(self, session: str) -> bool:
        """Whether a session is open."""
        return self._sessions.get(_digest(session), 0.0) > time.monotonic()

    def end(self, session: str) -> None:
        """Close a session."""
        self._sessions.pop(_digest(session), None)

    def proof(self, session: str) -> str:
        """Return what a form must hold that was made for a session."""
        return hmac.new(self._secret, session.encode("utf-8", "replace"), sha256).hexdigest()

    def proves(self, session: str, proof: str) -> bool:
        """Whether a form was made for a session."""
        return _is_same(proof, self.proof(session))


def _is_same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode("utf-8", "replace"), other.encode("utf-8", "replace"))


def _digest(session: str) -> str:
    # Looked up by its digest, so that the time of a look-up tells nothing of the sessions that there are.
    return sha256(session.encode("utf-8", "replace")).hexdigest()
