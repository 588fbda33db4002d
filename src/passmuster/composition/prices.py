"""What a suite's sections say about the price of a run: who asks nobody, how much may be written, and how fast."""

from collections.abc import Iterator, Mapping

from passmuster.composition.building import Workbench
from passmuster.composition.catalogue import Catalogue
from passmuster.configuration.suite import Section
from passmuster.domain.answers import Asked
from passmuster.domain.values import SubjectName

_ASKED = {"embedder": "embedders", "first": "routers", "second": "routers"}
"""Options of routers that name another part, and its group."""


def free_parts(bench: Workbench) -> Mapping[SubjectName, Asked]:
    """Return by subject which parts of its answers are had without asking anybody outside this machine.

    A subject chooses with the router, and writes with the backend, that its section names; of one that names none
    nothing is known but what its own component says.
    """
    catalogue = Catalogue(folder=bench.folder)
    return {
        SubjectName(name): _free(section, bench.configuration.backends, catalogue)
        for name, section in bench.configuration.subjects.items()
    }


def longest_outputs(bench: Workbench) -> Mapping[SubjectName, int]:
    """Return the length limit of an output in tokens, for the subjects that have one."""
    limits = {name: section.options.get("maximum_tokens") for name, section in bench.configuration.subjects.items()}
    return {SubjectName(name): limit for name, limit in limits.items() if isinstance(limit, int)}


def workers_of(bench: Workbench) -> int:
    """Return how many trials are under way at the same time; 1 if the executor does not say.

    Where backends have limits of their own, no more are than all of them together take.
    """
    section = bench.configuration.execution
    component = Catalogue(folder=bench.folder).component("executors", section.use)
    field = component.options.model_fields.get("concurrency")
    said = section.options.get("concurrency", None if field is None else field.default)
    limits = [limit for limit in (bench.limit_of(name) for name in bench.configuration.backends) if limit]
    most = sum(limits) if limits else said
    return min(said, most) if isinstance(said, int) and isinstance(most, int) else 1


def _free(section: Section, backends: Mapping[str, Section], catalogue: Catalogue) -> Asked:
    """Return which parts of an answer nobody has to be paid for: all that have a hand in them are free."""
    found = paid = Asked(0)
    for asked, group, use in _used(section, backends):
        found |= asked
        if not catalogue.component(group, use).is_free:
            paid |= asked
    return found & ~paid


def _used(section: Section, backends: Mapping[str, Section]) -> Iterator[tuple[Asked, str, str]]:
    """Yield who chooses and who writes, each with the group of its component."""
    router, backend = section.options.get("router"), section.options.get("backend")
    if isinstance(router, Mapping):
        for group, use in _chain("routers", router):
            yield Asked.ROUTING, group, use
    else:
        yield Asked.ROUTING | Asked.COMPLETION, "subjects", section.use
    if isinstance(backend, str) and backend in backends:
        yield Asked.COMPLETION, "backends", backends[backend].use


def _chain(group: str, section: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    """Yield a section's component, and those of the sections in it that are asked for every request."""
    yield group, str(section.get("use"))
    for option, nested in section.items():
        if option in _ASKED and isinstance(nested, Mapping):
            yield from _chain(_ASKED[option], nested)
