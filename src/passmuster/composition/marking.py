"""Tags put into the files of cases: the lines that concern a case are written anew, all others stay as they are."""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from passmuster.documents import parse_json
from passmuster.domain.cases import LEAKY, Case
from passmuster.domain.errors import EnvironmentFaultError, InvalidInputError
from passmuster.domain.findings import Finding, Severity
from passmuster.placing import place


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
    """Tag cases as leaky in their files, each file whole or not at all.

    Only JSON Lines can be edited line by line; of cases in other files it is said that they are left to people.

    Raises:
        EnvironmentFaultError: If a file cannot be read or written.
    """
    lines: dict[Path, dict[int, Case]] = defaultdict(dict)
    others = []
    for case in cases:
        if case.source is not None and case.source.line is not None and case.source.path.endswith(".jsonl"):
            lines[Path(case.source.path)][case.source.line] = case
        else:
            others.append(case)
    count = 0
    files: list[Path] = []
    for path, wanted in lines.items():
        content, changed = _tagged(path, wanted)
        others.extend(case for number, case in wanted.items() if number not in changed)
        count += len(changed)
        if changed:
            files.extend(place({path.name: content}, path.parent))
    return Marked(count=count, files=tuple(files), findings=tuple(_by_hand(case) for case in others))


def _tagged(path: Path, wanted: Mapping[int, Case]) -> tuple[bytes, set[int]]:
    """Return a file's new content, and the numbers of the lines that are new in it."""
    try:
        found = path.read_bytes().split(b"\n")
    except OSError as error:
        message = f"cannot read {str(path)!r}: {error.strerror or error}"
        raise EnvironmentFaultError(message, hint="make it readable") from error
    changed = set()
    for number, case in wanted.items():
        line = found[number - 1] if number <= len(found) else b""
        data = _data(line, path, number)
        if data.get("identifier") == case.identifier:
            tags = data.get("tags")
            data["tags"] = [*(tags if isinstance(tags, list) else []), LEAKY]
            end = b"\r" if line.endswith(b"\r") else b""
            found[number - 1] = json.dumps(data, ensure_ascii=False).encode("utf-8") + end
            changed.add(number)
    return b"\n".join(found), changed


def _data(line: bytes, path: Path, number: int) -> dict[str, object]:
    """Return a line's object; an empty one if the file has changed since it was read."""
    try:
        data = parse_json(line.decode("utf-8-sig"), path=str(path), line=number).data
    except (InvalidInputError, UnicodeDecodeError):
        return {}
    return data if isinstance(data, dict) else {}


def _by_hand(case: Case) -> Finding:
    return Finding(
        rule="untagged-case",
        severity=Severity.NOTE,
        message=f"case {case.identifier!r} was not tagged: only lines of a .jsonl file are edited",
        hint=f"add {LEAKY!r} to its tags by hand",
        location=case.source,
    )
