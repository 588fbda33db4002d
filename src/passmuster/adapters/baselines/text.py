r"""The accepted baseline as a text file for git: one line for each agent, subject and case, in stable order.

The first line names the format and the suite::

    {"kind": "suite", "format": 1, "suite": "software-team"}
    {"kind": "agent", "name": "debugger", "description": "<fingerprint>", "definition": "<fingerprint>"}
    {"kind": "subject", "name": "lexical", "description": "routed, lexical", "is_deterministic": true, …}
    {"kind": "case", "subject": "lexical", "case": "api-017", "chosen": ["api-designer"], …}

Nothing in it depends on when or where it was made, so accepting an unchanged run changes nothing.
"""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from passmuster.documents import parse_json
from passmuster.domain.errors import InvalidBaselineError, InvalidInputError
from passmuster.domain.findings import Finding, Severity
from passmuster.domain.results import SubjectRecord
from passmuster.domain.values import SourceLocation
from passmuster.domain.verdicts import AgentPrint, CaseObservation, Snapshot
from passmuster.placing import write_whole
from passmuster.ports import BuildContext, Component

FORMAT = 1

_LINES: dict[str, TypeAdapter[Any]] = {
    "agent": TypeAdapter(AgentPrint),
    "subject": TypeAdapter(SubjectRecord),
    "case": TypeAdapter(CaseObservation),
}


class TextBaselinesOptions(BaseModel):
    """The text baseline has no options."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class TextBaselines:
    """Reads and writes baseline files."""

    def read(self, location: Path) -> Snapshot | None:
        """Return the baseline; ``None`` if there is no such file.

        Raises:
            InvalidBaselineError: With every complaint about the file.
        """
        try:
            text = location.read_bytes().decode("utf-8-sig")
        except FileNotFoundError:
            return None
        except (OSError, UnicodeDecodeError) as error:
            message = f"the baseline cannot be read: {error}"
            raise _refused(message, SourceLocation(path=str(location))) from error
        return _Reading(str(location)).read(text)

    def write(self, snapshot: Snapshot, location: Path) -> None:
        """Write the baseline, whole or not at all.

        Raises:
            EnvironmentFaultError: If the place cannot be written.
        """
        lines = [json.dumps(line, ensure_ascii=False) for line in _lines(snapshot)]
        write_whole(location, "\n".join(lines) + "\n")


def _lines(snapshot: Snapshot) -> Iterator[dict[str, object]]:
    yield {"kind": "suite", "format": FORMAT, "suite": snapshot.suite}
    for agent in sorted(snapshot.agents, key=lambda item: item.name):
        yield _line("agent", agent)
    for subject in sorted(snapshot.subjects, key=lambda item: item.name):
        # Caveats are said by the run that is judged, not by the one it is compared with.
        yield _line("subject", replace(subject, caveats=()))
    for observation in sorted(snapshot.observations, key=lambda item: (item.subject, item.case)):
        yield _line("case", observation)


def _line(kind: str, value: object) -> dict[str, object]:
    return {"kind": kind, **_LINES[kind].dump_python(value, mode="json", exclude_defaults=True)}


class _Reading:
    """One reading of one file, collecting complaints."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._findings: list[Finding] = []
        self._suite = ""
        self._found: dict[str, list[Any]] = {kind: [] for kind in _LINES}

    def read(self, text: str) -> Snapshot:
        for number, line in enumerate(text.splitlines(), start=1):
            if line.strip():
                self._read_line(line, SourceLocation(path=self._path, line=number))
        if not self._suite and not self._findings:
            self._complain("this is no baseline: its first line names no suite", SourceLocation(path=self._path))
        if self._findings:
            raise InvalidBaselineError(self._findings)
        return Snapshot(
            suite=self._suite,
            agents=tuple(self._found["agent"]),
            subjects=tuple(self._found["subject"]),
            observations=tuple(self._found["case"]),
        )

    def _read_line(self, line: str, location: SourceLocation) -> None:
        try:
            data = parse_json(line, path=self._path, line=location.line or 1).data
        except InvalidInputError as error:
            self._findings.extend(error.findings)
            return
        if not isinstance(data, dict) or data.get("kind") not in {"suite", *_LINES}:
            self._complain("this line is of no kind that a baseline has", location)
            return
        kind = data.pop("kind")
        if kind == "suite":
            self._read_suite(data, location)
            return
        try:
            self._found[kind].append(_LINES[kind].validate_python(data))
        except ValidationError as error:
            first = error.errors()[0]
            name = ".".join(str(part) for part in first["loc"])
            self._complain(f"{kind} line: {name}: {first['msg']}", location)

    def _read_suite(self, data: dict[str, object], location: SourceLocation) -> None:
        if data.get("format") != FORMAT:
            self._complain(f"the baseline has format {data.get('format')!r}, and this version reads {FORMAT}", location)
        self._suite = str(data.get("suite", ""))

    def _complain(self, message: str, location: SourceLocation) -> None:
        self._findings.extend(_refused(message, location).findings)


def _refused(message: str, location: SourceLocation) -> InvalidBaselineError:
    finding = Finding(
        rule="baseline",
        severity=Severity.ERROR,
        message=message,
        hint="restore the file from git, or make it anew with `passmuster accept`",
        location=location,
    )
    return InvalidBaselineError([finding])


def build(_options: TextBaselinesOptions, _context: BuildContext) -> TextBaselines:
    """Build the reader and writer."""
    return TextBaselines()


COMPONENT = Component(options=TextBaselinesOptions, build=build)
