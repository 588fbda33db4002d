"""Stored runs as a history needs them, kept on this machine, so that no report reads all of them again.

Reading a run takes fifty times as long as reading what is kept of it. A run that is finished never changes, so nothing
ever has to be taken back; the files may be deleted at any moment.
"""

import json
import zlib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from passmuster.analysis.past_runs import CaseResult, PastRun
from passmuster.domain.errors import EnvironmentFaultError
from passmuster.domain.observations import AgentPrint, Snapshot
from passmuster.domain.results import RunManifest
from passmuster.domain.values import CaseIdentifier, SubjectName, fingerprint_of
from passmuster.placing import place

FORMAT: Final = 2
"""Raised whenever a run would be reduced otherwise than before."""

MOST_FILES: Final = 200
"""So many runs of one suite are kept, those that were kept last."""

_ENDING: Final = ".past"
# What a file that somebody else wrote, or that was cut, can make of the reading below.
_UNREADABLE: Final = (ValueError, TypeError, LookupError, AttributeError, zlib.error)
_CASE: Final = ("fingerprint", "rubric", "expected")
_SHOWN: Final = ("chosen", "right", "passed", "failures", "asked")
_RESULT: Final = (*_CASE, *_SHOWN)
_PRINT: Final = ("name", "description", "definition", "words", "instructions", "tools", "model")


class KeptRuns:
    """A folder of runs of one suite."""

    def __init__(self, folder: Path, *, store: str, suite: str) -> None:
        """Name the folder; it is made when it is first needed.

        Args:
            folder: Where what can be made anew is kept.
            store: Where the runs come from, which tells stores apart.
            suite: The suite's name.
        """
        self._folder = folder / "past" / fingerprint_of([store, suite])

    def read(self, manifest: RunManifest) -> PastRun | None:
        """Return a run; ``None`` if it is not kept, or cannot be read."""
        try:
            content = self._file(manifest).read_bytes()
        except OSError:
            return None
        return read_run(manifest, content, {})

    def keep(self, run: PastRun) -> None:
        """Keep a run that is finished; where that cannot be done, it is read from the store the next time."""
        file = self._file(run.manifest)
        with suppress(EnvironmentFaultError, OSError):
            place({file.name: write_run(run)}, file.parent)
            kept = sorted(self._folder.glob(f"*{_ENDING}"), key=lambda path: path.stat().st_mtime_ns)
            for surplus in kept[:-MOST_FILES]:
                surplus.unlink(missing_ok=True)

    def _file(self, manifest: RunManifest) -> Path:
        identity = [FORMAT, manifest.identifier, manifest.started_at.isoformat(), manifest.roster, manifest.dataset]
        return self._folder / f"{fingerprint_of([*identity, manifest.planned])}{_ENDING}"


class _Asked:
    """The cases that runs of one dataset asked, and their results: most show in a run what they showed before."""

    def __init__(self, text: str) -> None:
        self._cases: list[list[str]] = json.loads(text)
        self._names = [CaseIdentifier(case[0]) for case in self._cases]
        self._made: dict[tuple[object, ...], dict[int, CaseResult]] = {}

    def results(self, shown: list[list[Any]], places: list[int]) -> dict[CaseIdentifier, CaseResult]:
        """Return the results of a run.

        Args:
            shown: What cases showed, each thing once.
            places: For each case which of them it showed.
        """
        made = [self._made.setdefault(tuple(values), {}) for values in shown]
        found: dict[CaseIdentifier, CaseResult] = {}
        for at, (name, number) in enumerate(zip(self._names, places, strict=True)):
            result = made[number].get(at)
            if result is None:
                values = [*self._cases[at][1:], *shown[number]]
                result = made[number][at] = CaseResult(**dict(zip(_RESULT, values, strict=True)))
            found[name] = result
        return found


CaseResults = dict[str, _Asked]
"""Results that were read already, by the text that names the cases."""


def write_run(run: PastRun) -> bytes:
    """Return a run as bytes."""
    content = json.dumps(_plain(run), ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
    return zlib.compress(content)


def read_run(manifest: RunManifest, content: bytes, known: CaseResults) -> PastRun | None:
    """Return a run out of bytes; ``None`` if they are none.

    Args:
        manifest: The run's.
        content: What :func:`write_run` returned.
        known: Results that were read already, which equal ones are taken from.
    """
    try:
        return _past_run(manifest, json.loads(zlib.decompress(content)), known)
    except _UNREADABLE:
        return None


def _plain(run: PastRun) -> Mapping[str, object]:
    return {
        "agents": [[getattr(agent, name) for name in _PRINT] for agent in run.snapshot.agents],
        "models": {item.name: [item.models, item.choosing_models] for item in run.snapshot.subjects},
        "results": {subject: _plain_results(own) for subject, own in run.results.items()},
    }


def _plain_results(own: Mapping[CaseIdentifier, CaseResult]) -> Mapping[str, object]:
    """Part what is the same in every run of a dataset from what a run showed, so that the former is read once."""
    cases = [[case, *(getattr(result, name) for name in _CASE)] for case, result in own.items()]
    shown: dict[tuple[object, ...], int] = {}
    numbers = [shown.setdefault(tuple(getattr(item, name) for name in _SHOWN), len(shown)) for item in own.values()]
    return {"cases": json.dumps(cases), "shown": list(shown), "places": numbers}


def _past_run(manifest: RunManifest, found: Mapping[str, Any], known: CaseResults) -> PastRun:
    models: Mapping[str, tuple[list[str], list[str]]] = found["models"]
    snapshot = Snapshot(
        suite=manifest.suite,
        agents=tuple(AgentPrint(**dict(zip(_PRINT, values, strict=True))) for values in found["agents"]),
        subjects=tuple(
            replace(record, models=tuple(models[record.name][0]), choosing_models=tuple(models[record.name][1]))
            for record in manifest.subjects
        ),
        observations=(),
    )
    results = {
        SubjectName(subject): _asked(own["cases"], known).results(own["shown"], own["places"])
        for subject, own in found["results"].items()
    }
    return PastRun(manifest=manifest, snapshot=snapshot, results=results)


def _asked(text: str, known: CaseResults) -> _Asked:
    found = known.get(text)
    if found is None:
        found = known[text] = _Asked(text)
    return found
