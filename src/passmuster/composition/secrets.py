"""Secrets: which ones a suite names, where their values come from, and that none of them gets out."""

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import Final
from weakref import WeakSet

from passmuster.composition.parts import Part
from passmuster.configuration.environment_file import read_environment_file
from passmuster.configuration.written_keys import SECRET_OPTIONS
from passmuster.documents import Document
from passmuster.domain.errors import InvalidConfigurationError
from passmuster.domain.findings import Finding, Severity
from passmuster.domain.values import SourceLocation
from passmuster.services.redaction import Redaction
from passmuster.services.secrets import is_sendable


class Secrets:
    """Looks secrets up by name, in the environment first and then in a file that somebody chose.

    Names are remembered, values are not: whoever wants one asks for it at the moment of use.
    """

    def __init__(self, file: Path | None = None, environment: Mapping[str, str] = os.environ) -> None:
        """Take where to look.

        Args:
            file: A file of variables; it is read when a secret is asked for that the environment has not.
            environment: Where to look first.
        """
        self._file = file
        self._environment = environment
        self._asked: set[str] = set()
        _IN_USE.add(self)

    def __repr__(self) -> str:
        """Return nothing but the names."""
        return f"Secrets({', '.join(sorted(self._asked))})"

    def value(self, name: str) -> str | None:
        """Return the value of a secret; ``None`` where there is none. An empty one is none.

        Raises:
            InvalidConfigurationError: If the file cannot be read.
        """
        self._asked.add(name)
        found = self._environment.get(name, "").strip() or self._of_file.get(name, "").strip()
        return found or None

    def redaction(self) -> Redaction:
        """Return what knows the secrets that were asked for so far, with the values that they have now."""
        values = [self._known(name) for name in sorted(self._asked)]
        # An address is no secret by itself, and what is handed to a program may be one.
        return Redaction(value for value in values if value is not None and ("://" not in value or "@" in value))

    def _known(self, name: str) -> str | None:
        # A file that cannot be read has given nobody a secret, and its complaint is to be printed.
        with suppress(InvalidConfigurationError):
            return self.value(name)
        return None

    @cached_property
    def _of_file(self) -> Mapping[str, str]:
        return {} if self._file is None else read_environment_file(self._file)


_IN_USE: Final[WeakSet[Secrets]] = WeakSet()
"""What the last door takes out of a traceback; the frames of a traceback keep alive what they used."""


def without_secrets(text: str) -> str:
    """Return a text without any secret that this process has asked for."""
    for secrets in _IN_USE:
        text = secrets.redaction().text(text)
    return text


def refuse_missing_secrets(parts: Iterable[Part], secrets: Secrets, document: Document) -> None:
    """Refuse parts that are to be asked and whose secrets are not there, all of them at once.

    Args:
        parts: The parts.
        secrets: Where secrets are looked up.
        document: Where the parts are written.

    Raises:
        InvalidConfigurationError: With the places of their names.
    """
    places = dict.fromkeys((part.way, option, name) for part in parts for option, name in named_secrets(part))
    findings = [
        finding
        for way, option, name in places
        for finding in _complaints(name, option, secrets.value(name), document.location((*way, option)))
    ]
    if findings:
        raise InvalidConfigurationError(sorted(findings, key=_line))


def named_secrets(part: Part) -> Iterator[tuple[str, str]]:
    """Yield the options of a part that name secrets, each with the name."""
    for option in SECRET_OPTIONS:
        name = getattr(part.options, option, None)
        if isinstance(name, str):
            yield option, name


def _complaints(name: str, option: str, value: str | None, location: SourceLocation) -> Iterator[Finding]:
    if value is None:
        yield Finding(
            rule="secret-not-set",
            severity=Severity.ERROR,
            message=f"the environment variable {name!r} is not set",
            hint=f"set it, name a file that has it with --env-file, or take {option!r} out where none is asked for",
            location=location,
        )
    elif not is_sendable(value):
        yield Finding(
            rule="secret-unusable",
            severity=Severity.ERROR,
            message=f"the environment variable {name!r} holds what no header can carry",
            hint="a key is one word of ASCII; look for a blank, a line break or quotation marks",
            location=location,
        )


def _line(finding: Finding) -> tuple[int, int]:
    location = finding.location
    return (0, 0) if location is None else (location.line or 0, location.column or 0)
