"""A night for people: one page, and the same as Markdown. Both are made of the document that machines get."""

import hashlib
import json
from base64 import b64encode
from collections.abc import Iterator, Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined

from passmuster.domain.verdicts import GateOutcome
from passmuster.placing import place

_TONES: Final = {
    GateOutcome.PASSED: "good",
    GateOutcome.EQUAL: "good",
    GateOutcome.FAILED: "bad",
    GateOutcome.INCONCLUSIVE: "doubt",
}

SHOWN: Final = 20
"""Entries of each list in the Markdown text."""


def write_night(document: Mapping[str, Any], destination: Path) -> tuple[Path, ...]:
    """Write ``nightly.html``, ``nightly.md`` and ``nightly.json`` into a folder.

    Raises:
        EnvironmentFaultError: If the place cannot be written.
    """
    content = {
        "nightly.html": night_page(document),
        "nightly.md": night_text(document),
        "nightly.json": json.dumps(document, indent=2, ensure_ascii=False) + "\n",
    }
    return place({name: text.encode("utf-8") for name, text in content.items()}, destination)


def night_page(document: Mapping[str, Any]) -> str:
    """Return the page, which asks for nothing from any network and runs no script."""
    environment = Environment(
        loader=PackageLoader("passmuster.composition"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    stylesheet = _stylesheet()
    digest = b64encode(hashlib.sha256(stylesheet.encode("utf-8")).digest()).decode("ascii")
    rules = (
        "default-src 'none'",
        "img-src data:",
        f"style-src 'sha256-{digest}'",
        "base-uri 'none'",
        "form-action 'none'",
    )
    return environment.get_template("nightly.html.jinja").render(
        night=document,
        tone=_TONES[GateOutcome(document["verdict"])],
        policy="; ".join(rules),
        # It comes with the package, and the template puts it in as it is.
        stylesheet=stylesheet,
    )


def night_text(document: Mapping[str, Any]) -> str:
    """Return the night as Markdown: a block of plain text, in which no name can link, notify or command."""
    lines = [line for line in _lines(document) if line]
    # Each line begins with words of ours, so that none can close the block.
    return "\n".join(["```text", *lines, "```", ""])


def _stylesheet() -> str:
    # The report's own, so that the two look alike.
    styles = files("passmuster").joinpath("adapters", "reporters", "templates", "style")
    return "\n".join(styles.joinpath(name).read_text(encoding="utf-8") for name in ("base.css", "lists.css"))


def _lines(document: Mapping[str, Any]) -> Iterator[str]:
    yield f"verdict: {document['verdict']} (suite {document['suite']}, run {document['run']})"
    yield from (f"  because: {reason}" for reason in document["reasons"][:SHOWN])
    yield f"control: {'void, the night says nothing' if document['control']['is_void'] else 'holds'}"
    yield f"drift or edit: {document['origin']}: {document['origin_sentence']}"
    yield f"changes of level: {document['change_count']}"
    for change in document["changes"][-SHOWN:]:
        agent = f" of {change['agent']}" if change["agent"] else ""
        level = f"{change['before']:.3f} -> {change['after']:.3f}"
        yield f"  {change['subject']} {change['metric']}{agent}: {level}, {change['sentence']}"
        yield from (f"    commit {commit['commit']} {commit['title']}" for commit in change["commits"])
    yield f"proposals for the quarantine: {document['proposal_count']}"
    for item in document["quarantine_proposals"][:SHOWN]:
        yield f"  case {item['case']} ({item['subject']}): {item['passes']} of {item['trials']} trials passed"
    cost = document["cost"]
    yield f"cost: {cost['requests']} requests, {cost['dollars']} dollars"
    yield f"full report: {document['report']}"
