"""People's labels, from a JSON Lines or CSV file, with every complaint at once."""

import csv
import io
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from passmuster.configuration.reading import validated
from passmuster.documents import Document, parse_json
from passmuster.domain.errors import InvalidDatasetError, InvalidInputError
from passmuster.domain.findings import Finding, Severity
from passmuster.domain.judging import Label
from passmuster.domain.values import CaseIdentifier, SourceLocation

LARGEST_FILE = 32 * 1024 * 1024
"""Bytes of the largest file of labels."""

_COLUMNS = ("case", "criterion", "answer", "choice", "labeller")


class _Line(BaseModel):
    """One line of a file of labels."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    case: str = Field(min_length=1)
    criterion: str = Field(min_length=1)
    answer: str
    choice: str = Field(min_length=1)
    labeller: str = Field(min_length=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelledText:
    """One answer with everybody's label.

    Attributes:
        case: The case that it is to.
        criterion: The criterion's name.
        answer: Its text.
        people: Each labeller's choice.
        line: The first line that labels it.
    """

    case: CaseIdentifier
    criterion: str
    answer: str
    people: Mapping[str, str]
    line: int


def read_labels(file: Path) -> tuple[LabelledText, ...]:
    """Read a file of labels and put together what people say of one answer, in order of the file.

    Raises:
        InvalidDatasetError: With every complaint about the file.
    """
    findings: list[Finding] = []
    labels = list(_labels(file, findings))
    people: dict[tuple[CaseIdentifier, str, str], dict[str, Label]] = defaultdict(dict)
    for label in labels:
        own = people[label.case, label.criterion, label.answer]
        former = own.setdefault(label.labeller, label)
        if former.choice != label.choice:
            message = f"{label.labeller!r} says {label.choice!r} here, and {former.choice!r} in line {former.line}"
            findings.append(_error("label-twice", message, "keep one of the two", file, label.line))
    if not labels and not findings:
        hint = f"write a line for each label, with the keys {', '.join(_COLUMNS)}"
        findings.append(_error("no-labels", "the file holds no label", hint, file, 1))
    if findings:
        raise InvalidDatasetError(findings)
    return tuple(
        LabelledText(
            case=case,
            criterion=criterion,
            answer=answer,
            people={name: label.choice for name, label in sorted(own.items())},
            line=min(label.line for label in own.values()),
        )
        for (case, criterion, answer), own in people.items()
    )


def _labels(file: Path, findings: list[Finding]) -> Iterator[Label]:
    rows = _csv_rows if file.suffix.lower() == ".csv" else _json_rows
    for number, row in rows(file, _text(file), findings):
        document = Document(path=str(file), data=row, positions={(): (number, 1)})
        try:
            line = validated(_Line, row, document, ())
        except InvalidInputError as error:
            findings.extend(error.findings)
            continue
        yield Label(
            case=CaseIdentifier(line.case),
            criterion=line.criterion,
            answer=line.answer,
            choice=line.choice,
            labeller=line.labeller,
            line=number,
        )


def _text(file: Path) -> str:
    try:
        if file.stat().st_size > LARGEST_FILE:
            message = f"the file is larger than {LARGEST_FILE // 1024**2} MiB"
            raise InvalidDatasetError([_error("labels-unreadable", message, "split it", file, None)])
        return file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        hint = "name a JSON Lines or CSV file in UTF-8"
        raise InvalidDatasetError(
            [_error("labels-unreadable", f"it cannot be read: {why}", hint, file, None)]
        ) from error


def _json_rows(file: Path, text: str, findings: list[Finding]) -> Iterator[tuple[int, object]]:
    for number, line in enumerate(text.splitlines(), start=1):
        if line.strip():
            try:
                yield number, parse_json(line, path=str(file), line=number).data
            except InvalidInputError as error:
                findings.extend(error.findings)


def _csv_rows(file: Path, text: str, findings: list[Finding]) -> Iterator[tuple[int, object]]:
    reader = csv.DictReader(io.StringIO(text), strict=True)
    try:
        missing = [name for name in _COLUMNS if name not in (reader.fieldnames or ())]
        if missing:
            message = f"the first line names no column {', '.join(map(repr, missing))}"
            findings.append(_error("label-columns", message, f"write: {','.join(_COLUMNS)}", file, 1))
            return
        for row in reader:
            number = reader.line_num - sum(
                (value or "").count("\n") for value in row.values() if isinstance(value, str)
            )
            yield number, {name: row[name] for name in _COLUMNS if row[name] is not None}
    except csv.Error as error:
        message = f"this is no CSV: {error}"
        findings.append(_error("labels-unreadable", message, "save it as CSV again", file, reader.line_num or 1))


def _error(rule: str, message: str, hint: str, file: Path, line: int | None) -> Finding:
    location = SourceLocation(path=str(file), line=line, column=None if line is None else 1)
    return Finding(rule=rule, severity=Severity.ERROR, message=message, hint=hint, location=location)
