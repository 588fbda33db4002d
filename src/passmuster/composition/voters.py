"""Who is asked in an audit: routers of a suite that cost nothing, others by their sections, and an embedder."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NoReturn

from passmuster.application.doubting import Voter
from passmuster.components import BuildContext
from passmuster.composition.assembling import Assembly, built_embedder
from passmuster.composition.building import Workbench
from passmuster.composition.catalogue import Catalogue
from passmuster.composition.parts import Part, part_of, section_of
from passmuster.composition.prices import free_parts
from passmuster.composition.secrets import Secrets
from passmuster.configuration.settings import Settings
from passmuster.configuration.suite import Section
from passmuster.documents import Document
from passmuster.documents import Path as Way
from passmuster.domain.agents import Roster
from passmuster.domain.answers import Asked
from passmuster.domain.errors import UnknownComponentError
from passmuster.domain.values import SubjectName
from passmuster.ports import Embedder

LEXICAL: Mapping[str, object] = {"use": "lexical"}
WITH_BODIES: Mapping[str, object] = {"use": "lexical", "fields": ["name", "description", "examples", "body"]}
BUILT_IN: Mapping[str, Mapping[str, object]] = {"lexical": LEXICAL, "lexical with bodies": WITH_BODIES}
"""Routers that are always there."""


def voters_of(bench: Workbench) -> tuple[Voter, ...]:
    """Return the suite's routers that answer equal requests equally and ask nobody outside this machine."""
    free = free_parts(bench)
    names = [name for name, parts in free.items() if Asked.ROUTING in parts]
    planned = bench.subjects(names) if names else ()
    return tuple(
        Voter(name=item.record.name, router=item.router, seen=item.seen)
        for item in planned
        if item.router is not None and item.record.is_deterministic
    )


def built_in_voters(roster: Roster, sections: Sequence[object], folder: Path) -> tuple[Voter, ...]:
    """Return the routers that are always there, but for those that are among some sections already.

    Args:
        roster: The agents to build for.
        sections: Routers as the suite describes them.
        folder: Where relative places in options start.
    """
    return tuple(
        voter_of(name, section, roster, folder) for name, section in BUILT_IN.items() if section not in sections
    )


def voter_of(name: str, section: Mapping[str, object], roster: Roster, folder: Path) -> Voter:
    """Build a router.

    Args:
        name: What to call it.
        section: Such as ``{use: lexical}``.
        roster: The agents to build for.
        folder: Where relative places in options start.

    Raises:
        InvalidConfigurationError: If there is no such router, or its options are wrong.
    """
    catalogue = Catalogue(folder=folder)
    document = Document(path="--router", data=section, positions={})

    def part(group: str, data: Mapping[str, object], way: Way) -> Part:
        return part_of(catalogue, group, section_of(data, document, way), document, way)

    # Checked first, so that a complaint is about what was typed and not about what is put around it.
    part("routers", section, ())
    assembly = Assembly(
        bare=_context(folder, catalogue),
        roster=roster,
        way=(),
        part=part,
        backend=_no_backend,
        cache=Settings().cache,
    )
    routed = part_of(catalogue, "subjects", Section.model_validate({"use": "routed", "router": section}), document, ())
    planned = assembly.subject(SubjectName(name), routed)
    return Voter(name=name, router=assembly.routers[-1], seen=planned.seen)


def embedder_in(sections: Sequence[object]) -> Mapping[str, object] | None:
    """Return the section of the first embedder that some routers' sections name; ``None`` if none does."""
    found = (section.get("embedder") for section in sections if isinstance(section, Mapping))
    return next((section for section in found if isinstance(section, Mapping)), None)


def embedder_of(section: Mapping[str, object], folder: Path) -> Embedder:
    """Build an embedder; vectors that were made before are taken from where they are kept.

    Args:
        section: Such as ``{use: onnx, location: …}``.
        folder: Where relative places in options start.

    Raises:
        InvalidConfigurationError: If there is no such embedder, or its options are wrong.
    """
    catalogue = Catalogue(folder=folder)
    document = Document(path="--embedder", data=section, positions={})
    part = part_of(catalogue, "embedders", section_of(section, document, ()), document, ())
    return built_embedder(part, _context(folder, catalogue), Settings().cache)


def _context(folder: Path, catalogue: Catalogue) -> BuildContext:
    secrets = Secrets(Settings().environment_file)
    return BuildContext(folder=folder, resolve=catalogue.resolve, secret=secrets.value)


def _no_backend(_asked: list[Part], name: str) -> NoReturn:
    message = f"a router named here cannot use the backend {name!r}"
    raise UnknownComponentError(message, hint="make it a subject of the suite")
