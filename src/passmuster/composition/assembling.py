"""A subject from its parts: which routers, embedders, datasets and backends it asks for make up what it is."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from passmuster.application.caching_vectors import CachedEmbedder
from passmuster.application.planning import PlannedSubject
from passmuster.components import BuildContext
from passmuster.composition.parts import Part
from passmuster.composition.places import place
from passmuster.documents import Path as Way
from passmuster.domain.agents import Roster
from passmuster.domain.cases import Dataset
from passmuster.domain.results import SubjectRecord
from passmuster.domain.values import SubjectName, fingerprint_of
from passmuster.ports import Backend, Embedder, LearntRouter, Router

WRITING_OPTIONS = frozenset({"backend", "writer", "temperature", "maximum_tokens"})
"""Options of a subject that decide who writes, and how; any other one may have a part in the choice."""

VECTORS = "vectors.sqlite"
"""What the file of kept vectors is called."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Assembly:
    """Builds one subject, noting every part that goes into it.

    Attributes:
        bare: What parts may build upon that know no roster.
        roster: The agents to build for.
        way: Where the subject is written in the suite.
        part: Checks a nested section: the group, the section and its place.
        backend: Returns the backend of a name, noting it in a list.
        cache: The folder for what can be made anew, such as vectors.
        choosing: The parts that choose, as far as they have been asked for.
        writing: The parts that write, likewise.
        routers: Every router that was built; the outermost is the last.
    """

    bare: BuildContext
    roster: Roster
    way: Way
    part: Callable[[str, Mapping[str, object], Way], Part]
    backend: Callable[[list[Part], str], Backend]
    cache: Path
    choosing: list[Part] = field(default_factory=list)
    writing: list[Part] = field(default_factory=list)
    routers: list[Router] = field(default_factory=list)

    def subject(self, name: SubjectName, part: Part) -> PlannedSubject:
        """Build the subject and describe it."""
        context = replace(
            self.bare, roster=self.roster, router=self._router, backend=partial(self.backend, self.writing)
        )
        subject = part.build(context)
        used = [*self.choosing, *self.writing]
        chain = used or [part]
        whole = fingerprint_of([part.fingerprint, *(item.fingerprint for item in used)])
        own = part.options.model_dump(mode="json", exclude={"router"})
        deciding = {option: value for option, value in own.items() if option not in WRITING_OPTIONS}
        # A subject without a router may choose by anything; and what the chosen agent writes depends on the choice.
        chosen, written = (
            fingerprint_of([part.use, part.component.version, options, *(item.fingerprint for item in items)])
            for options, items in ((deciding, self.choosing), (own, self.writing))
        )
        record = SubjectRecord(
            name=name,
            description=", ".join([part.use, *(item.use for item in used)]),
            is_deterministic=all(item.is_deterministic for item in chain),
            fingerprint=whole,
            routing=chosen if self.choosing else whole,
            writing=written if self.choosing and subject.takes_assignments else whole,
            caveats=tuple(dict.fromkeys(item.component.caveat for item in chain if item.component.caveat)),
        )
        seen = [router.seen for router in self.routers if isinstance(router, LearntRouter)]
        return PlannedSubject(
            subject=subject,
            record=record,
            router=self.routers[-1] if self.routers else None,
            seen=frozenset().union(*seen),
        )

    def _router(self, data: Mapping[str, object], way: Way = ()) -> Router:
        """Build a router, which may itself ask for others."""
        inner = way or (*self.way, "router")
        part = self._noted("routers", data, inner)

        def place_of(nested: Mapping[str, object]) -> Way:
            options = type(part.options).model_fields
            option = next((name for name in options if getattr(part.options, name) is nested), None)
            return inner if option is None else (*inner, option)

        context = replace(
            self.bare,
            roster=self.roster,
            router=lambda nested: self._router(nested, place_of(nested)),
            embedder=lambda nested: self._embedder(nested, place_of(nested)),
            dataset=lambda nested: self._dataset(nested, place_of(nested)),
            backend=partial(self.backend, self.choosing),
        )
        built: Router = part.build(context)
        self.routers.append(built)
        return built

    def _embedder(self, data: Mapping[str, object], way: Way) -> Embedder:
        part = self._noted("embedders", data, way)
        return built_embedder(part, self.bare, self.cache)

    def _dataset(self, data: Mapping[str, object], way: Way) -> Dataset:
        part = self.part("dataset_loaders", data, way)
        location = place(self.bare.folder, str(getattr(part.options, "location", ".")))
        loaded: Dataset = part.build(self.bare).load(location)
        self.choosing.append(replace(part, content=loaded.fingerprint))
        return loaded

    def _noted(self, group: str, data: Mapping[str, object], way: Way) -> Part:
        part = self.part(group, data, way)
        self.choosing.append(part)
        return part


def built_embedder(part: Part, context: BuildContext, cache: Path) -> Embedder:
    """Build an embedder; vectors that were made before are taken from the cache, unless its options forbid that."""
    built: Embedder = part.build(context)
    if not getattr(part.options, "cache", True):
        return built
    return CachedEmbedder(built, identity=part.fingerprint, file=cache / VECTORS)
