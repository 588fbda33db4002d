"""Formats of other tools' result files, by name, or by what a file begins with."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from passmuster.components import BuildContext, Component
from passmuster.composition.building import Workbench
from passmuster.composition.catalogue import Catalogue
from passmuster.domain.errors import InvalidConfigurationError, UnknownComponentError
from passmuster.domain.findings import Finding, Severity
from passmuster.domain.values import SourceLocation
from passmuster.exchanging import RunFiles

GROUP = "run_files"


def formats_of(bench: Workbench) -> Sequence[str]:
    """Return the names of all formats."""
    return Catalogue(folder=bench.folder).names(GROUP)


def format_named(bench: Workbench, name: str, options: Mapping[str, object]) -> RunFiles:
    """Return what reads and writes the files of a tool.

    Args:
        bench: The suite's.
        name: The tool.
        options: What the user wants to be other than usual.

    Raises:
        InvalidConfigurationError: If there is no such format, or it has no such option.
    """
    try:
        component: Component[Any, RunFiles] = Catalogue(folder=bench.folder).component(GROUP, name)
    except UnknownComponentError as error:
        message = f"no format of results is called {name!r}"
        hint = error.hint if ":" in name else f"write {' or '.join(formats_of(bench))}"
        raise _refusal(message, hint) from error
    foreign = [option for option in options if option not in component.options.model_fields]
    if foreign:
        message = f"results of {name} are read without --{foreign[0]}: the files say that themselves"
        raise _refusal(message, "leave the option out", rule="run-file-option")
    return component.build(component.options.model_validate(dict(options)), BuildContext(folder=bench.folder))


def format_of(bench: Workbench, file: Path) -> str:
    """Return the name of the format that a file is in.

    Raises:
        InvalidConfigurationError: If it looks like none.
        EnvironmentFaultError: If it cannot be read.
    """
    for name in formats_of(bench):
        if format_named(bench, name, {}).recognizes(file):
            return name
    message = "this looks like the results of no tool that is known"
    hint = f"say with --format what it is: {' or '.join(formats_of(bench))}"
    raise _refusal(message, hint, location=SourceLocation(path=str(file)))


def _refusal(
    message: str, hint: str, *, rule: str = "run-file-format", location: SourceLocation | None = None
) -> InvalidConfigurationError:
    finding = Finding(rule=rule, severity=Severity.ERROR, message=message, hint=hint, location=location)
    return InvalidConfigurationError([finding])
