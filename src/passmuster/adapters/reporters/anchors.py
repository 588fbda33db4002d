"""Names for places inside the page and for files beside it, made of names that people chose."""

import re
from urllib.parse import quote

from passmuster.domain.values import CaseIdentifier, SubjectName

_SLUG_LENGTH = 40


def case_anchor(subject: SubjectName, case: CaseIdentifier) -> str:
    """Return the fragment of a case: the same in every report, without characters that a fragment cannot hold."""
    return f"{_quoted(subject)}/{_quoted(case)}"


def slug(name: str) -> str:
    """Return the name as part of a file's name: small letters, digits and hyphens; never empty."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower())[:_SLUG_LENGTH].strip("-") or "subject"


def _quoted(text: str) -> str:
    return quote(text, safe="", errors="surrogatepass")
