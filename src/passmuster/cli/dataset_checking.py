"""The command `dataset check`: every case of a suite, or of a file of a million, is looked at, and none is kept."""

from collections.abc import Iterator
from pathlib import Path

from passmuster.application.curating import unknown_agents
from passmuster.application.describing_datasets import Census
from passmuster.application.quarantining import Quarantines, refuse_unknown_quarantines
from passmuster.cli.console import safe, terminal
from passmuster.cli.dataset_opening import Material, Wish, opened_cases
from passmuster.cli.opening import accepted_baseline, former_agents
from passmuster.cli.printing import print_json
from passmuster.components import BuildContext
from passmuster.composition.building import Workbench
from passmuster.composition.catalogue import Catalogue
from passmuster.composition.criteria import CriterionParts, build_criteria
from passmuster.domain.cases import Case
from passmuster.domain.values import CaseIdentifier, SubjectName


def check_dataset(wish: Wish, *, as_json: bool) -> int:
    """Check cases, down to the options of every criterion."""
    census = Census()
    identifiers: list[CaseIdentifier] = []
    with opened_cases(wish) as material:
        bench = material.bench
        cases = _watched(material, census, identifiers)
        if bench is None:
            bare = BuildContext(folder=Path())
            build_criteria(cases, CriterionParts(catalogue=Catalogue(folder=Path()), context=bare))
        else:
            bench.check_criteria(cases)
            refuse_unknown_quarantines(_quarantines(bench, identifiers))
    counts = counts_of(census)
    if as_json:
        print_json(counts)
        return 0
    for name, value in counts.items():
        shown = ", ".join(f"{key} {number}" for key, number in value.items()) if isinstance(value, dict) else value
        terminal().print(safe(f"{name}: {shown}"))
    return 0


def counts_of(census: Census) -> dict[str, object]:
    """Return the counts that people look at first."""
    facts = census.facts
    names = (
        "expecting nobody",
        "with acceptable agents",
        "with forbidden agents",
        "with a rubric",
        "critical",
        "controls",
    )
    return {
        "cases": census.cases,
        **{name: facts[name] for name in names},
        "by split": dict(sorted(census.splits.items())),
        "by stratum": dict(sorted(census.strata.items())),
        "by expected agent": dict(sorted(census.agents.items())),
    }


def _watched(material: Material, census: Census, identifiers: list[CaseIdentifier]) -> Iterator[Case]:
    """Yield the cases, counting them, and noting identifiers where somebody will ask for them."""
    bench, roster = material.bench, material.roster
    notes_identifiers = bench is not None and bool(bench.quarantines)
    former = () if bench is None else former_agents(accepted_baseline(bench))
    stream = material.stream() if roster is None else material.stream(unknown_agents(roster, former))
    for case in stream:
        census.add(case)
        if notes_identifiers:
            identifiers.append(case.identifier)
        yield case


def _quarantines(bench: Workbench, identifiers: list[CaseIdentifier]) -> Quarantines:
    return Quarantines(
        entries=bench.quarantines,
        cases=identifiers,
        subjects=[SubjectName(name) for name in bench.configuration.subjects],
        place=lambda index, key: bench.location("quarantine", index, key),
    )
