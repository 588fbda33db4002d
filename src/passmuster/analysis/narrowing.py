"""Right choices that came closer to moving: an early warning, because few requests for an agent rarely flip at once."""

from collections import Counter
from collections.abc import Iterable

from passmuster.domain.comparisons import CaseChange, Comparison
from passmuster.domain.values import SubjectName

SHARE = 0.25
"""A margin has narrowed when it lost at least this share of itself."""


def narrowed(comparison: Comparison, subject: SubjectName) -> tuple[CaseChange, ...]:
    """Return a subject's cases whose choice is right and the same on both sides, and whose margin has narrowed."""
    return tuple(change for change in comparison.cases if change.subject == subject and _has_narrowed(change))


def narrowing_sentence(comparison: Comparison, subject: SubjectName) -> str | None:
    """Say how many requests came closer to moving, and towards whom; ``None`` if none did."""
    changes = narrowed(comparison, subject)
    if not changes:
        return None
    requests = "1 request" if len(changes) == 1 else f"{len(changes)} requests"
    came = f"{requests} kept the right choice with at least a quarter less lead"
    return f"{subject}: {came}, towards {_towards(change.rival for change in changes)}"


def _has_narrowed(change: CaseChange) -> bool:
    if change.margin_change is None or change.baseline_margin is None or not change.candidate_rate:
        return False
    return change.margin_change < 0 and -change.margin_change >= SHARE * change.baseline_margin


def _towards(rivals: Iterable[str], shown: int = 3) -> str:
    counts = Counter(rival or "no agent" for rival in rivals)
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    named = ", ".join(f"{name} ({number})" for name, number in ordered[:shown])
    rest = len(ordered) - shown
    return named if rest <= 0 else f"{named} and {rest} others"
