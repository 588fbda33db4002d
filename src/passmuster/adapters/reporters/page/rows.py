"""The page's columns: an entry for each case, and one for each case of each subject."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import cast

from passmuster.adapters.reporters.case_badges import Quarantines, badges
from passmuster.adapters.reporters.case_views import states_of
from passmuster.adapters.reporters.page.figures import COST_DIGITS, SECOND_DIGITS, mean, number, share
from passmuster.adapters.reporters.page.interning import NOTHING, Names
from passmuster.adapters.reporters.page.page_format import Cases, Rows
from passmuster.adapters.reporters.wording import NOT_RUN, Mark, gravest, outcome_mark, rubric_mark
from passmuster.analysis.observing import usual_choice
from passmuster.domain.answers import Completion, RoutingDecision
from passmuster.domain.comparisons import CaseChange
from passmuster.domain.observations import NOBODY, Aspect, CaseObservation, RoutingOutcome
from passmuster.domain.reports import CaseReport, Report
from passmuster.domain.results import Score, Trial
from passmuster.domain.values import AgentName, CaseIdentifier, Usage
from passmuster.texts.visible import excerpt, visible

EXCERPT_LENGTH = 200
"""So many characters of a request stand in the columns, where every search looks."""

_WORDS = {RoutingOutcome.PREFERRED: "right"}
_NOT_MEASURED = "unmeasured"
_FLAKY = "flaky"
_WAITING = "quarantine"


class RowColumns:
    """Fills the columns of rows and of cases, each case once."""

    def __init__(self, report: Report, words: Names, agents: Names) -> None:
        """Take what is looked up for every row."""
        self._report = report
        self._words = words
        self._agents = agents
        self._quarantines = Quarantines(report.quarantines)
        self._subjects = {subject.record.name: place for place, subject in enumerate(report.subjects)}
        observed = () if report.before is None else report.before.observations
        self._before = {(item.subject, item.case): item for item in observed}

    def cases(self) -> tuple[Cases, Mapping[CaseIdentifier, int]]:
        """Return the columns of the cases, and each case's place in them."""
        known = {item.case.identifier: item.case for item in self._report.cases}
        cases = list(known.values())
        waiting = {item.case for item in self._report.quarantines}
        columns = Cases(
            identifier=[visible(case.identifier) for case in cases],
            request=[excerpt(case.request.text, EXCERPT_LENGTH) for case in cases],
            expected=[self._agent(case.expectation.preferred) for case in cases],
            acceptable=[self._agents.places(sorted(case.expectation.acceptable)) for case in cases],
            forbidden=[self._agents.places(sorted(case.expectation.forbidden)) for case in cases],
            stratum=[self._words.place(case.stratum.value) for case in cases],
            split=[self._words.place(case.split) for case in cases],
            tags=[self._words.places(sorted(case.tags)) for case in cases],
            badges=[
                self._words.places([*badges(case), *([_WAITING] if case.identifier in waiting else [])])
                for case in cases
            ],
        )
        return columns, {identifier: place for place, identifier in enumerate(known)}

    def rows(self, places: Mapping[CaseIdentifier, int], details: Mapping[int, tuple[int, int]]) -> Rows:
        """Return the columns of the rows.

        Args:
            places: Each case's place in the columns of the cases.
            details: The chunk of each row that has one, and its place there, by the row's number.
        """
        columns = _no_rows()
        for index, item in enumerate(self._report.cases):
            columns["subject"].append(self._subjects.get(item.subject, NOTHING))
            columns["case"].append(places[item.case.identifier])
            chunk, place = details.get(index, (NOTHING, NOTHING))
            columns["chunk"].append(chunk)
            columns["place"].append(place)
            self._add_now(columns, item)
            self._add_before(columns, item)
            self._add_change(columns, item)
        return columns

    def _add_now(self, columns: Rows, item: CaseReport) -> None:
        seen = item.observation
        quarantine = self._quarantines.of(item.subject, item.case.identifier)
        word, tone = outcome_word(seen)
        columns["chosen"].append(self._usual(seen.chosen))
        columns["outcome"].append(self._words.place(word))
        columns["tone"].append(self._words.place(tone))
        columns["right"].append(share(seen.routing_rate))
        columns["passed"].append(share(seen.rubric_rate))
        columns["score"].append(share(seen.rubric_score))
        columns["states"].append(self._words.places(states_of(item, quarantine)))
        columns["trials"].append(len(item.trials))
        columns["choices"].append(self._choices(seen.chosen))
        columns["outcomes"].append(self._words.places(outcome.value for outcome in seen.outcomes))
        columns["cost"].append(number(cost_of(item.trials), COST_DIGITS))
        columns["seconds"].append(number(mean(trial.duration for trial in item.trials), SECOND_DIGITS))

    def _add_before(self, columns: Rows, item: CaseReport) -> None:
        then = self._then(item)
        columns["was"].append(NOTHING if then is None else self._usual(then.chosen))
        columns["right_before"].append(None if then is None else share(then.routing_rate))
        columns["passed_before"].append(None if then is None else share(then.rubric_rate))
        columns["choices_before"].append([] if then is None else self._choices(then.chosen))
        outcomes = () if then is None else then.outcomes
        columns["outcomes_before"].append(self._words.places(outcome.value for outcome in outcomes))
        is_new = then is not None and _is_steady(then) and not _is_steady(item.observation)
        columns["is_newly_flaky"].append(int(is_new))

    def _then(self, item: CaseReport) -> CaseObservation | None:
        """Return what was observed before of the same case; an edited one is another."""
        then = self._before.get((item.subject, item.case.identifier))
        return None if then is None or then.fingerprint != item.observation.fingerprint else then

    def _add_change(self, columns: Rows, item: CaseReport) -> None:
        by_aspect = {change.aspect: change for change in item.changes}
        routing, output = by_aspect.get(Aspect.ROUTING), by_aspect.get(Aspect.OUTPUT)
        columns["change"].append(self._kind(routing))
        columns["rubric_change"].append(self._kind(output))
        columns["stolen_by"].append(NOTHING if routing is None else self._agents.place(routing.stolen_by))
        columns["lost_to"].append(NOTHING if routing is None else self._agents.place(routing.lost_to))

    def _kind(self, change: CaseChange | None) -> int:
        return NOTHING if change is None else self._words.place(change.kind.value)

    def _agent(self, name: AgentName | None) -> int:
        return self._agents.place(name or NOBODY)

    def _usual(self, chosen: Sequence[AgentName | None]) -> int:
        return self._agents.place(usual_choice(chosen))

    def _choices(self, chosen: Sequence[AgentName | None]) -> list[int]:
        return [self._agent(name) for name in chosen]


def outcome_word(seen: CaseObservation) -> tuple[str, str]:
    """Return the one word by which a row is found, and its tone: the choice's, or the output's where none was made."""
    mark = outcome_mark(seen)
    rate = seen.routing_rate
    if rate is None:
        return _without_choice(seen, mark)
    if 0 < rate < 1:
        return _FLAKY, mark.tone
    outcome = gravest(seen.outcomes)
    return _WORDS.get(outcome, outcome.value), mark.tone


def _without_choice(seen: CaseObservation, mark: Mark) -> tuple[str, str]:
    rubric = rubric_mark(seen)
    if rubric is None:
        return (NOT_RUN.word, NOT_RUN.tone) if not seen.was_asked else (_NOT_MEASURED, mark.tone)
    passed = sum(seen.passed)
    word = "passed" if passed == len(seen.passed) else _FLAKY if passed else "failed"
    return word, rubric.tone


def cost_of(trials: Sequence[Trial]) -> float | None:
    """Return what trials cost in US dollars; ``None`` where no price is known."""
    known = [usage.cost for trial in trials for usage in _usages(trial) if usage.cost is not None]
    return float(sum(known, start=Decimal())) if known else None


def _usages(trial: Trial) -> Iterator[Usage]:
    for part in (trial.answer.routing, trial.answer.completion):
        if isinstance(part, RoutingDecision | Completion):
            yield part.usage
    yield from (outcome.usage for outcome in trial.outcomes if isinstance(outcome, Score))


def _is_steady(seen: CaseObservation) -> bool:
    return all(rate in {None, 0.0, 1.0} for rate in (seen.routing_rate, seen.rubric_rate))


def _no_rows() -> Rows:
    # The names of a TypedDict are known to types alone.
    return cast("Rows", {name: [] for name in Rows.__annotations__})
