"""Which sections of a suite name components, and where each is written."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from passmuster.composition.confining import named_sandboxes
from passmuster.composition.parts import Part
from passmuster.configuration.suite import Section, SuiteConfiguration
from passmuster.documents import Path as Way
from passmuster.domain.errors import InvalidConfigurationError

if TYPE_CHECKING:
    from passmuster.domain.findings import Finding


def checked_parts(configuration: SuiteConfiguration, check: Callable[[str, Section, Way], Part]) -> dict[Way, Part]:
    """Check every section's options, so that all complaints come at once.

    Args:
        configuration: The suite.
        check: Checks one: the group of components, the section and its place.

    Raises:
        InvalidConfigurationError: With every complaint.
    """
    parts: dict[Way, Part] = {}
    findings: list[Finding] = []
    for group, section, way in _sections(configuration):
        try:
            parts[way] = check(group, section, way)
        except InvalidConfigurationError as error:
            findings.extend(error.findings)
    if findings:
        raise InvalidConfigurationError(findings)
    return parts


def _sections(configuration: SuiteConfiguration) -> Iterator[tuple[str, Section, Way]]:
    yield "roster_loaders", configuration.roster, ("roster",)
    yield "executors", configuration.execution, ("execution",)
    yield "stores", configuration.store, ("store",)
    yield from (("dataset_loaders", item, ("datasets", at)) for at, item in enumerate(configuration.datasets))
    yield from (("backends", item, ("backends", name)) for name, item in configuration.backends.items())
    yield from (("subjects", item, ("subjects", name)) for name, item in configuration.subjects.items())
    yield from (("sandboxes", item, ("sandbox",)) for item in named_sandboxes(configuration.sandbox))
    yield from (("reporters", item, ("reports", at)) for at, item in enumerate(configuration.reports))
