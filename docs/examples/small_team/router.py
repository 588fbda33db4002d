"""A router of our own: the first agent one of whose words stands in the request."""

from passmuster.domain.agents import Roster
from passmuster.domain.cases import Request

WORDS = {"page-styler": ("page", "dark mode"), "query-tuner": ("query", "sql"), "test-writer": ("test",)}


def choose(request: Request, roster: Roster) -> str | None:
    """Return the name of an agent of the roster, or ``None`` for nobody."""
    text = request.text.lower()
    return next((name for name in roster.names if any(word in text for word in WORDS.get(name, ()))), None)
