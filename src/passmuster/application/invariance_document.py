"""What perturbations did, as a document: for people as Markdown, for machines as plain data."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence

from passmuster.application.invariance import Invariance, Pair
from passmuster.domain.observations import NOBODY, Estimate
from passmuster.domain.values import SubjectName

WORST = 5
"""How many examples of each pack are shown."""

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>()#+!|~])")

Found = Mapping[SubjectName, Sequence[Invariance]]


def plain(suite: str, seed: int, found: Found) -> dict[str, object]:
    """Return everything that was measured, for machines."""
    return {
        "suite": suite,
        "seed": seed,
        "subjects": {name: [_plain_row(row) for row in rows] for name, rows in found.items()},
    }


def markdown_of(suite: str, seed: int, found: Found) -> str:
    """Return a page with one table for each subject and the worst examples; every text of others is escaped."""
    lines = [
        f"# {_escaped(suite)}: what choices do not depend on",
        "",
        "Each request was asked as it is and as each perturbation rewrites it.",
        "None of them should change who takes it.",
        f"The seed is {seed}; intervals are at 95 %.",
    ]
    for name, rows in found.items():
        lines += ["", f"## {_escaped(name)}", "", *_table(rows), *_by_agent(rows), *_by_language(rows)]
        for row in rows:
            lines += _examples(row)
    return "\n".join(lines) + "\n"


def _table(rows: Sequence[Invariance]) -> Iterator[str]:
    yield "| perturbation | what it does | cases | choices kept | right before | right after | difference |"
    yield "|---|---|---:|---:|---:|---:|---:|"
    for row in rows:
        before, after = row.accuracy
        if row.obstacle:
            yield f"| `{row.pack}` | {_escaped(row.obstacle)} | 0 ({row.failed} failed) | – | – | – | – |"
            continue
        notes = [f"{row.untouched} untouched"] * bool(row.untouched) + [f"{row.failed} failed"] * bool(row.failed)
        size = f"{len(row.pairs)}" + (f" ({', '.join(notes)})" if notes else "")
        yield (
            f"| `{row.pack}` | {_escaped(row.summary)} | {size} | {_percent(row.unchanged)} | {before:.1%} "
            f"| {after:.1%} | {_points(row.difference)} |"
        )


def _by_agent(rows: Sequence[Invariance]) -> Iterator[str]:
    """Yield the share of choices kept by agent, those that lose most first."""
    shares = {row.pack: row.by_agent() for row in rows}
    values: defaultdict[str, list[float]] = defaultdict(list)
    for own in shares.values():
        for agent, share in own.items():
            values[agent].append(share.value)
    agents = sorted(values, key=lambda name: (min(values[name]), name))
    yield from _kept(
        "agent", "the agent that is expected", agents, shares, lambda share: f"{share.value:.0%}" if share else "–"
    )


def _by_language(rows: Sequence[Invariance]) -> Iterator[str]:
    shares = {row.pack: row.by_language() for row in rows}
    languages = sorted({language for own in shares.values() for language in own})
    yield from _kept("language", "the language of the request", languages, shares, _percent)


def _kept(
    what: str,
    whose: str,
    names: Sequence[str],
    shares: Mapping[str, Mapping[str, Estimate]],
    shown: Callable[[Estimate | None], str],
) -> Iterator[str]:
    """Yield the table of choices kept, with a row for each name and a column for each pack; nothing without names."""
    if not names:
        return
    yield from ("", f"### Choices kept, by {whose}", "")
    yield f"| {what} | {' | '.join(f'`{pack}`' for pack in shares)} |"
    yield f"|---|{'---:|' * len(shares)}"
    for name in names:
        yield f"| {_escaped(name)} | {' | '.join(shown(own.get(name)) for own in shares.values())} |"


def _examples(row: Invariance) -> Iterator[str]:
    worst = row.worst(WORST)
    if worst:
        yield from ("", f"### Worst of `{row.pack}`", "")
    for pair in worst:
        yield f"* **{_escaped(pair.case.identifier)}**: {_escaped(_movement(pair))}"
        yield f"  > {_escaped(' '.join(pair.text.split()))}"


def _movement(pair: Pair) -> str:
    was, now = pair.before.chosen or NOBODY, pair.after_name or NOBODY
    if pair.is_unchanged:
        return f"stays with {now}, nearer to changing by {pair.lost_margin:.2f}"
    verdict = ", which was right" if pair.was_right and not pair.is_right else ""
    verdict = ", which is right" if pair.is_right and not pair.was_right else verdict
    return f"went to {was}, now to {now}{verdict}"


def _plain_row(row: Invariance) -> dict[str, object]:
    before, after = row.accuracy
    return {
        "perturbation": row.pack,
        "summary": row.summary,
        "cases": len(row.pairs),
        "untouched": row.untouched,
        "failed": row.failed,
        "obstacle": row.obstacle,
        "unchanged": _plain_estimate(row.unchanged),
        "accuracy_before": before if row.pairs else None,
        "accuracy_after": after if row.pairs else None,
        "difference": _plain_estimate(row.difference),
        "by_agent": {name: _plain_estimate(share) for name, share in row.by_agent().items()},
        "by_language": {name: _plain_estimate(share) for name, share in row.by_language().items()},
        "worst": [
            {
                "case": pair.case.identifier,
                "request": pair.text,
                "before": pair.before.chosen,
                "after": pair.after_name,
                "was_right": pair.was_right,
                "is_right": pair.is_right,
                "lost_margin": pair.lost_margin,
            }
            for pair in row.worst(WORST)
        ],
    }


def _plain_estimate(estimate: Estimate | None) -> dict[str, object] | None:
    if estimate is None:
        return None
    return {"value": estimate.value, "lower": estimate.lower, "upper": estimate.upper, "cases": estimate.sample_size}


def _percent(estimate: Estimate | None) -> str:
    return "–" if estimate is None else f"{estimate.value:.1%} [{estimate.lower:.0%}, {estimate.upper:.0%}]"


def _points(estimate: Estimate | None) -> str:
    if estimate is None:
        return "–"
    return f"{100 * estimate.value:+.1f} [{100 * estimate.lower:+.1f}, {100 * estimate.upper:+.1f}]"


def _escaped(text: str) -> str:
    """Escape what Markdown would read as its own, and drop what is not seen."""
    shown = "".join(character if character.isprintable() else " " for character in text)
    return _SPECIAL.sub(r"\\\1", shown)
