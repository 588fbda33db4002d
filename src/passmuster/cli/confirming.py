"""Questions that are to be answered before something is spent or lost."""

import sys

import typer

from passmuster.domain.errors import InvalidConfigurationError
from passmuster.domain.findings import Finding, Severity


def confirmed(question: str, *, is_told: bool, can_ask: bool = True) -> bool:
    """Return whether something may be done.

    Args:
        question: What is asked of whoever sits at the terminal.
        is_told: Whether the command line says yes already.
        can_ask: Whether anything but the result may be printed.

    Raises:
        InvalidConfigurationError: If nobody can be asked.
    """
    if is_told:
        return True
    if not can_ask or not sys.stdin.isatty():
        finding = Finding(
            rule="unconfirmed",
            severity=Severity.ERROR,
            message=f"nobody is here to answer: {question}",
            hint="add --yes",
        )
        raise InvalidConfigurationError([finding])
    return typer.confirm(question, err=True)
