"""What differs between two runs, in sentences."""

from collections.abc import Iterator, Sequence

from passmuster.analysis.causes import Cause, Difference
from passmuster.analysis.past_runs import PastRun
from passmuster.domain.comparisons import RosterChange
from passmuster.domain.results import Revision

SHOWN_AGENTS = 5
SHORT = 7
"""How many digits of a commit or a fingerprint people read."""


def revision_words(revision: Revision | None) -> str:
    """Name a revision as short as people do; an asterisk says that files differed from it."""
    if revision is None:
        return "–"
    return revision.commit[:SHORT] + ("*" if revision.is_dirty else "")


def between(runs: Sequence[PastRun], before: int, after: int) -> str:
    """Name two runs with their revisions."""
    named = []
    for place in (before, after):
        manifest = runs[place].manifest
        revision = f" ({revision_words(manifest.revision)})" if manifest.revision else ""
        named.append(f"{manifest.identifier}{revision}")
    return f"between runs {named[0]} and {named[1]}"


def cause_sentence(runs: Sequence[PastRun], cause: Cause) -> str:
    """Say what stands behind a change, as far as it is known."""
    words = "; ".join(difference_words(cause.difference))
    if not cause.difference.can_explain:
        known = f"{words}; else " if words else ""
        return (
            f"{known}agents, subject and models are the same on both sides: what answers has changed, or code of yours"
        )
    if not cause.distance:
        return words
    steps = "1 run" if abs(cause.distance) == 1 else f"{abs(cause.distance)} runs"
    way = "later" if cause.distance > 0 else "earlier"
    return f"nothing differs right there; {steps} {way}, {between(runs, cause.before, cause.after)}: {words}"


def difference_words(difference: Difference) -> Iterator[str]:
    """Yield what differs, the likeliest cause first."""
    if not difference.roster.is_empty:
        yield roster_words(difference.roster)
    if difference.is_configured_otherwise:
        yield "the subject is configured otherwise"
    if difference.models_before != difference.models_after:
        only = "" if not difference.roster.is_empty or difference.is_configured_otherwise else "only "
        models = f"{', '.join(difference.models_before)} → {', '.join(difference.models_after)}"
        yield f"{only}the model changed ({models})"
    if difference.versions:
        yield f"other versions of {', '.join(difference.versions)}"
    if difference.is_dataset_changed:
        yield "the dataset changed, and only shared cases count"


def roster_words(roster: RosterChange) -> str:
    """Say how two rosters differ."""
    edited = sorted([*roster.description_edited, *roster.otherwise_edited])
    said = [
        *(f"{name} edited" for name in edited),
        *(f"{name} added" for name in roster.added),
        *(f"{name} removed" for name in roster.removed),
    ]
    number = "1 agent" if len(said) == 1 else f"{len(said)} agents"
    more = f" and {len(said) - SHOWN_AGENTS} more" if len(said) > SHOWN_AGENTS else ""
    return f"the roster changed ({number}: {', '.join(said[:SHOWN_AGENTS])}{more})"
