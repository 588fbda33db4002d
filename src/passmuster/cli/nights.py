"""The command `nightly`: a live run with its controls, what moved it, one page, and a message."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from passmuster.application.adapting import Alone, EvaluateInRounds
from passmuster.application.evaluating import EvaluateSuite, PlannedRun, SuiteParts
from passmuster.application.history import History, Selection, history_of
from passmuster.application.ledger import Steadiness, steadiness_of
from passmuster.application.watching_nights import (
    FROZEN,
    TWICE,
    FrozenNight,
    Night,
    again_of,
    controlled,
    frozen_night,
    proposals_of,
    reference_of,
)
from passmuster.cli.confining import made_ready
from passmuster.cli.console import EXIT_STATUS, progress_bar, safe, terminal
from passmuster.cli.interrupting import run_interruptibly
from passmuster.cli.leaving import ENVIRONMENT, say
from passmuster.cli.observing import Observed, Observing, observed
from passmuster.cli.opening import accepted_baseline, former_agents, opened, opened_at, write_reports
from passmuster.cli.printing import print_json
from passmuster.composition.building import Workbench
from passmuster.composition.counterparts import parts_at
from passmuster.composition.nightly_document import nightly_document
from passmuster.composition.nightly_page import night_text, write_night
from passmuster.composition.posting import Post
from passmuster.composition.secrets import Secrets
from passmuster.composition.tracking import track_of
from passmuster.configuration.settings import Settings
from passmuster.configuration.spending import written_cap
from passmuster.domain.errors import InvalidConfigurationError, RunNotFoundError
from passmuster.domain.findings import Finding, Severity
from passmuster.domain.reports import Report

if TYPE_CHECKING:
    from passmuster.domain.results import Run

RUNS = 200
"""How many stored runs the history and the flaky cases rest on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What the command line asks of a night.

    Attributes:
        webhook: The name of the variable with the address that is told, or the address; ``None`` tells nobody.
        webhook_secret: The name of the variable with the secret that signs.
        only: The subjects to evaluate; empty means all.
        budget: What may be spent, as it was written.
        resume: Whether a night that was interrupted is finished.
        is_dry: Whether nobody is asked.
        as_json: Whether a machine reads the result.
    """

    webhook: str | None
    webhook_secret: str | None
    only: tuple[str, ...]
    budget: tuple[str, ...]
    resume: bool
    is_dry: bool
    as_json: bool


def nightly(suite: str | None, wish: Wish) -> int:
    """Make a night, and return the exit status: the gate's, or 3 where a good verdict could not be delivered."""
    post = _post(wish)
    with (
        opened(suite, written_cap(wish.budget), is_fresh=True) as bench,
        made_ready(bench),
        observed(bench, Observing()) as watching,
        _frozen(bench, wish) as frozen,
    ):
        tonight = EvaluateSuite(parts=watching.watched(_tonight(bench, wish)))
        beside = None if frozen is None else EvaluateSuite(parts=watching.watched(frozen))
        if wish.is_dry:
            return _tell_plan(tonight, beside, wish)
        report = _report(tonight, watching, wish)
        report = controlled(report, again := again_of(report))
        night = Night(
            report=report,
            again=again,
            frozen=None if beside is None else _frozen_night(bench, beside, report, watching, wish),
            history=_history(bench),
            proposals=proposals_of(_steadiness(bench), bench.policy.quarantines),
        )
        status = EXIT_STATUS[report.verdict.outcome]
        document = nightly_document(night, status=status, spent=_spent(bench))
        written = write_reports(bench, report, bench.reports_location)
        written = (*write_night(document, bench.reports_location), *written)
        _show(document, [str(path) for path in written], wish)
        return _posted(post, document, bench, status)


def _post(wish: Wish) -> Post | None:
    if wish.webhook is None:
        if wish.webhook_secret is None:
            return None
        finding = Finding(
            rule="contradiction",
            severity=Severity.ERROR,
            message="--webhook-secret signs what is posted, and nothing is",
            hint="add --webhook, or leave --webhook-secret out",
        )
        raise InvalidConfigurationError([finding])
    secrets = Secrets(Settings().environment_file)
    post = Post(secrets=secrets, webhook=wish.webhook, signer=wish.webhook_secret)
    post.refuse_unusable()
    return post


def _tonight(bench: Workbench, wish: Wish) -> SuiteParts:
    parts = bench.parts(former_agents(accepted_baseline(bench)), wish.only)
    return replace(parts, repetitions=TWICE * bench.configuration.repetitions)


@contextmanager
def _frozen(bench: Workbench, wish: Wish) -> Iterator[SuiteParts | None]:
    section = bench.configuration.nightly
    if section.frozen is None:
        yield None
        return
    with opened_at(bench, section.frozen) as former:
        parts = parts_at(bench, former, section.frozen, wish.only)
        cases = tuple(case for case in parts.cases if section.control_tag in {None, *case.tags})
        if not cases:
            finding = Finding(
                rule="no-control-cases",
                severity=Severity.ERROR,
                message=f"no case has the tag {section.control_tag!r} at {section.frozen}",
                hint="tag some, or leave `nightly: control_tag` out to ask the frozen agents every case",
                location=bench.location("nightly", "control_tag"),
            )
            raise InvalidConfigurationError([finding])
        suite = f"{bench.configuration.name}{FROZEN}"
        yield replace(parts, suite=suite, cases=cases, repetitions=bench.configuration.repetitions)


def _planned(evaluate: EvaluateSuite, wish: Wish) -> PlannedRun:
    """Go on with the latest run if it lacks anything and that is wanted, and else begin one."""
    if wish.resume:
        try:
            planned = evaluate.resume()
        except RunNotFoundError:
            return evaluate.start()
        if planned.missing:
            return planned
    return evaluate.start()


def _report(evaluate: EvaluateSuite, watching: Observed, wish: Wish) -> Report:
    bench = watching.bench
    planned = evaluate.resume() if wish.resume else evaluate.start()
    sides = Alone(evaluate=evaluate, planned=planned, baseline=accepted_baseline(bench))
    rounds = EvaluateInRounds(sides=sides, policy=bench.policy)
    made: list[Report] = []
    with watching.following(bench.configuration.name, is_quiet=wish.as_json) as run:

        async def make() -> None:
            run.begin()
            made.append(await rounds.execute(run.expect, run.told))

        run_interruptibly(make)
    return made[0]


def _frozen_night(
    bench: Workbench, evaluate: EvaluateSuite, report: Report, watching: Observed, wish: Wish
) -> FrozenNight:
    planned = _planned(evaluate, wish)
    made: list[Run] = []
    with watching.following(f"{bench.configuration.name}, frozen agents", is_quiet=wish.as_json) as run:

        async def make() -> None:
            run.begin()
            run.expect(len(planned.missing))
            made.append(await evaluate.execute(planned, run.told))

        run_interruptibly(make)
    tonight = bench.store.load(report.manifest.identifier)
    revision = bench.configuration.nightly.frozen or ""
    return frozen_night(made[0], reference_of(evaluate, made[0]), tonight, revision)


def _history(bench: Workbench) -> History:
    name = bench.configuration.name
    with progress_bar(RUNS, 0, f"{name}: reading runs") as tell:
        return history_of(bench.store, name, RUNS, Selection(), track_of(bench), tell)


def _steadiness(bench: Workbench) -> Steadiness:
    name = bench.configuration.name
    with progress_bar(RUNS, 0, f"{name}: looking for flaky cases") as tell:
        return steadiness_of(bench.store, name, bench.cases, (), limit=RUNS, progress=tell)


def _spent(bench: Workbench) -> dict[str, object]:
    spent = [record.spending for record in bench.live.meter.records()]
    return {
        "requests": sum(one.requests for one in spent),
        "kept": sum(one.kept for one in spent),
        "input_tokens": sum(one.input_tokens for one in spent),
        "output_tokens": sum(one.output_tokens for one in spent),
        "dollars": str(sum(one.cost for one in spent)),
        "unpriced": sum(one.unpriced for one in spent),
    }


def _tell_plan(tonight: EvaluateSuite, beside: EvaluateSuite | None, wish: Wish) -> int:
    plan = {
        "suite": tonight.parts.suite,
        "trials": len(tonight.plans),
        "frozen_trials": None if beside is None else len(beside.plans),
        "is_posted": wish.webhook is not None,
    }
    if wish.as_json:
        print_json(plan)
        return 0
    console = terminal()
    console.print(safe(f"{plan['suite']}: {plan['trials']} trials, each case of a subject that varies asked twice"))
    if beside is not None:
        console.print(safe(f"and {plan['frozen_trials']} of the frozen agents"))
    console.print("the result would be posted" if wish.webhook is not None else "nobody would be told")
    return 0


def _show(document: dict[str, Any], written: list[str], wish: Wish) -> None:
    if wish.as_json:
        print_json({**document, "reports": written})
        return
    console = terminal()
    for line in night_text(document).splitlines()[1:-1]:
        console.print(safe(line), soft_wrap=True)
    console.print(safe(f"page: {written[0]}"), soft_wrap=True)


def _posted(post: Post | None, document: dict[str, Any], bench: Workbench, status: int) -> int:
    """Tell whoever is to be told; what becomes of it never hides a bad verdict behind another status."""
    if post is None:
        return status
    delivery = post.send(document, bench.clock.now())
    if delivery.is_delivered:
        return status
    times = "1 attempt" if delivery.attempts == 1 else f"{delivery.attempts} attempts"
    say(f"the webhook was not told, after {times}: {delivery.sentence}; nightly.json holds the message")
    return status or ENVIRONMENT
