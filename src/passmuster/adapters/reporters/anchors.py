"""Names for places inside the page and for files beside it, made of names that people chose."""

import re
from urllib.parse import quote

from passmuster.domain.values import CaseIdentifier, SubjectName

_SLUG_LENGTH = 40


def case_anchor(subject: SubjectName, case: CaseIdentifier) -> str:
    """Return the fragment of a case: the same in every report, without characters that a fragment cannot hold."""
    return f"view=case&case={_quoted(case)}&subject={_quoted(subject)}"


def query_anchor(query: str) -> str:
    """Return the fragment of the cases that a query finds."""
    return f"view=cases&q={_quoted(query)}"


def slug(name: str) -> str:
    """Return the name as part of a file's name: small letters, digits and hyphens; never empty."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower())[:_SLUG_LENGTH].strip("-") or "subject"


def _quoted(text: str) -> str:
    return quote(text, safe="", errors="surrogatepass")
