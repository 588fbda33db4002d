"""What passmuster puts beside a tool's own fields, so that nothing is lost on the way there and back.

What a tool has a field for stands in that field alone, and is read from there: people may have judged anew meanwhile.
"""

import json
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Final

from pydantic import TypeAdapter

from passmuster.adapters.run_files.complaints import Complaints, complaint
from passmuster.adapters.run_files.shaping import Shape, restored, shaped
from passmuster.documents import Document
from passmuster.domain.agents import Roster
from passmuster.domain.answers import Completion, Origin, RoutingDecision
from passmuster.domain.cases import Case
from passmuster.domain.results import Outcome, Run, RunManifest, Score, Trial
from passmuster.domain.values import Usage, json_form, json_writer

KEY: Final = "passmuster"
"""The key in a tool's metadata under which our notes stand."""

FORM: Final = 1
"""Raised when the notes change so that an older version could not read them."""

_LARGEST: Final = 2**63 - 1
_LONGEST: Final = 1e12
_MOST_REPETITIONS: Final = 100_000
_MOST_LOOKS: Final = 1_000
_FIRST_YEAR: Final = 1970
_LAST_YEAR: Final = 9998

CASE: Final = TypeAdapter(Case)
TRIAL: Final = TypeAdapter(Trial)
MANIFEST: Final = TypeAdapter(RunManifest)
ROSTER: Final = TypeAdapter(Roster)


class _Formed(Shape):
    form: int


def head_notes(run: Run) -> Mapping[str, object]:
    """Return what is noted once for a file."""
    return {
        "form": FORM,
        "manifest": MANIFEST.dump_python(run.manifest, warnings=False),
        "roster": ROSTER.dump_python(run.roster, warnings=False),
    }


def trial_notes(case: Case, trial: Trial) -> Mapping[str, object]:
    """Return what is noted beside one answer."""
    bare = trial
    if isinstance(trial.answer.completion, Completion):
        bare = replace(trial, answer=replace(trial.answer, completion=replace(trial.answer.completion, text="")))
    outcomes = tuple(replace(item, reason="") if isinstance(item, Score) else item for item in bare.outcomes)
    return {
        "form": FORM,
        "case": CASE.dump_python(case, warnings=False),
        "trial": TRIAL.dump_python(replace(bare, outcomes=outcomes), warnings=False),
    }


def has_notes(document: Document, *way: str) -> bool:
    """Whether there are notes of ours, which this version can read, at a place."""
    data = document.data
    for step in (*way, KEY):
        if not isinstance(data, Mapping) or step not in data:
            return False
        data = data[step]
    return True


def read_head(document: Document, complaints: Complaints, *way: str) -> tuple[RunManifest, Roster] | None:
    """Return what was noted of the whole; complains and returns ``None`` if that cannot be."""
    if not _is_sound(document, complaints, *way):
        return None
    manifest = restored(MANIFEST, document, complaints, *way, KEY, "manifest")
    roster = restored(ROSTER, document, complaints, *way, KEY, "roster")
    if manifest is None or roster is None:
        return None
    wrong = _wrong_in_manifest(manifest)
    return (manifest, roster) if _is_right(wrong, document, complaints, *way) else None


def read_trial(document: Document, complaints: Complaints, *way: str) -> tuple[Case, Trial] | None:
    """Return what was noted of one answer; complains and returns ``None`` if that cannot be."""
    if not _is_sound(document, complaints, *way):
        return None
    case = restored(CASE, document, complaints, *way, KEY, "case")
    trial = restored(TRIAL, document, complaints, *way, KEY, "trial")
    if case is None or trial is None:
        return None
    wrong = [*_wrong_in_case(case), *_wrong_in_trial(trial)]
    return (case, trial) if _is_right(wrong, document, complaints, *way) else None


def merged(trial: Trial, text: str, said: Mapping[str, tuple[float, str]], *, passing: float) -> Trial:
    """Return a trial with what stands in the tool's own fields.

    Args:
        trial: As it was noted.
        text: The answer, for a trial that has one.
        said: Value and reason by criterion; another value than was noted has been judged anew.
        passing: The value from which such a judgement is a pass.
    """
    answer = trial.answer
    if isinstance(answer.completion, Completion):
        answer = replace(answer, completion=replace(answer.completion, text=text))
    return replace(trial, answer=answer, outcomes=tuple(_merged(item, said, passing) for item in trial.outcomes))


def _merged(outcome: Outcome, said: Mapping[str, tuple[float, str]], passing: float) -> Outcome:
    found = said.get(outcome.criterion)
    if found is None:
        return outcome
    value, reason = found
    if not isinstance(outcome, Score):
        return Score(criterion=outcome.criterion, value=value, passed=value >= passing, reason=reason)
    if value == outcome.value:
        return replace(outcome, reason=reason)
    return replace(outcome, value=value, passed=value >= passing, reason=reason)


def _is_sound(document: Document, complaints: Complaints, *way: str) -> bool:
    formed = shaped(_Formed, document, complaints, *way, KEY)
    if formed is None:
        return False
    # Places are worked out for complaints only: that takes longer than reading.
    if formed.form != FORM:
        message = f"passmuster's notes are of form {formed.form}, and this version reads {FORM}"
        hint = "use the version of passmuster that wrote the file, or a newer one"
        complaints.add(complaint(message, document.location((*way, KEY)), hint=hint))
        return False
    data = document.data
    for step in (*way, KEY):
        data = data[step]  # type: ignore[index]  # has_notes has been there
    if not _fits(data):
        message = "passmuster's notes hold a number that no store takes"
        complaints.add(complaint(message, document.location((*way, KEY))))
        return False
    return True


def _is_right(wrong: Iterable[str], document: Document, complaints: Complaints, *way: str) -> bool:
    """Complain of values that no run can have, although they are of the right type."""
    found = list(wrong)
    for item in found:
        message = f"passmuster's notes tell of {item}"
        complaints.add(complaint(message, document.location((*way, KEY))))
    return not found


def _wrong_in_manifest(manifest: RunManifest) -> Iterator[str]:
    if not _is_moment(manifest.started_at):
        yield "a moment that is none"
    if not 1 <= manifest.looks <= _MOST_LOOKS:
        yield f"{manifest.looks} looks at a run"
    if len({record.name for record in manifest.subjects}) < len(manifest.subjects):
        yield "two subjects of one name"


def _wrong_in_case(case: Case) -> Iterator[str]:
    references = case.rubric.criteria if case.rubric else ()
    if not all(0 < weight < math.inf for weight in (case.weight, *(item.weight for item in references))):
        yield "a weight that is not positive"
    if case.rubric is not None and not 0 <= case.rubric.passing_score <= 1:
        yield "a passing score that is none"
    if len({item.name for item in references}) < len(references) or (case.rubric and not references):
        yield "a rubric whose criteria cannot be told apart"
    if not case.identifier:
        yield "a case without a name"


def _wrong_in_trial(trial: Trial) -> Iterator[str]:
    completion, routing = trial.answer.completion, trial.answer.routing
    parts = [part for part in (completion, routing) if isinstance(part, Completion | RoutingDecision)]
    usages = [part.usage for part in (*parts, *(item for item in trial.outcomes if isinstance(item, Score)))]
    if not _is_moment(trial.started_at):
        yield "a moment that is none"
    if not all(0 <= seconds <= _LONGEST for seconds in (trial.duration, *(part.latency for part in parts))):
        yield "seconds that are none"
    if not all(_is_day(part.made_on, part) for part in parts):
        yield "a day that is none"
    if not 0 < trial.inclusion <= 1:
        yield "a probability that is none"
    if not 0 <= trial.key.repetition <= _MOST_REPETITIONS:
        yield f"repetition {trial.key.repetition}"
    if not all(_is_amount(usage) for usage in usages):
        yield "tokens or dollars that are none"
    if len({item.criterion for item in trial.outcomes}) < len(trial.outcomes):
        yield "two judgements by one criterion"


def _is_moment(moment: datetime) -> bool:
    return moment.tzinfo is not None and _FIRST_YEAR <= moment.year <= _LAST_YEAR


def _is_day(written: str, part: Completion | RoutingDecision) -> bool:
    """Whether this is the day on which an answer was made; only one that was made in the run may be without."""
    if not written:
        return not (isinstance(part, Completion) and part.origin is Origin.CACHED)
    try:
        date.fromisoformat(written)
    except ValueError:
        return False
    return True


def _is_amount(usage: Usage) -> bool:
    tokens = (usage.input_tokens, usage.output_tokens, usage.cached_tokens, usage.cache_written_tokens)
    is_cost = usage.cost is None or (usage.cost.is_finite() and 0 <= usage.cost <= _LARGEST)
    return is_cost and min(*tokens, usage.reasoning_tokens) >= 0


def _fits(data: object) -> bool:
    """Whether no number is too large for a database, or none at all."""
    waiting = [data]
    while waiting:
        item = waiting.pop()
        if isinstance(item, dict):
            waiting.extend(item.values())
        elif isinstance(item, list):
            waiting.extend(item)
        elif isinstance(item, int) and abs(item) > _LARGEST:
            return False
    return True


def dollars(value: float) -> Decimal:
    """Return an amount that JSON holds as a binary fraction, as it was written."""
    return Decimal(str(value))


def json_bytes(value: object) -> bytes:
    """Return JSON text of plain data and of notes; halves of characters, which UTF-8 lacks, become question marks."""
    return _WRITE(value).encode("utf-8", "replace")


_WRITE: Final = json_writer(json.JSONEncoder(default=json_form, ensure_ascii=False, separators=(",", ":")))
