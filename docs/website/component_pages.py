"""The reference of components, out of what is registered: one page for each family."""

import inspect
import sys
from collections.abc import Iterator
from importlib.metadata import EntryPoint, entry_points
from pathlib import PurePosixPath
from typing import Any

from passmuster.components import Component

from .pages import Page
from .tables import mapping, properties, table, text

FOLDER = PurePosixPath("reference/components")
PREFIX = "passmuster."

FAMILIES = {
    "roster_loaders": "read agents",
    "dataset_loaders": "read cases",
    "dataset_writers": "write cases",
    "transcript_readers": "read what was really asked",
    "routers": "choose an agent for a request",
    "embedders": "turn texts into vectors",
    "backends": "write answers",
    "subjects": "are tested: they choose, and may write",
    "criteria": "judge answers",
    "sandboxes": "run what nobody trusts",
    "stores": "keep runs",
    "executors": "make trials",
    "reporters": "show results",
    "revisions": "know the history of the repository",
    "baselines": "keep what was accepted",
    "code_hosts": "place a comment where a change is discussed",
    "clocks": "tell the time",
    "run_files": "read and write results of other tools",
}
"""What the components of each family do."""

_ABOUT = (
    "Whatever a suite names with `use` is a component, registered as an entry point. Those that come with passmuster "
    "are listed here with all their options; [plug-ins](../../plugins.md) says how to write one."
)


def component_pages() -> list[Page]:
    """Return a page for each family of components, and one that lists the families."""
    groups = sorted(group.removeprefix(PREFIX) for group in entry_points().groups if group.startswith(PREFIX))
    pages = [_family(name) for name in groups]
    rows = [
        (f"[`{name}`]({name}.md)", FAMILIES[name], ", ".join(f"`{point.name}`" for point in _points(name)))
        for name in groups
    ]
    body = [
        "# Components",
        "",
        _ABOUT,
        "",
        table(("family", "its members", "registered"), rows),
    ]
    return [Page(place=FOLDER / "index.md", label="All components", text="\n".join(body)), *pages]


def _points(family: str) -> list[EntryPoint]:
    return sorted(entry_points(group=f"{PREFIX}{family}"), key=lambda point: point.name)


def _family(name: str) -> Page:
    parts = [f"# {_label(name)}", "", f"Components that {FAMILIES[name]}.", ""]
    for point in _points(name):
        parts.extend(_component(point.name, point.load()))
    return Page(place=FOLDER / f"{name}.md", label=_label(name), text="\n".join(parts))


def _label(name: str) -> str:
    return name.replace("_", " ").capitalize()


def _component(name: str, component: Component[Any, Any]) -> Iterator[str]:
    yield f"## {name}"
    yield ""
    yield text(_summary(component.options))
    yield ""
    facts = list(_facts(component))
    if facts:
        yield "\n".join(f"* {fact}" for fact in facts)
        yield ""
    schema = component.options.model_json_schema(by_alias=True)
    yield properties(schema, definitions=mapping(schema.get("$defs"))) or "It has no options.\n"


def _summary(options: type[object]) -> str:
    """Return the first sentence that the options' module says of itself, or of the options where it has several."""
    own = (inspect.getdoc(options) or "").split("\n\n")[0]
    module = (sys.modules[options.__module__].__doc__ or "").strip().split("\n\n")[0]
    return module if own.startswith("Options of") and module else own


def _facts(component: Component[Any, Any]) -> Iterator[str]:
    if component.is_free:
        yield "asks nobody outside this machine"
    if component.needs_sandbox:
        yield "has code examined in a sandbox"
    if component.judges:
        yield "a model decides what it says"
    if component.caveat:
        yield f"what readers must know: {text(component.caveat)}"
    yield f"version {text(component.version)}"
