"""How much of a run was not asked now, and how old that is."""

from collections.abc import Iterator
from datetime import date

from passmuster.domain.answers import Completion, Origin, RoutingDecision
from passmuster.domain.results import Run


def kept_sentences(run: Run) -> Iterator[str]:
    """Say how many choices and answers were made before this run, and when; nothing where all were made now."""
    if run.manifest.rescored is not None:
        yield (
            f"The answers are those of run {run.manifest.rescored}, judged again by the suite as it was on "
            f"{run.manifest.started_at:%Y-%m-%d}: they are no new evidence of what the agents do."
        )
    choices = [trial.answer.routing for trial in run.trials if isinstance(trial.answer.routing, RoutingDecision)]
    answers = [trial.answer.completion for trial in run.trials if isinstance(trial.answer.completion, Completion)]
    earlier = [choice.made_on for choice in choices if choice.made_on]
    if earlier:
        yield _sentence(run, earlier, f"{len(earlier)} of {len(choices)} choices")
    kept = [answer.made_on for answer in answers if answer.origin is Origin.CACHED]
    if kept:
        yield _sentence(run, kept, f"{len(kept)} of {len(answers)} answers")


def _sentence(run: Run, days: list[str], counted: str) -> str:
    oldest = min(days)
    age = (run.manifest.started_at.date() - date.fromisoformat(oldest)).days
    before = "1 day" if age == 1 else f"{age} days"
    when = f"from {oldest}, {before} before this run" if age > 0 else "from the day of this run"
    return (
        f"{counted} rest on what was had before and kept, the oldest {when}: they are no new evidence of what "
        "the models do now, which `passmuster run --fresh` asks for."
    )
