"""Which reporters write: the suite's own, and those that a command or a machine asks for by name."""

import os
from collections.abc import Iterator, Sequence

from pydantic import ValidationError

from passmuster.components import BuildContext
from passmuster.composition.building import Workbench
from passmuster.composition.catalogue import Catalogue
from passmuster.configuration.settings import Settings
from passmuster.domain.errors import InvalidConfigurationError, UnknownComponentError
from passmuster.domain.findings import Finding, Severity
from passmuster.ports import Reporter

JOB_PAGE = "github"
"""The reporter for the page of a GitHub job, which is there without being asked for."""


def named_formats(written: str | None) -> tuple[str, ...]:
    """Return the names of reporters in a text that parts them by commas, each once."""
    return tuple(dict.fromkeys(name.strip() for name in (written or "").split(",") if name.strip()))


def usual_formats(bench: Workbench, further: Sequence[str]) -> tuple[str, ...]:
    """Return the reporters of a run: the suite's own, those that are asked for, and in a GitHub job the one for it."""
    own = [section.use for section in bench.configuration.reports]
    job = [JOB_PAGE] if os.environ.get("GITHUB_ACTIONS") == "true" else []
    return tuple(dict.fromkeys([*own, *further, *job]))


def further_reporters(bench: Workbench, names: Sequence[str]) -> dict[str, Reporter]:
    """Return the reporters among these names that the suite does not have, as they are by default.

    Raises:
        InvalidConfigurationError: With every name that is none.
    """
    sections = {section.use for section in bench.configuration.reports}
    parts = {name: _part(bench, name) for name in names if name not in sections}
    findings = [part for part in parts.values() if isinstance(part, Finding)]
    if findings:
        raise InvalidConfigurationError(findings)
    return {name: part for name, part in parts.items() if not isinstance(part, Finding)}


def reporters_of(bench: Workbench, names: Sequence[str]) -> Iterator[Reporter]:
    """Yield the reporters of these names; those that the suite has are as it says, the others as they are by default.

    Raises:
        InvalidConfigurationError: With every name that is none, before anything is yielded.
    """
    sections = [section.use for section in bench.configuration.reports]
    further = further_reporters(bench, names)
    own = bench.reporters if set(sections) & set(names) else ()
    for name in names:
        if name in further:
            yield further[name]
        else:
            # One that stands twice in the suite, with other options, writes twice.
            yield from (reporter for use, reporter in zip(sections, own, strict=True) if use == name)


def _part(bench: Workbench, name: str) -> Reporter | Finding:
    catalogue, context = Catalogue(folder=bench.folder), BuildContext(folder=bench.folder, cache=Settings().cache)
    try:
        component = catalogue.component("reporters", name)
        built: Reporter = component.build(component.options(), context)
    except UnknownComponentError as error:
        hint = error.hint if ":" in name else f"write some of {', '.join(catalogue.names('reporters'))}"
        return Finding(
            rule="unknown-format", severity=Severity.ERROR, message=f"no report is called {name!r}", hint=hint
        )
    except ValidationError:
        message = f"the report {name!r} has options that must be given"
        hint = "name it in the suite, below 'reports', with its options"
        return Finding(rule="unknown-format", severity=Severity.ERROR, message=message, hint=hint)
    return built
