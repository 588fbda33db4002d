"""The reference of the Python API, out of signatures and docstrings; nothing is imported for it."""

import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from textwrap import dedent

import griffe

from .pages import Page
from .tables import code, fenced, table, text

FOLDER = PurePosixPath("reference/python")

MODULES = {
    "passmuster.notebook.opening": "opening a run in a notebook; import from `passmuster.notebook`",
    "passmuster.notebook.opened_run": "a run as tables and charts",
    "passmuster.notebook.shown": "a verdict and a comparison as a notebook shows them",
    "passmuster.ports": "every protocol that a plug-in can implement",
    "passmuster.components": "the one kind of plug-in, and what it may build upon",
    "passmuster.examining": "having an answer's files examined",
    "passmuster.router_contract": "what a router behind an address is sent",
    "passmuster.completion_contract": "what a program that writes is told",
    "passmuster.domain.agents": "agents and rosters",
    "passmuster.domain.cases": "cases and requests",
    "passmuster.domain.answers": "choices and answers",
    "passmuster.domain.results": "trials, scores and runs",
    "passmuster.domain.comparisons": "what differs between two runs",
    "passmuster.domain.verdicts": "rules and verdicts",
    "passmuster.domain.reports": "what a reporter gets",
    "passmuster.domain.findings": "complaints with their place",
    "passmuster.domain.errors": "what is raised",
    "passmuster.domain.values": "names, fingerprints and usage",
    "passmuster.testing.conformance": "checks of what the ports promise",
    "passmuster.testing.factories": "values for tests",
    "passmuster.testing.fakes": "parts for tests",
    "passmuster.pytest_plugin.asserting": "what the fixtures give to tests",
}
"""The public modules, with what each is for."""

LONGEST_LINE = 100
"""Characters of a signature on one line."""


def api_pages(source: Path) -> list[Page]:
    """Return a page for each public module, and one that lists them.

    Args:
        source: The folder in which the package lies.
    """
    found = {name: module for name in MODULES if (module := _module(source, name)) is not None}
    pages = [_page(name, module) for name, module in found.items()]
    rows = [(f"[`{name}`]({name}.md)", MODULES[name]) for name in found]
    body = [
        "# Python",
        "",
        "What plug-ins, tests and notebooks may import. Other modules may change without notice.",
        "",
        table(("module", "holds"), rows),
    ]
    return [Page(place=FOLDER / "index.md", label="All modules", text="\n".join(body)), *pages]


def _module(source: Path, name: str) -> griffe.Module | None:
    """Read one module, and nothing that it imports."""
    path = source.joinpath(*name.split("."))
    file = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    if not file.is_file():
        return None
    return griffe.visit(name, filepath=file, code=file.read_text(encoding="utf-8"))


def _page(name: str, module: griffe.Object | griffe.Alias) -> Page:
    parts = [f"# {name}", "", *_documentation(module)]
    for member in _public(module):
        parts.extend(_member(member, level=2))
    return Page(place=FOLDER / f"{name}.md", label=name.removeprefix("passmuster."), text="\n".join(parts))


def _public(owner: griffe.Object | griffe.Alias) -> list[griffe.Object | griffe.Alias]:
    """Return what is defined in it and explained, in the order of the source."""
    return [
        member
        for name, member in owner.members.items()
        if not member.is_alias and not name.startswith("_") and member.docstring is not None
    ]


def _member(member: griffe.Object | griffe.Alias, *, level: int) -> Iterator[str]:
    yield f"{'#' * level} {text(member.name)}"
    yield ""
    yield fenced(_signature(member), "python")
    yield from _documentation(member)
    if member.is_class:
        for inner in _public(member):
            yield from _member(inner, level=level + 1)


def _signature(member: griffe.Object | griffe.Alias) -> str:
    if isinstance(member, griffe.Function):
        return _function(member)
    if isinstance(member, griffe.Class):
        bases = ", ".join(str(base) for base in member.bases)
        return f"class {member.name}({bases})" if bases else f"class {member.name}"
    if isinstance(member, griffe.Attribute):
        kind = f": {member.annotation}" if member.annotation is not None else ""
        return f"{member.name}{kind}"
    return member.name


def _function(member: griffe.Function) -> str:
    word = "async def" if "async" in member.labels else "def"
    returned = f" -> {member.returns}" if member.returns is not None else ""
    parts = list(_parameters(member))
    line = f"{word} {member.name}({', '.join(parts)}){returned}"
    if len(line) <= LONGEST_LINE:
        return line
    return "\n".join([f"{word} {member.name}(", *(f"    {part}," for part in parts), f"){returned}"])


def _parameters(member: griffe.Function) -> Iterator[str]:
    has_star = False
    for parameter in member.parameters:
        if parameter.name in {"self", "cls"}:
            continue
        if parameter.kind is griffe.ParameterKind.keyword_only and not has_star:
            yield "*"
            has_star = True
        mark = {griffe.ParameterKind.var_positional: "*", griffe.ParameterKind.var_keyword: "**"}.get(
            parameter.kind, ""
        )
        has_star = has_star or mark == "*"
        kind = f": {parameter.annotation}" if parameter.annotation is not None else ""
        default = f" = {parameter.default}" if parameter.default is not None and not mark else ""
        yield f"{mark}{parameter.name}{kind}{default}"


def _documentation(member: griffe.Object | griffe.Alias) -> Iterator[str]:
    if member.docstring is None:
        return
    for section in member.docstring.parse("google", warnings=False):
        yield from _section(section)


def _section(section: griffe.DocstringSection) -> Iterator[str]:
    if isinstance(section, griffe.DocstringSectionText):
        yield _prose(section.value)
    elif isinstance(section, griffe.DocstringSectionParameters | griffe.DocstringSectionAttributes):
        head = "argument" if isinstance(section, griffe.DocstringSectionParameters) else "attribute"
        yield table((head, "says"), ((code(item.name), text(item.description)) for item in section.value))
    elif isinstance(section, griffe.DocstringSectionRaises):
        rows = ((code(str(item.annotation)), text(item.description)) for item in section.value)
        yield table(("raises", "when"), rows)
    elif isinstance(section, griffe.DocstringSectionReturns | griffe.DocstringSectionYields):
        for item in section.value:
            yield f"Returns {text(item.description)}\n"


def _prose(words: str) -> str:
    """Return paragraphs and lists as Markdown; what is drawn below ``::`` stays as it is drawn."""
    before, mark, drawn = words.partition("::\n")
    parts = "\n\n".join(_part(part) for part in before.split("\n\n") if part.strip())
    return f"{parts}\n" + (f"\n{fenced(dedent(drawn).strip(), 'text')}" if mark else "")


def _part(words: str) -> str:
    items = re.split(r"^\* ", words, flags=re.MULTILINE)
    return "\n".join([*([text(items[0])] if items[0].strip() else []), *(f"* {text(item)}" for item in items[1:])])
