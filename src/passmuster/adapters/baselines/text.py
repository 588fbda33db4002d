r"""The accepted baseline as a text file for git: one line for each agent, subject and case, in stable order.

The first line names the format and the suite::

    {"kind": "suite", "format": 1, "suite": "software-team"}
    {"kind": "agent", "name": "debugger", "description": "<fingerprint>", "definition": "<fingerprint>"}
    {"kind": "subject", "name": "lexical", "description": "routed, lexical", "is_deterministic": true, …}
    {"kind": "case", "subject": "lexical", "case": "api-017", "chosen": ["api-designer"], …}
    {"kind": "acceptance", "subject": "lexical", "case": "api-017", "aspect": "routing", "reason": "…", …}

Nothing in it depends on when or where it was made, so accepting an unchanged run changes nothing.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from passmuster.components import BuildContext, Component
from passmuster.documents import parse_json
from passmuster.domain.errors import InvalidBaselineError, InvalidInputError
from passmuster.domain.findings import Finding, Severity
from passmuster.domain.observations import Acceptance, AgentPrint, CaseObservation, Snapshot
from passmuster.domain.results import SubjectRecord
from passmuster.domain.values import SourceLocation
from passmuster.placing import write_whole

FORMAT = 1

Noun = AgentPrint | SubjectRecord | CaseObservation | Acceptance

_KINDS: Mapping[str, type[Noun]] = {
    "agent": AgentPrint,
    "subject": SubjectRecord,
    "case": CaseObservation,
    "acceptance": Acceptance,
}
_ADAPTERS: Mapping[str, TypeAdapter[Any]] = {kind: TypeAdapter(noun) for kind, noun in _KINDS.items()}
_KEYS = {kind: frozenset({"kind", *(field.name for field in fields(noun))}) for kind, noun in _KINDS.items()}


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
        except OSError as error:
            message = f"the baseline cannot be read: {error.strerror}"
            raise _refused(message, str(location)) from error
        except UnicodeDecodeError as error:
            message = "the baseline is not UTF-8"
            line = error.object.count(b"\n", 0, error.start) + 1
            raise _refused(message, str(location), line) from error
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
        yield _line("case", replace(observation, criteria=dict(sorted(observation.criteria.items()))))
    # Last, so that a reviewer finds what was accepted, and why, in one place.
    for acceptance in sorted(snapshot.acceptances, key=lambda item: (item.subject, item.case, item.aspect)):
        yield _line("acceptance", acceptance)


def _line(kind: str, value: Noun) -> dict[str, object]:
    return {"kind": kind, **_ADAPTERS[kind].dump_python(value, mode="json", exclude_defaults=True)}


class _Reading:
    """One reading of one file, collecting complaints."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._findings: list[Finding] = []
        self._found: dict[str, dict[object, Any]] = {kind: {} for kind in _KINDS}

    def read(self, text: str) -> Snapshot:
        # Not splitlines(): a name may hold one of the other characters that it takes for the end of a line.
        lines = [(number, line) for number, line in enumerate(text.split("\n"), start=1) if line.strip()]
        suite = self._read_head(*lines[0]) if lines else self._refuse_head(1)
        for number, line in lines[1:]:
            self._read_line(number, line)
        if self._findings:
            raise InvalidBaselineError(self._findings)
        return Snapshot(
            suite=suite,
            agents=tuple(self._found["agent"].values()),
            subjects=tuple(self._found["subject"].values()),
            observations=tuple(self._found["case"].values()),
            acceptances=tuple(self._found["acceptance"].values()),
        )

    def _read_head(self, number: int, line: str) -> str:
        data = self._data(number, line)
        if data is None or data.get("kind") != "suite":
            return self._refuse_head(number)
        if data.get("format") != FORMAT:
            # Nothing that another format says can be trusted to mean what it seems to.
            message = f"the baseline has format {data.get('format')!r}, and this version reads {FORMAT}"
            raise _refused(message, self._path, number)
        suite = data.get("suite")
        return suite if isinstance(suite, str) else self._refuse_head(number)

    def _refuse_head(self, number: int) -> str:
        if not self._findings:
            self._complain("this is no baseline: its first line names no suite", number)
        return ""

    def _data(self, number: int, line: str) -> dict[str, Any] | None:
        try:
            data = parse_json(line, path=self._path, line=number).data
        except InvalidInputError as error:
            self._findings.extend(replace(finding, rule="baseline") for finding in error.findings)
            return None
        return data if isinstance(data, dict) else {}

    def _read_line(self, number: int, line: str) -> None:
        data = self._data(number, line)
        if data is None:
            return
        kind = data.get("kind")
        if not isinstance(kind, str) or kind not in _KINDS:
            self._complain("this line is of no kind that stands below the first line of a baseline", number)
            return
        for key in sorted(data.keys() - _KEYS[kind]):
            self._complain(f"{kind} line: unknown key {key!r}", number)
        try:
            value = _ADAPTERS[kind].validate_json(line, strict=True)
        except ValidationError as error:
            for item in error.errors(include_url=False):
                name = ".".join(str(part) for part in item["loc"])
                self._complain(f"{kind} line: {name!r}: {item['msg']}", number)
            return
        self._keep(kind, value, number)

    def _keep(self, kind: str, value: Noun, number: int) -> None:
        if isinstance(value, Acceptance):
            name: object = (value.subject, value.case, value.aspect)
            shown = f"{value.case!r} of subject {value.subject!r}"
        elif isinstance(value, CaseObservation):
            name = (value.subject, value.case)
            shown = f"{value.case!r} of subject {value.subject!r}"
            if value.subject not in self._found["subject"]:
                self._complain(f"case line: no line above it has the subject {value.subject!r}", number)
        else:
            name, shown = value.name, repr(value.name)
        if name in self._found[kind]:
            # Merging two branches in git leaves such lines behind.
            self._complain(f"{kind} line: {shown} has a line already", number)
        self._found[kind][name] = value

    def _complain(self, message: str, number: int) -> None:
        self._findings.extend(_refused(message, self._path, number).findings)


def _refused(message: str, path: str, line: int | None = None) -> InvalidBaselineError:
    finding = Finding(
        rule="baseline",
        severity=Severity.ERROR,
        message=message,
        hint="restore the file from git, or make it anew with `passmuster accept`",
        location=SourceLocation(path=path, line=line),
    )
    return InvalidBaselineError([finding])


def build(_options: TextBaselinesOptions, _context: BuildContext) -> TextBaselines:
    """Build the reader and writer."""
    return TextBaselines()


COMPONENT = Component(options=TextBaselinesOptions, build=build)
