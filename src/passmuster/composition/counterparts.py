"""What a run is compared with: what was accepted, or the suite as it was at a git revision."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from passmuster.analysis.observing import observe
from passmuster.analysis.rounds import full_rounds
from passmuster.application.reading import load_reduced
from passmuster.application.reviewing import find_run, refuse_foreign
from passmuster.composition.building import Workbench
from passmuster.composition.relocating import Relocation
from passmuster.configuration.settings import Settings
from passmuster.domain.errors import (
    InvalidConfigurationError,
    InvalidInputError,
    RunNotFoundError,
    UnacceptableRunError,
)
from passmuster.domain.findings import Finding, Severity
from passmuster.domain.observations import Snapshot
from passmuster.domain.results import Revision, RunManifest
from passmuster.domain.values import AgentName

if TYPE_CHECKING:
    from passmuster.application.evaluating import SuiteParts


def accepted_baseline(bench: Workbench, location: Path | None = None) -> Snapshot | None:
    """Return an accepted baseline; ``None`` where nothing has been accepted yet.

    Args:
        bench: The suite's parts.
        location: The file; ``None`` means the suite's own.
    """
    found = bench.baseline_location if location is None else location
    baseline = bench.baselines.read(found)
    refuse_foreign(baseline, bench.configuration.name, str(found))
    return baseline


def former_agents(baseline: Snapshot | None) -> tuple[AgentName, ...]:
    """Return the agents of a baseline, which cases may still expect."""
    return () if baseline is None else tuple(agent.name for agent in baseline.agents)


@contextmanager
def opened_at(bench: Workbench, reference: str) -> Iterator[Workbench]:
    """Open the suite as it was at a git revision, its agents and its cases with it; gone when the block ends.

    Raises:
        InvalidConfigurationError: If there is no such revision, or no suite of that name in it.
    """
    with TemporaryDirectory(prefix="passmuster-") as name:
        suite = bench.revisions.tree_at(reference, bench.folder, Path(name)) / bench.suite.name
        if not suite.is_file():
            finding = Finding(
                rule="no-suite",
                severity=Severity.ERROR,
                message=f"there is no suite {str(bench.suite)!r} at {reference!r}",
                hint="name a revision that has it",
            )
            raise InvalidConfigurationError([finding])
        settings = Settings().model_copy(update={"store": str(Path(name) / "against.sqlite")})
        former = Workbench(suite, settings, bench.live)
        # Code of both sides is run in one place, or what is said of it could not be compared.
        former.confinement = bench.confinement
        try:
            yield former
        finally:
            former.close()


def parts_at(bench: Workbench, former: Workbench, reference: str, only: Collection[str] = ()) -> "SuiteParts":
    """Build what evaluating a suite as it was needs; its run goes into the store of the suite that is.

    Args:
        bench: The suite as it is.
        former: The same as it was.
        reference: The git revision of that.
        only: The subjects to evaluate; empty means all. Some of them may be new.

    Raises:
        InvalidInputError: If it cannot be evaluated, or had none of the subjects; places are told as they are now.
    """
    known = [name for name in only if name in former.configuration.subjects]
    if only and not known:
        finding = Finding(
            rule="unknown-subject",
            severity=Severity.ERROR,
            message=f"the suite at {reference!r} has no subject {next(iter(only))!r}",
            hint=f"its subjects: {', '.join(former.configuration.subjects)}",
        )
        raise InvalidConfigurationError([finding])
    from passmuster.application.committing import no_endpoints  # noqa: PLC0415 - most commands evaluate nothing

    commit = bench.revisions.commit(reference, bench.folder).identifier
    try:
        parts = former.parts(only=known)
    except InvalidInputError as error:
        raise Relocation(copy=former.folder, home=bench.folder).error(error, revision=reference) from error
    return replace(
        parts,
        store=bench.store,
        # Both sides ask through the same policies, and what was had is noted once.
        endpoints=no_endpoints,
        revision=Revision(commit=commit, branch="", is_dirty=False),
    )


def stored_baseline(bench: Workbench, wanted: str, candidate: RunManifest | None = None) -> Snapshot:
    """Return a stored run as something to compare with.

    Of a run that grew only those rounds count that asked every case; but a run that was made in turns with the
    candidate has its counterpart for every trial.

    Args:
        bench: The suite's parts.
        wanted: The run's identifier.
        candidate: The run that is judged, if it has been made.

    Raises:
        RunNotFoundError: If there is no such run of this suite.
        UnacceptableRunError: If it is incomplete.
    """
    try:
        run = find_run(bench.store, bench.configuration.name, wanted, load=load_reduced)
    except RunNotFoundError as error:
        raise RunNotFoundError(error.message, hint="`passmuster history` lists the runs of this suite") from error
    if not run.is_complete:
        message = f"run {wanted!r} is incomplete: nothing can be held against half of it"
        raise UnacceptableRunError(message, hint="finish it with `passmuster run --resume`, or name another")
    is_other_side = candidate is not None and candidate.against == run.manifest.identifier
    return replace(observe(run if is_other_side else full_rounds(run)), label=f"run {run.manifest.identifier}")
