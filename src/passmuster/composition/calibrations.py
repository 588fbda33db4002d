"""Calibrations of judges as files that people review: one JSON document for each judge, beside the suite."""

import json
import os
import re
import tempfile
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from passmuster.domain.errors import EnvironmentFaultError, InvalidConfigurationError
from passmuster.domain.findings import Finding, Severity
from passmuster.domain.judging import JudgeCalibration
from passmuster.domain.values import SourceLocation

FOLDER = "calibrations"
"""The folder of calibrations, in the suite's folder."""

_FORMAT = 1
_UNUSUAL = re.compile(r"[^A-Za-z0-9._-]+")
_DIGITS = 8


def read_calibrations(folder: Path) -> tuple[JudgeCalibration, ...]:
    """Read every calibration of a folder, in order of file; none where there is no such folder.

    Raises:
        InvalidConfigurationError: With a complaint about every file that is no calibration.
    """
    findings: list[Finding] = []
    calibrations = []
    for file in sorted(folder.glob("*.json")):
        try:
            calibrations.append(_read(file))
        except (OSError, ValueError) as error:
            findings.append(_complaint(file, error))
    if findings:
        raise InvalidConfigurationError(findings)
    return tuple(calibrations)


def write_calibration(calibration: JudgeCalibration, folder: Path) -> Path:
    """Write a calibration, whole or not at all, in place of an older one of the same criterion.

    Raises:
        EnvironmentFaultError: If it cannot be written.
    """
    stem = _UNUSUAL.sub("_", calibration.criterion) or "criterion"
    file = folder / f"{stem}-{calibration.judge[:_DIGITS]}.json"
    text = json.dumps({"calibration": _FORMAT, **asdict(calibration)}, indent=2, ensure_ascii=False) + "\n"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(dir=folder, prefix=f".{stem}.")
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            stream.write(text)
        Path(name).chmod(0o644)
        Path(name).replace(file)
    except OSError as error:
        message = f"the calibration {str(file)!r} cannot be written: {error.strerror}"
        raise EnvironmentFaultError(message, hint="make its folder writable") from error
    for other in stale_files(calibration, folder):
        other.unlink(missing_ok=True)
    return file


def stale_files(calibration: JudgeCalibration, folder: Path) -> Iterator[Path]:
    """Yield the files of the same criterion that another judge had before."""
    for file in sorted(folder.glob("*.json")):
        try:
            known = _read(file)
        except (OSError, ValueError):
            continue
        if known.criterion == calibration.criterion and known.judge != calibration.judge:
            yield file


def _read(file: Path) -> JudgeCalibration:
    data = json.loads(file.read_text(encoding="utf-8"))
    if not isinstance(data, dict) or data.pop("calibration", None) != _FORMAT:
        message = f'it has no line "calibration": {_FORMAT}'
        raise ValueError(message)
    return TypeAdapter(JudgeCalibration).validate_python(data)


def _complaint(file: Path, error: OSError | ValueError) -> Finding:
    line, what = None, str(error)
    if isinstance(error, json.JSONDecodeError):
        line, what = error.lineno, error.msg
    elif isinstance(error, ValidationError):
        first = error.errors(include_url=False)[0]
        what = f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
    elif isinstance(error, OSError):
        what = error.strerror or type(error).__name__
    return Finding(
        rule="calibration-file",
        severity=Severity.ERROR,
        message=f"this is no calibration of a judge: {what}",
        hint="`passmuster judge calibrate` writes it anew; or remove the file",
        location=SourceLocation(path=str(file), line=line),
    )
