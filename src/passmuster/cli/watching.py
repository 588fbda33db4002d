"""The command `watch`: after each save, whom the agents' words send requests to now, and what moved."""

import asyncio
import os
import sys
import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NoReturn, Self

from rich.console import Console
from rich.text import Text

from passmuster.analysis.causes_in_words import roster_words
from passmuster.application.curating import refuse_unknown_agents
from passmuster.application.planning import PlannedSubject, refuse_seen
from passmuster.application.reasking import Moment, Moves, Reasking, choices_only, moves_between
from passmuster.cli.console import print_moved, safe, terminal
from passmuster.cli.leaving import complain, say
from passmuster.cli.opening import accepted_baseline, former_agents
from passmuster.cli.printing import findings_of, plain_change, plain_roster, print_json_line
from passmuster.composition.building import Workbench
from passmuster.composition.file_stamps import Stamps, places_of, saved_between, stamps_of
from passmuster.composition.live import Live
from passmuster.composition.prices import free_parts
from passmuster.configuration.reading import find_suite
from passmuster.configuration.settings import Settings
from passmuster.configuration.spending import written_cap
from passmuster.domain.answers import Asked
from passmuster.domain.comparisons import ChangeKind
from passmuster.domain.errors import InvalidConfigurationError, InvalidInputError, PassmusterError
from passmuster.domain.findings import Finding, Severity
from passmuster.domain.observations import Snapshot
from passmuster.domain.values import AgentName, SubjectName

LOOKS_EVERY: Final = 0.1
"""Seconds between two looks at the files: half of it is what a save waits for on average."""

SHARE_OF_LOOKING: Final = 0.05
"""Of a processor's time at the most, so that a roster of thousands of files is looked at less often."""

QUIET: Final = 0.03
"""Seconds in which nothing more is written, before files are read: editors write in several steps."""

RESTLESS: Final = 1.0
"""Seconds after which files are read although somebody still writes."""

AGENT_FILES: Final = (".md", ".mdc", ".toml")
"""An edit of such files leaves the cases as they were read before."""

SHOWN_FILES: Final = 3

BASELINE: Final = "the accepted baseline"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What the command line asks for.

    Attributes:
        only: The subjects to ask; empty means those that ask nobody outside this machine.
        budget: What may be spent on others, as it was written.
        as_json: Whether a machine reads along.
    """

    only: Collection[str]
    budget: tuple[str, ...]
    as_json: bool


def watch(suite: str | None, wish: Wish) -> NoReturn:
    """Look on until somebody interrupts.

    Raises:
        InvalidConfigurationError: If there is no such suite, or at the beginning nobody who could be asked.
    """
    cap = written_cap(wish.budget)
    settings = Settings()
    path = find_suite(suite or settings.suite, Path.cwd())
    first = Workbench(path, settings)
    first.cap = first.cap.overridden(cap)
    try:
        _asked_names(first, wish.only)
        with asyncio.Runner() as runner:
            _Watch(path, settings, wish, (runner, first.live)).go_on()
    finally:
        first.close()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sight:
    """A moment with what it is compared with, and how long it took to have it."""

    moment: Moment
    baseline: Snapshot | None
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class _Accepted:
    """What was accepted.

    Attributes:
        choices: The baseline, as far as choices go; ``None`` where there is none.
        agents: The agents that it knows.
    """

    choices: Snapshot | None
    agents: frozenset[AgentName]

    @classmethod
    def read(cls, bench: Workbench) -> Self:
        baseline = accepted_baseline(bench)
        agents = frozenset(former_agents(baseline))
        return cls(choices=None if baseline is None else choices_only(baseline), agents=agents)


class _Watch:
    """Looks at the files, asks again when one is saved, and tells what moved."""

    def __init__(self, suite: Path, settings: Settings, wish: Wish, shared: tuple[asyncio.Runner, Live]) -> None:
        """Begin with nothing seen.

        Args:
            suite: The path of the suite's file.
            settings: What the environment says.
            wish: What the command line asks for.
            shared: What lasts from one save to the next: the event loop, and what may be spent.
        """
        self._suite = suite
        self._settings = settings
        self._wish = wish
        self._runner, self._live = shared
        self._places: tuple[Path, ...] = (suite.parent,)
        self._last: Moment | None = None
        self._accepted: _Accepted | None = None
        self._is_broken = False

    def go_on(self) -> NoReturn:
        """Tell how things are, and then again after every save, for ever."""
        saved: tuple[str, ...] = ()
        stamps = stamps_of(self._places)
        while True:
            began = time.monotonic()
            bench = self._opened()
            if bench is not None:
                stamps = self._known(stamps, bench)
                self._tell(bench, saved, began)
                bench.close()
            stamps, saved = self._next_save(stamps)

    def _opened(self) -> Workbench | None:
        try:
            return Workbench(self._suite, self._settings, self._live)
        except PassmusterError as error:
            self._complain(error)
            return None

    def _known(self, stamps: Stamps, bench: Workbench) -> Stamps:
        """Take in what the suite is read from now; a file that was looked at before keeps its stamp from then."""
        places = places_of(bench)
        if places == self._places:
            return stamps
        self._places = places
        now = stamps_of(places)
        return {name: stamps.get(name, stamp) for name, stamp in now.items()}

    def _next_save(self, stamps: Stamps) -> tuple[Stamps, tuple[str, ...]]:
        """Wait until a file is another, and then until nobody writes any more."""
        pause = LOOKS_EVERY
        while True:
            time.sleep(pause)
            began = time.monotonic()
            now = stamps_of(self._places)
            if now != stamps:
                break
            pause = max(LOOKS_EVERY, (time.monotonic() - began) / SHARE_OF_LOOKING)
        while time.monotonic() - began < RESTLESS:
            time.sleep(QUIET)
            before, now = now, stamps_of(self._places)
            if now == before:
                break
        return now, saved_between(stamps, now)

    def _tell(self, bench: Workbench, saved: Sequence[str], began: float) -> None:
        try:
            sight = self._seen(bench, saved, began)
        except PassmusterError as error:
            self._complain(error)
            return
        former, self._last = self._last, sight.moment
        if former is None:
            self._show_first(bench, sight)
        elif self._is_broken or _is_other(former, sight.moment):
            self._show_next(former, sight, saved)
        self._is_broken = False

    def _seen(self, bench: Workbench, saved: Sequence[str], began: float) -> _Sight:
        """Read everything, and ask whoever is to be asked."""
        names = _asked_names(bench, self._wish.only)
        # Only agents were saved, so that everything else is as it was read before.
        is_roster_alone = bool(saved) and all(name.endswith(AGENT_FILES) for name in saved) and not self._is_broken
        if self._accepted is None or not is_roster_alone:
            self._accepted = _Accepted.read(bench)
        accepted = self._accepted
        subjects = bench.subjects(names)
        bench.refuse_missing_secrets([name for name in names if name not in _free_names(bench)])
        are_cases_known = is_roster_alone and bench.configuration.twins != "right"
        cases = self._last.cases if self._last is not None and are_cases_known else bench.cases
        refuse_unknown_agents(cases, bench.roster, accepted.agents)
        refuse_seen(subjects, cases)

        def build(name: SubjectName, roster: object) -> PlannedSubject:
            assert roster is bench.roster  # noqa: S101 - nobody asks about other agents while looking on
            return bench.subjects([name])[0]

        reasking = Reasking(
            free={SubjectName(name) for name in _free_names(bench)},
            build=build,
            executor=bench.executor,
            clock=bench.clock,
            seed=bench.configuration.seed,
            baseline=accepted.choices,
        )
        made: list[Moment] = []

        async def ask() -> None:
            # Not returned: when it lets go of Ctrl-C, asyncio spells out what its main task returned.
            made.append(await reasking.ask(subjects, bench.roster, cases, self._last))

        self._runner.run(ask())
        return _Sight(moment=made[0], baseline=accepted.choices, seconds=time.monotonic() - began)

    def _complain(self, error: PassmusterError) -> None:
        self._is_broken = True
        if self._wish.as_json:
            findings = findings_of(error.findings) if isinstance(error, InvalidInputError) else []
            print_json_line({"error": str(error), "findings": findings})
            return
        say(f"{_now()}  this cannot be asked yet; what was shown last still stands")
        if isinstance(error, InvalidInputError):
            complain(error)
        else:
            say(f"error: {error}")

    def _show_first(self, bench: Workbench, sight: _Sight) -> None:
        moves = _moves(sight.baseline, sight.moment)
        if self._wish.as_json:
            self._print_plain((), sight, None, moves)
            return
        console = terminal()
        moment, names = sight.moment, [record.name for record in sight.moment.snapshot.subjects]
        agents, cases = len(moment.roster.agents), len(moment.cases)
        sentence = f"watching {self._suite}: {agents} agents, {cases} cases; asked: {', '.join(names)}; Ctrl-C ends"
        console.print(safe(sentence), soft_wrap=True)
        for line in _left_out(bench, names):
            console.print(Text("· ") + safe(line), style="dim", soft_wrap=True)
        _print_since(BASELINE, moves, console)
        _print_shares(moment, sight.seconds, console)

    def _show_next(self, former: Moment, sight: _Sight, saved: Sequence[str]) -> None:
        since_save = _moves(former.snapshot, sight.moment)
        since_baseline = _moves(sight.baseline, sight.moment)
        if self._wish.as_json:
            self._print_plain(saved, sight, since_save, since_baseline)
            return
        console = terminal()
        console.print()
        console.print(Text(f"{_now()}  ", style="dim") + safe(_files(saved)), style="bold", soft_wrap=True)
        if since_save is not None and since_baseline is not None and since_save.cases == since_baseline.cases:
            _print_since(f"the last save, and {BASELINE}", since_save, console)
        else:
            _print_since("the last save", since_save, console)
            _print_since(BASELINE, since_baseline, console)
        _print_shares(sight.moment, sight.seconds, console)

    def _print_plain(
        self, saved: Sequence[str], sight: _Sight, since_save: Moves | None, since_baseline: Moves | None
    ) -> None:
        moment = sight.moment
        shares = {record.name: moment.right(record.name) for record in moment.snapshot.subjects}
        print_json_line(
            {
                "saved": list(saved),
                "seconds": round(sight.seconds, 3),
                "subjects": [
                    {"subject": name, "asked": moment.asked.get(name, 0), "right": right, "of": cases}
                    for name, (right, cases) in shares.items()
                ],
                "since_last_save": _plain(since_save),
                "since_baseline": _plain(since_baseline),
            }
        )


def _asked_names(bench: Workbench, only: Collection[str]) -> list[str]:
    """Return who is asked: whom somebody named, or else all who ask nobody outside this machine."""
    if only:
        return list(only)
    free = _free_names(bench)
    if not free:
        finding = Finding(
            rule="nobody-free",
            severity=Severity.ERROR,
            message="every subject of this suite asks somebody outside this machine, which may cost money",
            hint=f"name the one to ask: --subject {next(iter(bench.configuration.subjects))}",
        )
        raise InvalidConfigurationError([finding])
    return free


def _free_names(bench: Workbench) -> list[str]:
    free = free_parts(bench)
    return [name for name in bench.configuration.subjects if Asked.ROUTING in free[SubjectName(name)]]


def _left_out(bench: Workbench, names: Collection[str]) -> list[str]:
    """Say who is not asked, and what is not looked at."""
    free = _free_names(bench)
    dear = [name for name in bench.configuration.subjects if name not in free and name not in names]
    told = [f"not asked, since that may cost money: {', '.join(dear)}; --subject asks them"] if dear else []
    asked = [name for name in names if name not in free]
    if asked:
        told.append(f"{', '.join(asked)}: asked only what an edit may move, after each save")
    if any(case.rubric is not None for case in bench.cases):
        told.append("outputs are not judged here; `passmuster run` judges them")
    return told


def _moves(before: Snapshot | None, now: Moment) -> Moves | None:
    return None if before is None else moves_between(before, now.snapshot)


def _is_other(former: Moment, now: Moment) -> bool:
    """Whether anything was saved that counts; a copy that an editor leaves beside a file does not."""
    return (
        former.snapshot.agents != now.snapshot.agents
        or former.cases != now.cases
        or former.snapshot.subjects != now.snapshot.subjects
    )


def _files(saved: Sequence[str]) -> str:
    here = os.fspath(Path.cwd()) + os.sep
    names = [name.removeprefix(here) for name in saved[:SHOWN_FILES]]
    more = f" and {len(saved) - SHOWN_FILES} more" if len(saved) > SHOWN_FILES else ""
    return f"{', '.join(names)}{more}"


def _print_since(since: str, moves: Moves | None, console: Console) -> None:
    if moves is None:
        if since == BASELINE:
            console.print("there is no accepted baseline yet; make one with `passmuster accept`", style="dim")
        return
    edited = "" if moves.roster.is_empty else f" ({roster_words(moves.roster)})"
    counted = [change for change in moves.cases if change.kind in {ChangeKind.ADDED, ChangeKind.EDITED}]
    others = f"; {len(counted)} cases are new or edited" if counted else ""
    moved = [change for change in moves.cases if change.kind not in {ChangeKind.ADDED, ChangeKind.EDITED}]
    words = "since {}{}:{}".format(since, edited, "" if moved else " nothing moved")
    console.print(safe(words + others), soft_wrap=True)
    print_moved(moved, console, "in the JSON that --json prints")


def _print_shares(moment: Moment, seconds: float, console: Console) -> None:
    shares = []
    for record in moment.snapshot.subjects:
        right, cases = moment.right(record.name)
        shares.append(f"{record.name}: {right} of {cases} right" if cases else f"{record.name}: nothing known yet")
    console.print(safe(f"{'; '.join(shares)}; {seconds:.2f} s"), style="dim", soft_wrap=True)
    sys.stdout.flush()


def _plain(moves: Moves | None) -> dict[str, object] | None:
    if moves is None:
        return None
    return {"roster": plain_roster(moves.roster), "cases": [plain_change(change) for change in moves.cases]}


def _now() -> str:
    return time.strftime("%H:%M:%S")
