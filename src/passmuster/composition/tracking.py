"""Which files of the user's repository a suite reads, as far as the suite names them."""

from passmuster.application.reusing import Track, named_files
from passmuster.composition.building import Workbench
from passmuster.composition.places import place

_READ = {"roster", "datasets", "backends", "subjects"}
"""The parts of a suite that results depend on; where they are kept and shown is not among them."""


def track_of(bench: Workbench) -> Track:
    """Return a suite's folder and everything outside it that decides its results: agents, cases, recordings, code.

    Code that is named as a module, and what such code reads, is not found.
    """
    named = bench.configuration.model_dump(mode="json", include=_READ)
    paths = [bench.folder, bench.roster_location, *(place(bench.folder, found) for found in named_files(named))]
    # A list of cases finds its rubrics beside it.
    beside = [path.with_name(f"{path.stem}.rubrics.yaml") for path in paths if path.suffix]
    return Track(revisions=bench.revisions, folder=bench.folder, paths=tuple(dict.fromkeys([*paths, *beside])))
