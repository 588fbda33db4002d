"""The command `rescore`: the criteria judge the answers of a stored run again, and no agent is asked."""

from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING, Final

from passmuster.analysis.leaving_out import held_strictly
from passmuster.analysis.reporting import report_of
from passmuster.application.evaluating import SuiteParts
from passmuster.application.rescoring import Answers, RescoreRun, answers_for, origin_of
from passmuster.application.reviewing import find_run
from passmuster.cli.confining import made_ready
from passmuster.cli.console import EXIT_STATUS, progress_bar
from passmuster.cli.interrupting import run_interruptibly
from passmuster.cli.opening import accepted_baseline, former_agents, opened, stored_baseline, write_reports
from passmuster.cli.running import show
from passmuster.domain.results import Run, Trial

if TYPE_CHECKING:
    from passmuster.domain.values import RunIdentifier

SHOWN: Final = 25
"""Trials after which the bar is drawn anew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What the command line asks of `rescore`.

    Attributes:
        run: Whose answers; ``None`` takes the latest run.
        against_run: Compare with this stored run.
        is_strict: Whether nothing passes from which a criterion was left out.
        write_reports: Whether reports are written.
        as_json: Whether a machine reads the result.
    """

    run: str | None
    against_run: str | None
    is_strict: bool
    write_reports: bool
    as_json: bool


def rescore(suite: str | None, wish: Wish) -> int:
    """Judge the answers of a run by the suite as it is now, judge the whole as `run` does, and return the status.

    Raises:
        InvalidConfigurationError: If none of the answers is to a request that the suite still asks.
        RunNotFoundError: If there is no such run.
    """
    with opened(suite) as bench, made_ready(bench):
        former = origin_of(bench.store, find_run(bench.store, bench.configuration.name, wish.run))
        baseline = accepted_baseline(bench) if wish.against_run is None else stored_baseline(bench, wish.against_run)
        parts = bench.parts(former_agents(baseline), asks=False)
        run = _made(parts, answers_for(former, parts.cases))
        report = report_of(run, bench.policy, baseline)
        report = held_strictly(report) if wish.is_strict else report
        written = write_reports(bench, report, bench.reports_location) if wish.write_reports else ()
        show(report, written, as_json=wish.as_json)
        return EXIT_STATUS[report.verdict.outcome]


def _made(parts: SuiteParts, answers: Answers) -> Run:
    made: list[RunIdentifier] = []
    total = len(answers.run.trials)
    with progress_bar(total, 0, f"{parts.suite}: judging again") as tell:
        done = count(1)

        def told(_trial: Trial) -> None:
            number = next(done)
            # To draw the bar takes as long as to judge many an answer.
            if number % SHOWN == 0 or number == total:
                tell(number, total)

        async def make() -> None:
            made.append(await RescoreRun(parts=parts).execute(answers, told))

        run_interruptibly(make)
    return parts.store.load(made[0])
