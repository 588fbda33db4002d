"""What a case must mean beyond its shape: nothing contradicts itself, and what a case rests on is there.

The checks pass over parts of the wrong shape, about which the schema has complained, so that people learn of all
errors at once.
"""

import re
import unicodedata
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from passmuster.adapters.datasets.reading import error
from passmuster.adapters.datasets.schema import nearest
from passmuster.documents import Document, Path
from passmuster.documents.places import shortened
from passmuster.domain.findings import Finding


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """Data of a case, and where they are written.

    Attributes:
        document: The text that holds the case.
        way: The way to the case.
        data: The case.
    """

    document: Document
    way: Path
    data: object


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownRubrics:
    """The rubrics that cases may name.

    Attributes:
        names: Their names; ``None`` if they could not be read, so that nothing is said about names.
        remedy: Where one more can be defined.
    """

    names: Collection[str] | None
    remedy: str


def check_meaning(entry: Entry, rubrics: KnownRubrics) -> Iterator[Finding]:
    """Yield what is wrong with the meaning of a case."""
    if not isinstance(entry.data, dict):
        return
    yield from _check_expectation(entry, entry.data.get("expect"))
    yield from _check_characters(entry, entry.data)
    yield from _check_control(entry, entry.data)
    rubric = entry.data.get("rubric")
    if isinstance(rubric, str):
        yield from _check_rubric_name(entry, rubric, rubrics)
    else:
        yield from check_rubric(entry.document, (*entry.way, "rubric"), rubric)


def check_rubric(document: Document, way: Path, data: object) -> Iterator[Finding]:
    """Yield a complaint for each criterion of a rubric that has the name of an earlier one."""
    criteria = data.get("criteria") if isinstance(data, dict) else None
    seen: set[str] = set()
    for index, criterion in enumerate(criteria if isinstance(criteria, list) else []):
        name = criterion.get("name", criterion.get("use")) if isinstance(criterion, dict) else None
        if not isinstance(name, str):
            continue
        if name in seen:
            step = "name" if "name" in criterion else "use"
            yield error(
                "duplicate-criterion",
                f"a criterion before this one is named {shortened(name)!r} too",
                "give each criterion of a rubric a 'name' of its own; without one it bears the name of its kind",
                document.location((*way, "criteria", index, step)),
            )
        seen.add(name)


def _check_expectation(entry: Entry, expect: object) -> Iterator[Finding]:
    if not isinstance(expect, dict):
        return
    preferred = expect.get("agent")
    acceptable = list(_texts(expect.get("acceptable")))
    forbidden = list(_texts(expect.get("forbidden")))
    for index, name in acceptable:
        if name == preferred:
            message = f"'expect.acceptable' names {shortened(name)!r}, which is the preferred agent"
            hint = "leave it out; the preferred agent is right anyway"
            yield _at(entry, ("expect", "acceptable", index), "contradictory-expectation", message, hint)
    right = {name for _, name in acceptable}
    for index, name in forbidden:
        if name == preferred or name in right:
            role = "preferred" if name == preferred else "acceptable"
            message = f"'expect.forbidden' names {shortened(name)!r}, which is {role} too"
            hint = "name each agent in one place only"
            yield _at(entry, ("expect", "forbidden", index), "contradictory-expectation", message, hint)


def _check_characters(entry: Entry, data: dict[str, object]) -> Iterator[Finding]:
    """Refuse the one character that databases cannot keep."""
    places: list[tuple[Path, object]] = [(("request",), data.get("request"))]
    history = data.get("history")
    for index, message in enumerate(history if isinstance(history, list) else []):
        places.append((("history", index, "content"), message.get("content") if isinstance(message, dict) else None))
    for way, text in places:
        if isinstance(text, str) and "\0" in text:
            yield _at(entry, way, "nul-character", "this text holds a NUL character", "delete \\u0000 from it")


def _check_control(entry: Entry, data: dict[str, object]) -> Iterator[Finding]:
    """Refuse a positive control that leaves it to anybody's judgement who should take it."""
    expect, request = data.get("expect"), data.get("request")
    agent = expect.get("agent") if isinstance(expect, dict) else None
    if data.get("control") is not True or not isinstance(agent, str) or not isinstance(request, str):
        return
    if re.search(rf"(?<!\w){re.escape(_plain(agent))}(?!\w)", _plain(request)) is None:
        message = f"a control must name its agent, and this request does not name {shortened(agent)!r}"
        hint = f"begin it with 'Use the {shortened(agent)} agent:', or leave 'control' out"
        yield _at(entry, ("request",), "control-without-name", message, hint)


def _plain(text: str) -> str:
    """Return a text in which names are alike that people take for the same."""
    return re.sub(r"[-_\s]+", " ", unicodedata.normalize("NFKC", text).casefold())


def _check_rubric_name(entry: Entry, name: str, rubrics: KnownRubrics) -> Iterator[Finding]:
    if rubrics.names is None or name in rubrics.names or not name:
        return
    hint = nearest(name, sorted(rubrics.names), "known rubrics") or rubrics.remedy
    yield _at(entry, ("rubric",), "unknown-rubric", f"there is no rubric named {shortened(name)!r}", hint)


def _texts(value: object) -> Iterator[tuple[int, str]]:
    for index, item in enumerate(value if isinstance(value, list) else []):
        if isinstance(item, str):
            yield index, item


def _at(entry: Entry, way: Path, rule: str, message: str, hint: str) -> Finding:
    return error(rule, message, hint, entry.document.location((*entry.way, *way)))
