"""The option `--changed` of the command `run`: only the cases that an edit of the agents may concern."""

from passmuster.analysis.selecting import Former
from passmuster.application.evaluating import SuiteParts
from passmuster.application.selecting import SelectCases
from passmuster.cli.console import progress_bar
from passmuster.cli.opening import accepted_baseline, opened_at
from passmuster.composition.building import Workbench
from passmuster.domain.agents import Roster
from passmuster.domain.cases import Case
from passmuster.domain.errors import InvalidConfigurationError, InvalidDatasetError, InvalidRosterError
from passmuster.domain.findings import Finding, Severity
from passmuster.domain.values import SourceLocation

AUDIT = 0.1
"""The share of the cases that no edit seems to concern, of which a sample is run nevertheless."""


def narrowed(bench: Workbench, parts: SuiteParts, reference: str, audit: float, *, resume: bool) -> SuiteParts:
    """Return the parts of a run of the cases that concern the edits since a revision.

    Args:
        bench: The suite's parts.
        parts: Those of a run of all cases.
        reference: The revision.
        audit: Which share of the other cases is drawn.
        resume: Whether an interrupted run is to be found again.

    Raises:
        InvalidConfigurationError: If there is no such revision, no suite in it, or the agents lie where no revision
            holds them.
    """
    former, baseline = _former(bench, reference), accepted_baseline(bench)
    with progress_bar(1, 0, f"{parts.suite}: reading runs") as tell:
        select = SelectCases(former=former, baseline=baseline, share=audit, is_resumed=resume, progress=tell)
        return select.narrow(parts)


def _former(bench: Workbench, reference: str) -> Former:
    with opened_at(bench, reference) as then:
        if then.roster_location == bench.roster_location:
            finding = Finding(
                rule="outside-revision",
                severity=Severity.ERROR,
                message=f"the agents lie in {str(bench.roster_location)!r}, which is the same at every revision",
                hint="leave out --changed, or let the suite name a folder of its repository",
                location=SourceLocation(path=str(bench.suite)),
            )
            raise InvalidConfigurationError([finding])
        return Former(roster=_roster(then), cases=_cases(then), label=reference)


def _roster(then: Workbench) -> Roster:
    try:
        return then.roster
    except InvalidRosterError:
        # Where there were no agents yet, each is new.
        return Roster(name=then.configuration.name, agents=())


def _cases(then: Workbench) -> tuple[Case, ...] | None:
    try:
        return then.cases
    except InvalidDatasetError:
        return None
