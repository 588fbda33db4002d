"""How much of a run was not asked now, and how old that is."""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date

from passmuster.analysis.compact_trials import kinds_of
from passmuster.domain.answers import Completion, Origin, RoutingDecision
from passmuster.domain.results import Run


def kept_sentences(run: Run) -> Iterator[str]:
    """Say how many choices and answers were made before this run, and when; nothing where all were made now."""
    if run.manifest.rescored is not None:
        yield (
            f"The answers are those of run {run.manifest.rescored}, judged again by the suite as it was on "
            f"{run.manifest.started_at:%Y-%m-%d}: they are no new evidence of what the agents do."
        )
    choices = answers = 0
    earlier: Counter[str] = Counter()
    kept: Counter[str] = Counter()
    for trial, alike in kinds_of(run.trials):
        choice, answer = trial.answer.routing, trial.answer.completion
        if isinstance(choice, RoutingDecision):
            choices += alike
            earlier[choice.made_on] += alike * bool(choice.made_on)
        if isinstance(answer, Completion):
            answers += alike
            kept[answer.made_on] += alike * (answer.origin is Origin.CACHED)
    earlier, kept = +earlier, +kept
    if earlier:
        yield _sentence(run, earlier, f"{earlier.total()} of {choices} choices")
    if kept:
        yield _sentence(run, kept, f"{kept.total()} of {answers} answers")


def _sentence(run: Run, days: Iterable[str], counted: str) -> str:
    oldest = min(days)
    age = (run.manifest.started_at.date() - date.fromisoformat(oldest)).days
    before = "1 day" if age == 1 else f"{age} days"
    when = f"from {oldest}, {before} before this run" if age > 0 else "from the day of this run"
    return (
        f"{counted} rest on what was had before and kept, the oldest {when}: they are no new evidence of what "
        "the models do now, which `passmuster run --fresh` asks for."
    )
