"""The shape of SARIF, the format of static analysis that code hosts show beside a change.

OASIS Standard "Static Analysis Results Interchange Format (SARIF) Version 2.1.0"; its sections are named below.
"""

from collections.abc import Mapping, Sequence
from urllib.parse import quote

from passmuster import __version__
from passmuster.domain.values import SourceLocation

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
"""The schema that the standard comes with (3.13.3); some code hosts ask for it."""


def sarif_log(
    rules: Sequence[Mapping[str, object]], results: Sequence[Mapping[str, object]], **more: object
) -> dict[str, object]:
    """Return one log with one run.

    Args:
        rules: What is looked for, each with its ``id``.
        results: What was found.
        more: Further properties of the run.
    """
    driver = {"name": "passmuster", "semanticVersion": __version__, "rules": list(rules)}
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": list(results), **more}
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def sarif_text(text: str) -> dict[str, str]:
    """Return a message in which no text of anybody becomes a link (3.11.6)."""
    return {"text": text.replace("](", "]\N{ZERO WIDTH SPACE}(")}


def sarif_locations(place: SourceLocation) -> list[dict[str, object]]:
    """Return a place as the locations of a result (3.27.12); its path is taken from the top of the repository."""
    # An address of its own where the file lies elsewhere: a code host could not know it by any other (3.4.3).
    path = quote(place.path.encode("utf-8", "replace"))
    uri = f"file://{path}" if path.startswith("/") else path
    physical: dict[str, object] = {"artifactLocation": {"uri": uri}}
    if place.line is not None:
        region = {"startLine": place.line, "startColumn": place.column}
        physical["region"] = {key: value for key, value in region.items() if value is not None}
    return [{"physicalLocation": physical}]
