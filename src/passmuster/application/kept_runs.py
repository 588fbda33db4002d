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

FORMAT: Final = 1
"""Raised whenever a run would be reduced otherwise than before."""

MOST_FILES: Final = 200
"""So many runs of one suite are kept, those that were kept last."""

_ENDING: Final = ".past"
# What a file that somebody else wrote, or that was cut, can make of the reading below.
_UNREADABLE: Final = (OSError, ValueError, TypeError, KeyError, zlib.error)
_RESULT: Final = ("fingerprint", "rubric", "expected", "chosen", "right", "passed", "failures", "asked")
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
            found = json.loads(zlib.decompress(self._file(manifest).read_bytes()))
            return _past_run(manifest, found)
        except _UNREADABLE:
            return None

    def keep(self, run: PastRun) -> None:
        """Keep a run that is finished; where that cannot be done, it is read from the store the next time."""
        file = self._file(run.manifest)
        content = json.dumps(_plain(run), ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
        with suppress(EnvironmentFaultError, OSError):
            place({file.name: zlib.compress(content)}, file.parent)
            kept = sorted(self._folder.glob(f"*{_ENDING}"), key=lambda path: path.stat().st_mtime_ns)
            for surplus in kept[:-MOST_FILES]:
                surplus.unlink(missing_ok=True)

    def _file(self, manifest: RunManifest) -> Path:
        identity = [FORMAT, manifest.identifier, manifest.started_at.isoformat(), manifest.roster, manifest.dataset]
        return self._folder / f"{fingerprint_of([*identity, manifest.planned])}{_ENDING}"


def _plain(run: PastRun) -> Mapping[str, object]:
    return {
        "agents": [[getattr(agent, name) for name in _PRINT] for agent in run.snapshot.agents],
        "models": {item.name: [item.models, item.choosing_models] for item in run.snapshot.subjects},
        "results": {
            subject: {case: [getattr(result, name) for name in _RESULT] for case, result in own.items()}
            for subject, own in run.results.items()
        },
    }


def _past_run(manifest: RunManifest, found: Mapping[str, Any]) -> PastRun:
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
        SubjectName(subject): {
            CaseIdentifier(case): CaseResult(**dict(zip(_RESULT, values, strict=True))) for case, values in own.items()
        }
        for subject, own in found["results"].items()
    }
    return PastRun(manifest=manifest, snapshot=snapshot, results=results)
