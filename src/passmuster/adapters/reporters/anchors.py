"""Names for places inside the page, made of names that people chose."""

from urllib.parse import quote

from passmuster.domain.values import CaseIdentifier, SubjectName


def case_anchor(subject: SubjectName, case: CaseIdentifier) -> str:
    """Return the fragment of a case: the same in every report, without characters that a fragment cannot hold."""
    return f"view=case&case={_quoted(case)}&subject={_quoted(subject)}"


def query_anchor(query: str) -> str:
    """Return the fragment of the cases that a query finds."""
    return f"view=cases&q={_quoted(query)}"


def _quoted(text: str) -> str:
    return quote(text, safe="", errors="surrogatepass")
