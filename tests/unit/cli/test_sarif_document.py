"""Findings as SARIF: the shape that its standard asks for, and fingerprints that outlive edits."""

from typing import Any

from tests.sarif_shape import complaints_about

from passmuster.analysis.roster_checks.material import AgentText
from passmuster.analysis.roster_checks.rules import complaint
from passmuster.analysis.roster_checks.suppressions import Suppressed
from passmuster.cli.sarif_document import FINGERPRINT, sarif_document
from passmuster.domain.findings import Finding, Severity
from passmuster.domain.values import SourceLocation


def at(line: int | None, path: str = "agents/a b.md") -> Finding:
    return complaint("secret", SourceLocation(path=path, line=line, column=line), "a key \x1b[31m", "take it out")


def marks(document: dict[str, Any]) -> list[str]:
    return [result["partialFingerprints"][FINGERPRINT] for result in document["runs"][0]["results"]]


def test_document_is_as_the_standard_asks() -> None:
    """With places known and unknown, rules known and unknown, and what was ignored."""
    unknown = Finding(rule="of-another", severity=Severity.NOTE, message="m")
    findings = [at(3), at(None), at(1, "agents/ü#.md"), unknown]
    ignored = [Suppressed(finding=at(9), reason="a sample")]

    document = sarif_document(findings, ignored)

    assert complaints_about(document) == []


def test_empty_document_is_valid() -> None:
    """A clean roster has no results; the run is there all the same."""
    assert complaints_about(sarif_document([])) == []


def test_results_refer_to_their_rules() -> None:
    """By name and by place; control characters are written out, and what was ignored says why."""
    document: Any = sarif_document([at(3)], [Suppressed(finding=at(9), reason="a sample")])
    run = document["runs"][0]
    first, second = run["results"]

    assert run["tool"]["driver"]["rules"][first["ruleIndex"]]["id"] == first["ruleId"] == "secret"
    assert first["message"]["text"] == "a key \\x1b[31m – take it out"
    assert "suppressions" not in first
    assert second["suppressions"] == [{"kind": "inSource", "justification": "a sample"}]
    assert first["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "agents/a%20b.md"


def test_fingerprint_outlives_lines_added_above() -> None:
    """It rests on the words of the line; equal lines are told apart by their order."""
    before = AgentText(path="a.md", text="x\nkey\nkey\nother\n")
    after = AgentText(path="a.md", text="new\nx\nkey\n  key\nother\n")

    former: Any = sarif_document([at(2, "a.md"), at(3, "a.md"), at(4, "a.md")], texts={"a.md": before})
    latter: Any = sarif_document([at(3, "a.md"), at(4, "a.md"), at(5, "a.md")], texts={"a.md": after})

    assert marks(former) == marks(latter)
    assert len(set(marks(former))) == 3
