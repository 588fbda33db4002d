"""Tags put into the files of cases."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from passmuster.composition.case_lines import edited_lines
from passmuster.domain.cases import LEAKY, Case
from passmuster.domain.findings import Finding, Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class Marked:
    """What was tagged.

    Attributes:
        count: How many cases.
        files: The files that were written.
        findings: Cases that have to be tagged by hand.
    """

    count: int
    files: tuple[Path, ...]
    findings: tuple[Finding, ...]


def mark_leaky(cases: Sequence[Case]) -> Marked:
    """Tag cases as leaky in their files, all of them or none.

    Only JSON Lines can be edited line by line; of cases in other files it is said that they are left to people.

    Raises:
        EnvironmentFaultError: If a file cannot be read or written.
    """
    found = edited_lines([(case, _tag) for case in cases])
    return Marked(count=len(found.done), files=found.write(), findings=tuple(_by_hand(case) for case in found.others))


def _tag(data: dict[str, object]) -> bool:
    tags = data.get("tags")
    data["tags"] = [*(tags if isinstance(tags, list) else []), LEAKY]
    return True


def _by_hand(case: Case) -> Finding:
    return Finding(
        rule="untagged-case",
        severity=Severity.NOTE,
        message=f"case {case.identifier!r} was not tagged: only lines of a .jsonl file are edited",
        hint=f"add {LEAKY!r} to its tags by hand",
        location=case.source,
    )
