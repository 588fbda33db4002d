"""Examines whether an answer's code can be built with stand-ins: as it is written, and by trying."""

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

from .frameworks import django_settings, load_packages, module_of, uses_django
from .layout import layout_of
from .seams import seams_of
from .standing_in import StandIns
from .starting import StarvedError
from .testing import limits_of
from .untrusted import guard, run_apart


def injections(question: Mapping[str, object]) -> Mapping[str, object]:
    """Look for seams, and try those that can be tried.

    Question: ``time_limit``, seconds for trying.
    Result: ``seams`` and ``ties`` as :mod:`seams` tells them; ``built``, classes with ``is_kept`` (``None`` if building
    failed, with its message); ``overridden``, dependencies with whether a stand-in ``is_asked``; ``complaints``.
    """
    folder = Path.cwd().resolve()
    layout = layout_of(folder)
    seams, ties = seams_of(layout)
    complaints = [f"{place['file']}:{place['line']}: {place['message']}" for place in layout.broken]
    constructors = {(module_of(layout, seam.file), seam.name): seam for seam in seams if seam.kind == "constructor"}
    has_dependencies = any(seam.kind == "dependency" for seam in seams)
    applications = [
        module_of(layout, file)
        for file in layout.product
        if has_dependencies and "FastAPI(" in layout.texts[file] and file in layout.trees
    ]
    result: dict[str, object] = {
        "seams": [asdict(seam) for seam in seams],
        "ties": [asdict(tie) for tie in ties],
        "built": [],
        "overridden": [],
        "complaints": complaints,
    }
    if not (constructors or applications):
        return result
    environment: dict[str, str] = {}
    if uses_django(layout) and (settings := django_settings(folder, layout)):
        environment["DJANGO_SETTINGS_MODULE"] = settings
    load_packages(layout)
    guard()
    work = StandIns(folder, tuple(layout.roots), list(constructors), applications, environment)
    heard = run_apart(work, limits_of(question))
    if heard.is_starved:
        message = f"trying waited for a processor most of {heard.wall:.0f} seconds: the machine is too busy"
        raise StarvedError(message)
    for told in heard.of_kind("built"):
        seam = constructors.get((str(told["module"]), str(told["name"])))
        if seam is not None:
            built = {"file": seam.file, "line": seam.line, "name": seam.name}
            result["built"] = [
                *_list(result["built"]),
                {**built, "is_kept": told["is_kept"], "message": told["message"]},
            ]
    result["overridden"] = heard.of_kind("overridden")
    complaints += [f"{told['module']}: {told['message']}" for told in heard.of_kind("unimportable")]
    if not heard.of_kind("end"):
        last = heard.written.strip().rpartition("\n")[2]
        complaints.append(f"trying ended with status {heard.status} before its end: {last}"[:400])
    return result


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []
