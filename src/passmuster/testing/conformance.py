"""Checks of what the ports promise, for authors of plug-ins; each raises ``AssertionError`` naming a broken promise.

What a check cannot see (that trials survive a kill, that an agent file is read as its host reads it) is left to the
plug-in's own tests.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import NoReturn

from passmuster.domain.agents import Roster
from passmuster.domain.answers import Answer, Completion, CompletionRequest, RoutingDecision, Stage
from passmuster.domain.cases import Message, Request, Role
from passmuster.domain.errors import (
    BackendError,
    CriterionError,
    InvalidConfigurationError,
    RoutingError,
    RunNotFoundError,
)
from passmuster.domain.results import Exhibit, Response, Score, Trial, TrialPlan
from passmuster.domain.values import AgentName, RunIdentifier, Usage
from passmuster.ports import (
    Backend,
    Criterion,
    Executor,
    ForeseeingBackend,
    RepeatingRouter,
    Revisions,
    Router,
    Store,
    TrialRunner,
)
from passmuster.testing import factories
from passmuster.testing.fakes import PlainRunner
from passmuster.testing.housekeeping_check import check_removal, check_summaries, check_walking

REQUESTS: tuple[Request, ...] = (
    Request(text="Why does this test fail?"),
    Request(text="use the debugger agent"),
    Request(text=""),
    Request(text=" \n\t "),
    Request(text="Überprüfe das Schema — 検索が遅い 🐢"),
    Request(text="a\0b\u202e\ufeff"),
    Request(text="slow query " * 2_000),
    Request(
        text="And now?",
        history=(Message(role=Role.USER, content="Hello"), Message(role=Role.ASSISTANT, content="Hi.")),
    ),
)
"""What routers are asked: ordinary, empty, foreign, strange, long, and with a history."""


def _require(condition: bool, broken: str) -> None:  # noqa: FBT001 - reads as the built-in assert does
    if not condition:
        _fail(broken)


def _fail(broken: str) -> NoReturn:
    raise AssertionError(broken)


# ---- stores


def check_store(make_store: Callable[[], Store]) -> None:
    """Check a store.

    Args:
        make_store: Makes a new, empty store at each call.

    Raises:
        AssertionError: Naming the promise that the store breaks.
    """
    checks = (
        _check_round_trip,
        _check_begin,
        _check_deliveries,
        _check_replacement,
        _check_segments,
        _check_history,
        check_summaries,
        check_removal,
        check_walking,
    )
    for check in checks:
        store = make_store()
        try:
            check(store)
        finally:
            store.close()
            # A second call does nothing.
            store.close()


def _varied_trials() -> Sequence[Trial]:
    usage = Usage(input_tokens=12, output_tokens=3, cost=Decimal("0.00010"))
    answered = Answer(
        routing=factories.a_decision(usage=usage, latency=0.5, rationale="naïve \0 \ud800 🐢"),
        completion=factories.a_completion('"quoted" \\n\n', usage=usage, latency=1.25),
        writer=AgentName("debugger"),
    )
    failed = Answer(routing=factories.a_decision(None), completion=factories.a_failure(Stage.COMPLETION))
    broken = Answer(routing=factories.a_failure(Stage.ROUTING, is_transient=True))
    score = factories.a_score("length", 0.5, evidence={"lines": [1, 2], "unit": None}, usage=usage)
    return (
        factories.a_trial("one", answer=answered, outcomes=(score, factories.a_score("contains"))),
        factories.a_trial("one", repetition=1, answer=failed, outcomes=(factories.an_unscored(), score)),
        factories.a_trial("two", answer=broken),
        factories.a_trial("two", subject="other", inclusion=0.1),
        factories.a_trial("of no known case", subject="of no known name"),
    )


def _check_round_trip(store: Store) -> None:
    trials = _varied_trials()
    subjects = (factories.a_subject_record("lexical"), factories.a_subject_record("other"))
    manifest = factories.a_manifest(
        planned=len(trials),
        subjects=subjects,
        configuration={"a": [1, {"b": None}]},
        looks=3,
        selection="Every tenth case was asked.",
    )
    roster = factories.a_roster()
    cases = (
        factories.a_case("one", tags=frozenset({"b", "a"}), rubric=factories.a_rubric(), group="ticket-1"),
        factories.a_case("two", is_critical=True, is_control=True),
    )
    store.begin(manifest, roster, cases)
    store.append(manifest.identifier, trials)
    run = store.load(manifest.identifier)
    _require(run.manifest == manifest, "load must return the manifest that the run began with")
    _require(run.roster == roster, "load must return the roster that the run began with")
    _require(run.cases == cases, "load must return the cases that the run began with, in their order")
    loaded = {trial.key: trial for trial in run.trials}
    _require(len(run.trials) == len(trials), "load must return every trial once")
    for trial in trials:
        _require(loaded.get(trial.key) == trial, f"load must return a trial as it was delivered: {trial!r}")
    finished = frozenset(trial.key for trial in trials if trial.is_finished)
    _require(store.finished(manifest.identifier) == finished, "finished must return the keys of finished trials only")


def _check_begin(store: Store) -> None:
    manifest = factories.a_manifest()
    store.begin(manifest, factories.a_roster(), [factories.a_case()])
    store.append(manifest.identifier, [factories.a_trial()])
    store.begin(factories.a_manifest(seed=2), factories.a_roster("other"), [])
    run = store.load(manifest.identifier)
    _require(run.manifest.seed == manifest.seed, "a second begin with the same identifier must not change the manifest")
    _require(run.roster == factories.a_roster(), "a second begin with the same identifier must not change the roster")
    _require(len(run.cases) == 1, "a second begin with the same identifier must not change the cases")
    _require(len(run.trials) == 1, "a second begin with the same identifier must keep the trials")
    try:
        store.load(RunIdentifier("of no run"))
    except RunNotFoundError:
        return
    _fail("load must raise RunNotFoundError for a run that is not there")


def _check_deliveries(store: Store) -> None:
    first, second = factories.a_manifest("1"), factories.a_manifest("2")
    for manifest in (first, second):
        store.begin(manifest, factories.a_roster(), [factories.a_case()])
    trial = factories.a_trial(duration=1.0)
    store.append(first.identifier, [trial, trial])
    store.append(first.identifier, [factories.a_trial(duration=2.0)])
    store.append(first.identifier, [])
    kept = store.load(first.identifier).trials
    _require(len(kept) == 1, "a trial delivered twice must be kept once")
    _require(kept == (trial,), "a finished trial must not be replaced by a later delivery")
    _require(not store.load(second.identifier).trials, "a trial must be kept in its own run only")
    store.append(second.identifier, [trial])
    _require(store.load(second.identifier).trials == (trial,), "two runs may hold trials of the same key")


def _check_replacement(store: Store) -> None:
    manifest = factories.a_manifest()
    store.begin(manifest, factories.a_roster(), [factories.a_case()])
    outcomes = (factories.an_unscored("contains"), factories.a_score("length"))
    store.append(manifest.identifier, [factories.a_trial(outcomes=outcomes)])
    _require(
        not store.finished(manifest.identifier), "a trial with a failure of the harness must not count as finished"
    )
    better = factories.a_trial(outcomes=(factories.a_score("contains"),), duration=2.0)
    store.append(manifest.identifier, [better])
    _require(
        store.finished(manifest.identifier) == {better.key}, "a trial must be finished once it was delivered whole"
    )
    _require(len(store.load(manifest.identifier).trials) == 1, "a trial must be kept once, also when it is replaced")


def _check_segments(store: Store) -> None:
    manifest = factories.a_manifest()
    store.begin(manifest, factories.a_roster(), [factories.a_case()])
    _require(not store.load(manifest.identifier).segments, "a run at which nobody worked must have no segments")
    later = factories.a_segment(started_at=factories.MOMENT + timedelta(hours=1))
    first = factories.a_segment(trials=1)
    for segment in (later, first, replace(first, trials=2), later):
        store.record(manifest.identifier, segment)
    kept = store.load(manifest.identifier).segments
    _require(len(kept) == len({later.started_at, first.started_at}), "a segment delivered twice must be kept once")
    _require(kept == (replace(first, trials=2), later), "load must return the segments as last told, the oldest first")


def _check_history(store: Store) -> None:
    for number in (2, 3, 1):
        moment = factories.MOMENT + timedelta(hours=number)
        manifest = factories.a_manifest(f"2026-{number}", started_at=moment)
        store.begin(manifest, factories.a_roster(), [factories.a_case()])
    store.begin(factories.a_manifest("2026-4", suite="other"), factories.a_roster(), [])
    identifiers = [manifest.identifier for manifest in store.history("example", limit=2)]
    _require("2026-4" not in identifiers, "history must return runs of the suite only")
    _require(identifiers == ["2026-3", "2026-2"], "history must return the latest runs, the newest first")
    _require(len(store.history("example", limit=9)) == 3, "history must return all runs that the limit allows")  # noqa: PLR2004 - as many as were begun
    _require(not store.history("of no suite", limit=9), "history of an unknown suite must be empty")


# ---- routers and backends


async def check_router(router: Router, roster: Roster) -> None:
    """Check a router by asking it :data:`REQUESTS`.

    Args:
        router: Built for the roster.
        roster: The roster.

    Raises:
        AssertionError: Naming the promise that the router breaks.
    """
    for request in REQUESTS:
        try:
            decisions = [await router.route(request)]
            if isinstance(router, RepeatingRouter):
                decisions.append(await router.route_repetition(request, repetition=1))
        except RoutingError:
            continue
        for decision in decisions:
            _require(isinstance(decision, RoutingDecision), f"a router must return a RoutingDecision, not {decision!r}")
            _check_decision(decision, roster)


def _check_decision(decision: RoutingDecision, roster: Roster) -> None:
    known = {None, *roster.names}
    ranked = [place.agent for place in decision.ranking]
    scores = [place.score for place in decision.ranking]
    _require(
        decision.chosen in known, f"route must choose an agent of the roster or nobody, and not {decision.chosen!r}"
    )
    _require(set(decision.further) <= known, "agents chosen after the first one must be of the roster")
    _require(set(ranked) <= known, "a ranking must name agents of the roster only")
    _require(len(ranked) == len(set(ranked)), "a ranking must name each agent once")
    _require(scores == sorted(scores, reverse=True), "a ranking must begin with the best agents")
    _require(all(map(math.isfinite, scores)), "scores must be finite")
    margin = decision.margin
    _require(margin is None or 0 <= margin < math.inf, f"a margin must not be negative or endless, as {margin!r} is")
    confidence = decision.confidence
    _require(confidence is None or 0 <= confidence <= 1, f"a confidence must be from 0 to 1, unlike {confidence!r}")
    for place in decision.ranking:
        total = math.fsum(term.weight for term in place.terms)
        explained = not place.terms or math.isclose(total, place.score, rel_tol=1e-6, abs_tol=1e-9)
        _require(explained, f"the weights of the terms must sum to the score of {place.agent!r}")
    _check_consumption(decision.usage, decision.latency)


def _check_consumption(usage: Usage, latency: float) -> None:
    _require(usage.input_tokens >= 0 and usage.output_tokens >= 0, "tokens must not be negative")
    _require(usage.cost is None or usage.cost >= 0, "a cost must not be negative; an unknown one is None")
    _require(0 <= latency < math.inf, "a latency must be a number of seconds")


async def check_backend(backend: Backend, request: CompletionRequest) -> None:
    """Check a backend with one request; a backend that foresees its failures must foresee rightly.

    Raises:
        AssertionError: Naming the promise that the backend breaks.
    """
    foreseen = backend.foresee(request) if isinstance(backend, ForeseeingBackend) else None
    try:
        completion = await backend.complete(request)
    except BackendError:
        return
    _require(foreseen is None, "foresee must return a failure only if complete is certain to end in it")
    _require(isinstance(completion, Completion), f"complete must return a Completion, and not {completion!r}")
    _require(isinstance(completion.text, str), "a completion must hold text")
    _require(bool(completion.finish_reason), "a completion must say why it ended")
    _check_consumption(completion.usage, completion.latency)


async def check_criterion(criterion: Criterion, exhibits: Sequence[Exhibit]) -> None:
    """Check a criterion with exhibits.

    Raises:
        AssertionError: Naming the promise that the criterion breaks.
    """
    for exhibit in exhibits:
        first, second = [await _assessment(criterion, exhibit) for _ in range(2)]
        _require(first == second, f"equal exhibits must get equal scores, and not {first!r} and {second!r}")
        if first is not None:
            _require(isinstance(first, Score), f"assess must return a Score, and not {first!r}")
            _require(bool(first.criterion), "a score must name its criterion")
            _require(bool(first.reason), "a score must give its reason")


async def _assessment(criterion: Criterion, exhibit: Exhibit) -> Score | None:
    try:
        return await criterion.assess(exhibit)
    except CriterionError:
        return None


# ---- executors


class _RunnerBugError(Exception):
    """What a broken runner raises."""


async def check_executor(executor: Executor) -> None:
    """Check an executor that makes trials in this process.

    Raises:
        AssertionError: Naming the promise that the executor breaks.
    """
    for count in (0, 1, 100):
        await _check_plans(executor, [factories.a_plan(repetition=number) for number in range(count)])
    try:
        async for _ in executor.execute([factories.a_plan()], _BrokenRunner):
            _fail("a runner that fails gives no trial")
    except _RunnerBugError:
        return
    _fail("an executor must let through what a runner raises, which is a bug")


async def _check_plans(executor: Executor, plans: Sequence[TrialPlan]) -> None:
    made: list[None] = []

    def make_runner() -> TrialRunner:
        made.append(None)
        return PlainRunner()

    walked = iter(plans)
    keys = [trial.key async for trial in executor.execute(walked, make_runner)]
    _require(len(keys) == len(set(keys)), "an executor must yield no plan's trial twice")
    _require(set(keys) == {plan.key for plan in plans}, "an executor must yield every plan's trial")
    _require(len(made) <= len(plans), "an executor must not make more runners than there are plans")


class _BrokenRunner(PlainRunner):
    async def respond(self, plan: TrialPlan) -> Response:
        raise _RunnerBugError(plan)


# ---- revisions


def check_revisions(revisions: Revisions, folder: Path) -> None:
    """Check what knows a repository.

    Args:
        revisions: What is checked.
        folder: A folder of a repository with at least two commits on its main line.

    Raises:
        AssertionError: Naming the promise that is broken.
    """
    now = revisions.current(folder)
    if now is None:
        _fail("current must return the revision of a repository")
    newest = revisions.commit(now.commit, folder)
    _require(newest.identifier == now.commit, "commit must return the commit of that name")
    _require(newest.committed_at.tzinfo is not None, "a commit's time must know its time zone")
    [step] = revisions.between(f"{now.commit}~1", now.commit, folder)
    _require(step == newest, "between must return the commits after the older one, the newer one included")
    _require(not revisions.between(now.commit, now.commit, folder), "nothing lies between a commit and itself")
    whole = revisions.between(None, now.commit, folder)
    _require(
        len(whole) > 1 and whole[-1] == newest, "without an older one, between must return all up to the newer one"
    )
    _require(revisions.is_same(now.commit, now.commit, folder, [folder]), "a commit is the same as itself")
    _require(not revisions.is_same(now.commit, "--of no commit", folder, [folder]), "nothing is known of no commit")
    for ask in (
        lambda: revisions.commit("--of no commit", folder),
        lambda: revisions.between(now.commit, f"{now.commit}~1", folder),
    ):
        try:
            ask()
        except InvalidConfigurationError:
            continue
        _fail("what names no commit, or no ancestor, must be an InvalidConfigurationError")
