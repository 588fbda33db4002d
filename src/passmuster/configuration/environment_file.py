"""A file of variables, such as ``.env``: read only if somebody names it, and never handed to other programs."""

from collections.abc import Mapping
from io import StringIO
from pathlib import Path
from types import MappingProxyType
from typing import Final

from passmuster.domain.errors import InvalidConfigurationError
from passmuster.domain.findings import Finding, Severity
from passmuster.domain.values import SourceLocation

MAXIMUM_BYTES: Final = 1024 * 1024


def read_environment_file(path: Path) -> Mapping[str, str]:
    """Return the variables of a file, as they stand there: a value with ``${…}`` in it is no reference.

    Args:
        path: A file with lines such as ``NAME=value``, ``export NAME='value'`` and ``# a remark``.

    Raises:
        InvalidConfigurationError: If it cannot be read; lines that cannot be read are named by their number alone,
            since they may hold a secret.
    """
    # Few have such a file, and reading it takes a library.
    from dotenv.parser import parse_stream  # noqa: PLC0415 - as said

    bindings = list(parse_stream(StringIO(_text(path))))
    findings = [
        _complaint_of_file(
            "this line is no NAME=value",
            "put values with blanks or # into quotation marks",
            SourceLocation(path=str(path), line=binding.original.line + _blank_lines(binding.original.string)),
        )
        for binding in bindings
        if binding.error
    ]
    if findings:
        raise InvalidConfigurationError(findings)
    return MappingProxyType({binding.key: binding.value for binding in bindings if binding.key and binding.value})


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            raw = file.read(MAXIMUM_BYTES + 1)
        if len(raw) > MAXIMUM_BYTES:
            message = f"the file of variables {str(path)!r} is larger than 1 MiB"
            raise InvalidConfigurationError([_complaint_of_file(message, "name a file of variables")])
        return raw.decode("utf-8-sig")
    except OSError as error:
        message = f"the file of variables {str(path)!r} cannot be read: {error.strerror}"
        hint = "correct --env-file or PASSMUSTER_ENV_FILE, or leave it out"
        raise InvalidConfigurationError([_complaint_of_file(message, hint)]) from error
    except UnicodeDecodeError:
        # The error that was caught holds the text, secrets and all.
        message = f"the file of variables {str(path)!r} is not UTF-8"
        raise InvalidConfigurationError([_complaint_of_file(message, "save it as UTF-8")]) from None


def _blank_lines(text: str) -> int:
    """Return how many lines go before the first one with something on it."""
    return text[: len(text) - len(text.lstrip())].count("\n")


def _complaint_of_file(message: str, hint: str, location: SourceLocation | None = None) -> Finding:
    return Finding(rule="environment-file", severity=Severity.ERROR, message=message, hint=hint, location=location)
