"""One section of a suite → a component with checked options, every complaint with its place."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from passmuster.components import BuildContext
from passmuster.composition.catalogue import AnyComponent, Catalogue
from passmuster.configuration.reading import validated
from passmuster.configuration.suite import Section
from passmuster.documents import Document
from passmuster.documents import Path as Way
from passmuster.domain.errors import InvalidConfigurationError, UnknownComponentError
from passmuster.domain.findings import Finding, Severity
from passmuster.domain.values import UNKNOWN, Fingerprint, SourceLocation, fingerprint_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A component with its options, ready to be built.

    Attributes:
        use: Its name.
        component: The plug-in.
        options: Its options, checked.
        folder: The suite's folder, where relative places in the options start.
        content: The fingerprint of what it has read, where that is known; otherwise the component is asked.
        way: Where in the suite it is written.
    """

    use: str
    component: AnyComponent
    options: BaseModel
    folder: Path
    content: Fingerprint = UNKNOWN
    way: Way = ()

    @property
    def is_deterministic(self) -> bool:
        """Whether equal requests get equal answers."""
        return bool(self.component.is_deterministic(self.options))

    @property
    def fingerprint(self) -> Fingerprint:
        """The fingerprint of what was configured, of the component's version, and of files that the options name."""
        content = self.content or self.component.content(self.options, self.folder)
        files = [] if content == UNKNOWN else [content]
        return fingerprint_of([self.use, self.component.version, self.options.model_dump(mode="json"), *files])

    def build(self, context: BuildContext) -> Any:  # noqa: ANN401 - the group of the component decides the type
        """Make the live object."""
        return self.component.build(self.options, context)


def part_of(catalogue: Catalogue, group: str, section: Section, document: Document, way: Way) -> Part:
    """Look up a section's component and check its options.

    Raises:
        InvalidConfigurationError: If the name is unknown, or options are wrong; with places.
        MissingExtraError: If the component needs a package that is not installed.
    """
    try:
        component = catalogue.component(group, section.use)
    except UnknownComponentError as error:
        raise InvalidConfigurationError([_unknown(error, document.location((*way, "use")))]) from error
    options = validated(component.options, section.options, document, way)
    return Part(use=section.use, component=component, options=options, folder=catalogue.folder, way=way)


def section_of(data: Mapping[str, object], document: Document, way: Way) -> Section:
    """Check that a nested mapping is a section.

    Raises:
        InvalidConfigurationError: If it is not.
    """
    return validated(Section, dict(data), document, way)


def _unknown(error: UnknownComponentError, location: SourceLocation) -> Finding:
    return Finding(
        rule="unknown-component",
        severity=Severity.ERROR,
        message=error.message,
        hint=error.hint,
        location=location,
    )
