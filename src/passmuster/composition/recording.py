"""Which recordings a suite lacks, which edits made others stale, and what new ones would cost."""

import asyncio
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from itertools import chain, count
from math import ceil

from passmuster.analysis.expenses import LONG_TOKEN, SHORT_TOKEN
from passmuster.application.planning import PlannedSubject, plan_trials
from passmuster.composition.building import Workbench
from passmuster.composition.parts import Part
from passmuster.composition.probing import Probe, Stand, Wanted
from passmuster.domain.answers import Asked, Completion, CompletionRequest, Origin
from passmuster.domain.errors import InvalidConfigurationError
from passmuster.domain.findings import Finding, Severity
from passmuster.domain.recordings import Recording
from passmuster.domain.results import TrialPlan
from passmuster.domain.values import fingerprint_of
from passmuster.policies.answer_text import conversation_text, instructions_of, settings_of
from passmuster.policies.caching import question_of
from passmuster.policies.recording import Recordings
from passmuster.ports import Backend, LiveBackend


class State(StrEnum):
    """How a request stands."""

    RECORDED = "recorded"
    STALE = "stale"
    MISSING = "missing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """A request that a suite makes of a backend that plays recordings.

    Attributes:
        wanted: The request, and which trial makes it.
        state: Whether it can be played.
        recording: What can be played, or is stale.
        reasons: Which edits made it stale.
        path: The file that it has, or would get.
    """

    wanted: Wanted
    state: State
    recording: Recording | None
    reasons: tuple[str, ...]
    path: str

    @property
    def is_authored(self) -> bool:
        """Whether people wrote what is there."""
        return self.recording is not None and self.recording.completion.origin is Origin.AUTHORED


@dataclass(frozen=True, slots=True, kw_only=True)
class Inventory:
    """What a suite's recordings are like.

    Attributes:
        needs: Every request that is known beforehand, in the order of trials.
        unused: Files that answer no request of these cases; told only where every case and subject was looked at.
        unknown: Trials whose requests depend on a choice that nobody has made yet.
    """

    needs: tuple[Need, ...]
    unused: tuple[Recording, ...]
    unknown: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What recording would take.

    Attributes:
        requests: How many requests would be sent.
        kept: How many more are answered by the cache.
        fewest_read: Tokens read at the least.
        most_read: Tokens read at the most.
        most_written: Tokens written at the most; ``None`` where nothing bounds them.
        money: Dollars at the most; ``None`` where a price or a bound is not known.
    """

    requests: int
    kept: int
    fewest_read: int
    most_read: int
    most_written: int | None
    money: Decimal | None


def inventory(bench: Workbench, *, only: Collection[str], cases: Collection[str]) -> Inventory:
    """Find out which recordings a suite needs and has; nobody is asked anything.

    Args:
        bench: The suite's parts, of which nothing has been built yet.
        only: The subjects; empty means all.
        cases: Identifiers of cases; empty means all.

    Raises:
        InvalidConfigurationError: If there is no such subject or case, or with complaints about recordings.
    """
    probe = Probe(look=_recorded)
    probe.take_over(bench)
    subjects = bench.subjects(only)
    plans = plans_of(bench, subjects, cases)
    unknown = asyncio.run(probe.probe(bench, subjects, plans))
    wanted = {
        (item.backend, item.request.fingerprint): item for item in probe.wanted if isinstance(item.who, Recordings)
    }
    by_backend: dict[str, list[Wanted]] = {}
    for item in wanted.values():
        by_backend.setdefault(item.backend, []).append(item)
    needs, unused = list[Need](), list[Recording]()
    for items in by_backend.values():
        files = Files(items)
        needs += files.needs()
        unused += files.spare
    is_whole = not only and not cases and not unknown
    return Inventory(needs=tuple(needs), unused=tuple(unused) if is_whole else (), unknown=unknown)


def refuse_unknown_cases(bench: Workbench, cases: Collection[str]) -> None:
    """Refuse what the suite has not.

    Raises:
        InvalidConfigurationError: Naming the first such case.
    """
    known = {str(case.identifier) for case in bench.cases}
    unknown = [name for name in cases if name not in known]
    if unknown:
        message = f"the suite has no case {unknown[0]!r}"
        raise InvalidConfigurationError([Finding(rule="unknown-case", severity=Severity.ERROR, message=message)])


def plans_of(
    bench: Workbench, subjects: Sequence[PlannedSubject], cases: Collection[str], repetitions: int | None = None
) -> tuple[TrialPlan, ...]:
    """Return the trials of some cases; of no case named, those of all.

    Args:
        bench: The suite's parts.
        subjects: Who answers.
        cases: The identifiers of the cases.
        repetitions: How many of each, where a subject varies; ``None`` is the suite's number.

    Raises:
        InvalidConfigurationError: If there is no such case.
    """
    refuse_unknown_cases(bench, cases)
    chosen = [case for case in bench.cases if not cases or case.identifier in cases]
    wanted = bench.configuration.repetitions if repetitions is None else repetitions
    return tuple(plan_trials(subjects, chosen, bench.roster, repetitions=wanted))


def cost_of(bench: Workbench, needs: Sequence[Need]) -> Cost:
    """Return what recording some requests would take.

    Raises:
        InvalidConfigurationError: If a backend names no source, or one that the suite has not.
    """
    answers = bench.live.answers
    kept, sizes, limits = 0, list[int](), list[int | None]()
    money: list[Decimal | None] = []
    for need in needs:
        part, source = source_of(bench, need.wanted)
        request = need.wanted.request
        if answers is not None and answers.find(question_of(part.fingerprint, request)) is not None:
            kept += 1
            continue
        sizes.append(len(conversation_text(request)) + len(instructions_of(request)))
        limits.append(source.most_written(request) if isinstance(source, LiveBackend) else None)
        money.append(_price(bench, source, request, (ceil(sizes[-1] / SHORT_TOKEN), limits[-1])))
    bounds, prices = [limit for limit in limits if limit is not None], [price for price in money if price is not None]
    return Cost(
        requests=len(sizes),
        kept=kept,
        fewest_read=sum(ceil(size / LONG_TOKEN) for size in sizes),
        most_read=sum(ceil(size / SHORT_TOKEN) for size in sizes),
        most_written=sum(bounds) if len(bounds) == len(limits) else None,
        money=sum(prices, Decimal()) if len(prices) == len(money) else None,
    )


def source_of(bench: Workbench, wanted: Wanted) -> tuple[Part, Backend]:
    """Return who is asked when a request is recorded, with what it was built of.

    Raises:
        InvalidConfigurationError: If the backend names no source, or one that the suite has not.
    """
    if not isinstance(wanted.who, Recordings) or not wanted.who.source:
        finding = Finding(
            rule="no-source",
            severity=Severity.ERROR,
            message=f"backend {wanted.backend!r} does not say who is asked when something is recorded",
            hint="name another of the suite's backends: 'source: <name>'",
            location=bench.location("backends", wanted.backend),
        )
        raise InvalidConfigurationError([finding])
    part, backend = bench.named_backend(wanted.who.source, "backends", wanted.backend, "source")
    source = backend.backend if isinstance(backend, Stand) else backend
    if isinstance(source, Recordings):
        finding = Finding(
            rule="no-source",
            severity=Severity.ERROR,
            message=f"the source of backend {wanted.backend!r} plays recordings itself, and can be asked nothing new",
            hint="name a backend that asks a model",
            location=bench.location("backends", wanted.backend, "source"),
        )
        raise InvalidConfigurationError([finding])
    return part, source


def _price(
    bench: Workbench, source: Backend, request: CompletionRequest, size: tuple[int, int | None]
) -> Decimal | None:
    read, written = size
    if not isinstance(source, LiveBackend) or written is None:
        return None
    return bench.live.prices.most(source.endpoint, [source.model_of(request)], read=read, written=written)


def _recorded(wanted: Wanted) -> Completion | None:
    if not isinstance(wanted.who, Recordings):
        return None
    found = (item for item in wanted.who.recordings if item.request == wanted.request.fingerprint)
    recording = next(found, None)
    return None if recording is None else recording.completion


class Files:
    """The recordings of one backend, each given to the request that it answers, or once answered.

    Attributes:
        spare: Recordings that nobody asks for.
    """

    def __init__(self, wanted: Sequence[Wanted], taken: Iterable[str] = ()) -> None:
        """Take what is asked of the backend, no request twice, and the files that are given away already."""
        who = wanted[0].who
        assert isinstance(who, Recordings)  # noqa: S101 - the caller has looked
        self._wanted = wanted
        self._location = who.location
        self._exact = {recording.request: recording for recording in who.recordings}
        asked = {item.request.fingerprint for item in wanted}
        self.spare = [recording for recording in who.recordings if recording.request not in asked]
        self._names = {path.casefold() for path in (*(recording.path for recording in who.recordings), *taken)}

    def needs(self) -> Iterator[Need]:
        """Yield how every request stands, in order."""
        former = {item.request.fingerprint: self._taken(self._same_words(item)) for item in self._unrecorded()}
        for item in self._unrecorded():
            key = item.request.fingerprint
            former[key] = former[key] or self._taken(self._same_case(item))
        for item in self._wanted:
            key = item.request.fingerprint
            exact, stale = self._exact.get(key), former.get(key)
            if exact is not None:
                yield Need(wanted=item, state=State.RECORDED, recording=exact, reasons=(), path=exact.path)
            elif stale is not None:
                reasons = tuple(_reasons(item, stale))
                yield Need(wanted=item, state=State.STALE, recording=stale, reasons=reasons, path=stale.path)
            else:
                yield Need(wanted=item, state=State.MISSING, recording=None, reasons=(), path=self.new_path(item))

    def new_path(self, wanted: Wanted) -> str:
        """Return a file that there is not yet, called after the case."""
        # An identifier is the name of a file as it is.
        stem = wanted.plan.case.identifier + ("-choice" if wanted.stage is Asked.ROUTING else "")
        stem += f"-{wanted.request.repetition}" if wanted.request.repetition else ""
        names = chain([stem, f"{stem}-{wanted.plan.key.subject}"], (f"{stem}-{number}" for number in count(2)))
        paths = (f"{self._location.rstrip('/')}/{name}.md" for name in names if name.casefold() != "readme")
        path = next(path for path in paths if path.casefold() not in self._names)
        self._names.add(path.casefold())
        return path

    def _unrecorded(self) -> Iterator[Wanted]:
        return (item for item in self._wanted if item.request.fingerprint not in self._exact)

    def _taken(self, found: Iterable[Recording]) -> Recording | None:
        recording = next(iter(found), None)
        if recording is not None:
            self.spare.remove(recording)
        return recording

    def _same_words(self, item: Wanted) -> list[Recording]:
        same = [recording for recording in self.spare if recording.conversation == item.request.conversation]
        return sorted(same, key=lambda recording: (recording.case != item.plan.case.identifier, recording.path))

    def _same_case(self, item: Wanted) -> list[Recording]:
        chooses = item.stage is Asked.ROUTING
        return [
            recording
            for recording in self.spare
            if recording.case == item.plan.case.identifier
            and recording.subject in {"", item.plan.key.subject}
            and recording.repetition == item.request.repetition
            and _chooses(recording) == chooses
        ]


def _chooses(recording: Recording) -> bool:
    settings = recording.settings or {}
    return "answer_schema" in settings or "tools" in settings


def _reasons(wanted: Wanted, stale: Recording) -> Iterator[str]:
    """Say which edits made a recording stale."""
    request = wanted.request
    if stale.conversation != request.conversation:
        yield "the request was edited, or what was said before it"
    system = instructions_of(request)
    if stale.instructions and stale.instructions != fingerprint_of(system):
        is_choice = wanted.stage is Asked.ROUTING
        yield (
            "the agents that are listed were edited, or how they are"
            if is_choice
            else f"the instructions of {str(wanted.plan.assigned or 'the agent')!r} were edited"
        )
    if stale.settings is not None:
        yield from _changes(stale.settings, settings_of(request))
    elif not stale.instructions and stale.conversation == request.conversation:
        yield "the agent's instructions were edited, or the sampling"


def _changes(before: Mapping[str, object], now: Mapping[str, object]) -> Iterator[str]:
    for name in sorted({*before, *now}):
        if before.get(name) != now.get(name):
            yield f"{name} was changed from {before.get(name)!r} to {now.get(name)!r}"
