"""The reference of commands, out of the program that is typed."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from posixpath import relpath
from typing import Any

import typer

from passmuster.cli.__main__ import app

from .pages import Page, title_of
from .tables import code, table, text

FOLDER = PurePosixPath("reference/commands")
MOST_GUIDES = 4
"""Pages that a command is said to be explained on."""

KINDS = {"str": "TEXT", "int": "NUMBER", "float": "NUMBER", "path": "PATH", "datetime": "DATE"}
"""What a value is called in the usage, by what Typer calls it."""


def command_pages(documents: Mapping[PurePosixPath, str]) -> list[Page]:
    """Return a page for each command, and one for each group of commands.

    Args:
        documents: The written pages by their place in the site: those that show a command most are named on its page.
    """
    program = typer.main.get_command(app)
    root = typer.Context(program, info_name="passmuster")
    commands: Mapping[str, Any] = program.commands  # type: ignore[attr-defined]  # a group, as there are several
    pages = [_overview(program, root, commands)]
    for name in sorted(commands):
        place = FOLDER / f"{name}.md"
        body = "\n".join([*_told(commands[name], typer.Context(commands[name], info_name=name, parent=root), level=1)])
        guides = _guides(name, documents, place)
        pages.append(Page(place=place, label=name, text=f"{body}\n{guides}"))
    return pages


def _overview(program: Any, root: typer.Context, commands: Mapping[str, Any]) -> Page:  # noqa: ANN401 - Typer's own classes are private
    rows = [(f"[`{name}`]({name}.md)", text(commands[name].help or "")) for name in sorted(commands)]
    body = [
        "# Commands",
        "",
        "Every command has a page of its own, made from the program itself. `--help` prints the same.",
        "",
        table(("command", "does"), rows),
        "Before the command:",
        "",
        _options(program, root),
    ]
    return Page(place=FOLDER / "index.md", label="All commands", text="\n".join(body))


def _told(command: Any, context: typer.Context, *, level: int) -> Iterator[str]:  # noqa: ANN401 - as above
    yield f"{'#' * level} passmuster {_path(context)}"
    yield ""
    yield text(command.help or "")
    yield ""
    inner = getattr(command, "commands", None)
    if inner is None:
        yield f"```text\n{_usage(command, context)}\n```"
        yield ""
        yield _options(command, context)
        return
    for name, one in inner.items():
        yield from _told(one, typer.Context(one, info_name=name, parent=context), level=level + 1)


def _path(context: typer.Context) -> str:
    return context.command_path.removeprefix("passmuster ")


def _usage(command: Any, context: typer.Context) -> str:  # noqa: ANN401 - as above
    arguments = [
        parameter.name.upper() if parameter.required else f"[{parameter.name.upper()}]"
        for parameter in command.get_params(context)
        if parameter.param_type_name == "argument"
    ]
    return " ".join([context.command_path, *arguments, "[OPTIONS]"])


def _options(command: Any, context: typer.Context) -> str:  # noqa: ANN401 - as above
    rows = []
    for parameter in command.get_params(context):
        record = parameter.get_help_record(context)
        if record is None or parameter.name == "help":
            continue
        name = record[0]
        if parameter.param_type_name == "argument":
            name = parameter.name.upper()
        rows.append((code(_plain_kind(name)), text(record[1])))
    return table(("option", "says"), rows)


def _plain_kind(name: str) -> str:
    """Return the names of an option with what its value is: a word of ours, or the choices there are."""

    def word(found: re.Match[str]) -> str:
        inside = found[1].removesuffix(" range").removeprefix("list[").removesuffix("]")
        return KINDS.get(inside, inside)

    return re.sub(r"<([^<>]+)>", word, name)


def _guides(name: str, documents: Mapping[PurePosixPath, str], place: PurePosixPath) -> str:
    counts = Counter(
        {page: len(re.findall(rf"passmuster {re.escape(name)}\b", words)) for page, words in documents.items()}
    )
    found = sorted((page for page in counts if counts[page]), key=lambda page: (-counts[page], page))[:MOST_GUIDES]
    if not found:
        return ""
    links = [f"[{title_of(documents[page])}]({relpath(page, place.parent)})" for page in found]
    return f"Shown on these pages: {', '.join(links)}.\n"
