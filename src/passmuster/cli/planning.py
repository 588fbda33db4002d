"""The command `plan`: what a run would take, and what it would be able to see, before anything is spent."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from passmuster.analysis.expenses import Range
from passmuster.analysis.sensitivity import AgentSight, Sight
from passmuster.application.billing import Bill
from passmuster.application.evaluating import EvaluateSuite
from passmuster.application.foreseeing import (
    LATEST_RUNS,
    AspectForesight,
    ForeseeingParts,
    Foresight,
    SubjectForesight,
    foresee,
)
from passmuster.cli.console import progress_bar, terminal
from passmuster.cli.opening import accepted_baseline, former_agents
from passmuster.cli.plan_views import print_foresight
from passmuster.cli.printing import print_json
from passmuster.composition.building import Workbench
from passmuster.composition.expecting import expected_amounts
from passmuster.composition.prices import free_parts, longest_outputs, workers_of
from passmuster.composition.stores import has_store
from passmuster.configuration.reading import find_suite
from passmuster.configuration.settings import Settings
from passmuster.domain.answers import Asked

DIGITS = 9
"""Of shares in JSON."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What the command line asks of a plan.

    Attributes:
        only: The subjects to plan for; empty means all.
        repetitions: Trials of each case of a subject that varies; ``None`` means the suite's own number.
        as_json: Whether a machine reads the result.
    """

    only: Collection[str]
    repetitions: int | None
    as_json: bool


def plan(suite: str | None, wish: Wish) -> int:
    """Say what a run would take and see; nothing is asked, and nothing of the user's is written."""
    with _opened(suite) as bench:
        foresight = _foreseen(bench, wish)
        if wish.as_json:
            print_json(_plain(foresight))
        else:
            print_foresight(foresight, terminal())
        return 0


@contextmanager
def _opened(suite: str | None) -> Iterator[Workbench]:
    """Open a suite; where there is no store yet, none is made but an empty one that vanishes with the command."""
    settings = Settings()
    path = find_suite(suite or settings.suite, Path.cwd())
    with TemporaryDirectory(prefix="passmuster-") as folder:
        bench = Workbench(path, settings)
        if not has_store(bench, settings.store):
            bench = Workbench(path, settings.model_copy(update={"store": str(Path(folder) / "empty.sqlite")}))
        try:
            yield bench
        finally:
            bench.close()


def _foreseen(bench: Workbench, wish: Wish) -> Foresight:
    baseline = accepted_baseline(bench)
    parts = bench.parts(former_agents(baseline), wish.only, asks=False)
    if wish.repetitions is not None:
        parts = replace(parts, repetitions=wish.repetitions)
    evaluate = EvaluateSuite(parts=parts)
    foreseeing = ForeseeingParts(
        evaluate=evaluate,
        policy=bench.policy,
        baseline=baseline,
        free=free_parts(bench),
        workers=workers_of(bench),
        most_written=longest_outputs(bench),
        expected=expected_amounts(bench, Settings(), evaluate.plans),
    )
    with progress_bar(LATEST_RUNS, 0, f"{parts.suite}: reading earlier runs") as tell:
        return foresee(foreseeing, tell)


def _plain(foresight: Foresight) -> dict[str, object]:
    resumable = None
    if foresight.interrupted is not None:
        finished = foresight.bill.trials - foresight.left.trials
        resumable = {"run": foresight.interrupted, "finished": finished, **_bill(foresight.left)}
    return {
        "suite": foresight.suite,
        "cases": foresight.cases,
        "new_run": _bill(foresight.bill),
        "resume": resumable,
        "earlier_runs": list(foresight.runs),
        "subjects": [_subject(subject) for subject in foresight.subjects],
    }


def _bill(bill: Bill) -> dict[str, object]:
    return {
        "trials": bill.trials,
        "outputs": bill.outputs,
        "replayed": bill.replayed,
        "stale": bill.stale,
        "tokens_sent": _range(bill.amount.sent),
        "tokens_written": _range(bill.amount.written),
        "dollars": _range(bill.amount.money),
        "seconds": _range(bill.seconds),
    }


def _range(found: Range) -> dict[str, float | None]:
    return {"low": _rounded(found.lower), "high": _rounded(found.upper)}


def _subject(subject: SubjectForesight) -> dict[str, object]:
    return {
        "subject": subject.record.name,
        "description": subject.record.description,
        "is_deterministic": subject.record.is_deterministic,
        **_bill(subject.bill),
        "choices_by": subject.sources[Asked.ROUTING],
        "outputs_by": subject.sources[Asked.COMPLETION] if subject.bill.outputs else None,
        "allowed_breaks": subject.allowed_breaks,
        "aspects": [_aspect(aspect) for aspect in subject.aspects],
    }


def _aspect(aspect: AspectForesight) -> dict[str, object]:
    outlook = aspect.outlook
    split = outlook.noise.split
    noise = {
        "by": outlook.noise.basis,
        "repeated_cases": outlook.noise.repeated,
        "mean": _rounded(split.mean),
        "within": _rounded(split.within),
        "between": _rounded(split.between),
    }
    return {
        "aspect": aspect.aspect,
        "compared": len(outlook.cases),
        "not_in_baseline": aspect.new,
        "obstacle": aspect.obstacle,
        "repetitions": outlook.repetitions,
        "baseline_trials": outlook.baseline_trials,
        "noise": None if outlook.record.is_deterministic else noise,
        "tests": aspect.tests,
        "sights": [_sight(sight) for sight in aspect.sights],
        "agents": [_agent(agent) for agent in aspect.agents],
    }


def _sight(sight: Sight) -> dict[str, object]:
    return {
        "subset": sight.stake.subset,
        "cases": sight.cases,
        "smallest_drop": _rounded(sight.smallest),
        "maximum_drop": sight.stake.margin,
        "unchanged_passes": _rounded(sight.unchanged_passes),
        "repetitions_needed": sight.repetitions_needed,
        "cases_needed": sight.cases_needed,
    }


def _agent(agent: AgentSight) -> dict[str, object]:
    return {
        "agent": agent.agent,
        "cases": agent.cases,
        "counting": agent.counting,
        "smallest_drop": _rounded(agent.smallest),
        "needed": agent.needed,
        "lacking": agent.lacking,
    }


def _rounded(number: float | None) -> float | None:
    return None if number is None else round(number, DIGITS)
