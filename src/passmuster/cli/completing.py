"""What the shell offers when somebody presses the tabulator: names out of the files, read as quickly as can be.

Nothing here complains, checks or imports what checks: a name that cannot be found is not offered. Only names are
offered that no shell can take for anything else, since datasets and agents are written by others.
"""

import csv
import os
import re
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing, suppress
from itertools import islice
from pathlib import Path
from typing import Any, Final

MOST_NAMES: Final = 200
"""More than that nobody looks through."""

MOST_BYTES: Final = 32_000_000
"""Of a larger file of cases only the beginning is read."""

MOST_AGENTS: Final = 2_000

HEAD: Final = 4_096
"""Bytes at the beginning of an agent's file in which its name stands."""

PATIENCE: Final = 0.2
"""Seconds to wait for a store that somebody writes into."""

_PLAIN: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@/+-]*")
_IDENTIFIER: Final = re.compile(r"""(?m)(?:^|[{,\s-])["']?identifier["']?\s*:\s*["']?([^"',}\s]+)""")
_NAME: Final = re.compile(r"""(?m)^name:\s*["']?([^"'\n]+?)["']?\s*$""")
_LISTS: Final = (".jsonl", ".json", ".yaml", ".yml")
_SEPARATORS: Final = {".csv": ",", ".tsv": "\t"}


def suites(_suite: str | None = None) -> Iterator[str]:
    """Yield the suites below ``evals``."""
    for path in sorted(Path().glob("evals/*/suite.yaml")):
        yield path.parent.name


def subjects(suite: str | None) -> Iterator[str]:
    """Yield a suite's subjects."""
    _, content = _read(suite)
    found = content.get("subjects")
    if isinstance(found, Mapping):
        yield from map(str, found)


def cases(suite: str | None) -> Iterator[str]:
    """Yield the identifiers of a suite's cases, as far as they stand in files."""
    for place in _places(suite, "datasets"):
        for file in [place] if place.is_file() else sorted(place.glob("*")):
            with suppress(OSError, UnicodeDecodeError, csv.Error):
                yield from _identifiers(file)


def agents(suite: str | None) -> Iterator[str]:
    """Yield the names of a suite's agents."""
    for place in _places(suite, "roster"):
        for file in islice(sorted(place.rglob("*.md")), MOST_AGENTS):
            with suppress(OSError), file.open("rb") as opened:
                found = _NAME.search(opened.read(HEAD).decode("utf-8", "replace"))
                yield found[1] if found else file.stem


def runs(suite: str | None) -> Iterator[str]:
    """Yield the identifiers of a suite's stored runs, the latest first."""
    folder, content = _read(suite)
    section = content.get("store")
    location = os.environ.get("PASSMUSTER_STORE") or (section.get("location") if isinstance(section, Mapping) else "")
    file = str(location or "").partition(":///")[2].partition("?")[0] or str(location or "")
    if not file:
        return
    path = Path(file) if os.environ.get("PASSMUSTER_STORE") else folder / file
    query = "SELECT identifier FROM run WHERE suite = ? ORDER BY started_at DESC LIMIT ?"
    with (
        suppress(sqlite3.Error, ValueError),
        closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=PATIENCE)) as connection,
    ):
        for (identifier,) in connection.execute(query, (str(content.get("name")), MOST_NAMES)):
            yield str(identifier)


def offered(names: Callable[[str | None], Iterable[str]], suite: object, beginning: str) -> list[str]:
    """Return the names that begin as somebody has typed, each once.

    Args:
        names: Where they come from.
        suite: The suite on the command line; ``None`` for the only one.
        beginning: What was typed.
    """
    wanted = suite if isinstance(suite, str) else None
    fitting = (name for name in names(wanted) if name.startswith(beginning) and _PLAIN.fullmatch(name))
    return list(islice(dict.fromkeys(islice(fitting, MOST_NAMES * 2)), MOST_NAMES))


def _read(suite: str | None) -> tuple[Path, Mapping[str, Any]]:
    """Return a suite's folder and what stands in its file; nothing if there is none, or more than one."""
    import yaml  # noqa: PLC0415 - runs and suites do not need it

    wanted = suite or os.environ.get("PASSMUSTER_SUITE")
    if wanted:
        tried = [Path(wanted), Path(wanted) / "suite.yaml", Path("evals") / wanted / "suite.yaml"]
    else:
        tried = sorted(Path().glob("evals/*/suite.yaml"))
        tried = tried if len(tried) == 1 else []
    for path in tried:
        with suppress(OSError, UnicodeDecodeError, yaml.YAMLError):
            content = yaml.load(path.read_text("utf-8"), getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 - both are safe
            return path.parent, content if isinstance(content, Mapping) else {}
    return Path(), {}


def _places(suite: str | None, section: str) -> Iterator[Path]:
    """Yield the places that a section of a suite names, or the sections of a list."""
    folder, content = _read(suite)
    found = content.get(section)
    for item in found if isinstance(found, list) else [found]:
        location = item.get("location") if isinstance(item, Mapping) else None
        if isinstance(location, str):
            yield folder / location


def _identifiers(file: Path) -> Iterator[str]:
    if file.suffix in _SEPARATORS:
        with file.open(encoding="utf-8", newline="") as lines:
            for row in csv.DictReader(lines, delimiter=_SEPARATORS[file.suffix]):
                yield row.get("identifier") or ""
    elif file.suffix in _LISTS and not file.name.endswith(".rubrics.yaml"):
        with file.open(encoding="utf-8", errors="replace") as text:
            for line in text.readlines(MOST_BYTES):
                yield from (found[1] for found in _IDENTIFIER.finditer(line))
