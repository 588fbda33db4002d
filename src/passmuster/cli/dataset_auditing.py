"""The command `dataset audit`: cases that tell less than they seem to."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.text import Text

from passmuster.application.auditing import Audit, LeakyCase, audit
from passmuster.application.deduplicating import Duplicate
from passmuster.application.doubting import Doubt, Voter, doubts_by_pair
from passmuster.cli.console import progress_bar, safe, terminal
from passmuster.cli.dataset_changing import plain_pair
from passmuster.cli.dataset_opening import Material, Wish, opened_cases
from passmuster.cli.leaving import say
from passmuster.cli.printing import findings_of, print_json
from passmuster.composition.marking import mark_leaky
from passmuster.composition.voters import built_in_voters, embedder_in, embedder_of, voter_of, voters_of
from passmuster.documents import parse_yaml
from passmuster.domain.agents import Roster
from passmuster.domain.cases import Case
from passmuster.domain.errors import InvalidConfigurationError, InvalidInputError
from passmuster.domain.findings import Finding, Severity
from passmuster.domain.observations import NOBODY
from passmuster.ports import Embedder

SHOWN = 15
SHOWN_PAIRS = 5
FEWEST_TOGETHER = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditWish:
    """What is wanted of an audit.

    Attributes:
        routers: Further routers, as typed: ``{use: …}``.
        embedder: An embedder, as typed; ``None`` takes one that a router of the suite has.
        threshold: The likeness of near duplicates.
        mark: Whether to tag leaky cases in their files.
        is_strict: Whether anything that must be looked at is a failure.
        as_json: Whether machines read it.
    """

    routers: Sequence[str]
    embedder: str | None
    threshold: float
    mark: bool
    is_strict: bool
    as_json: bool


def run_audit(wish: Wish, more: AuditWish) -> int:
    """Audit cases; the exit status is 1 only if that was asked for, and something must be looked at."""
    with opened_cases(wish) as material:
        roster = _roster(material)
        cases = material.load()
        voters = _voters(material, roster, more.routers)
        embedder = _embedder(material, more.embedder)
        asked = sum(not case.is_control for case in cases) * len(voters)
        with progress_bar(asked, 0, "routing") as tell:
            found = asyncio.run(audit(cases, roster, voters, more.threshold, tell, embedder))
    marked = mark_leaky([item.case for item in found.leaky if not item.is_marked]) if more.mark else None
    if more.as_json:
        print_json(_plain(found))
    else:
        _show(found, terminal())
    if marked is not None:
        for finding in marked.findings:
            say(f"{finding.severity}: {finding} [{finding.rule}]")
        say(f"tagged {marked.count} cases in {len(marked.files)} files")
    return 1 if more.is_strict and found.findings else 0


def _roster(material: Material) -> Roster:
    if material.roster is None:
        finding = Finding(
            rule="no-roster",
            severity=Severity.ERROR,
            message="an audit holds cases against agents, and none were named",
            hint="name their folder with --roster, or audit a suite",
        )
        raise InvalidConfigurationError([finding])
    return material.roster


def _voters(material: Material, roster: Roster, typed: Sequence[str]) -> Sequence[Voter]:
    own = () if material.bench is None else voters_of(material.bench)
    folder = _folder(material)
    further = [voter_of(text, _section(text, "--router"), roster, folder) for text in typed]
    return [*own, *built_in_voters(roster, _routers(material), folder), *further]


def _embedder(material: Material, typed: str | None) -> Embedder | None:
    section = embedder_in(_routers(material)) if typed is None else _section(typed, "--embedder")
    return None if section is None else embedder_of(section, _folder(material))


def _routers(material: Material) -> Sequence[object]:
    subjects = () if material.bench is None else material.bench.configuration.subjects.values()
    return [subject.options.get("router") for subject in subjects]


def _folder(material: Material) -> Path:
    return Path() if material.bench is None else material.bench.folder


def _section(text: str, option: str) -> Mapping[str, object]:
    try:
        data = parse_yaml(text, path=option).data
    except InvalidInputError as error:
        raise InvalidConfigurationError(error.findings) from error
    if isinstance(data, dict):
        return data
    # A bare name is a part with its defaults.
    return {"use": str(data)}


def _show(found: Audit, console: Console) -> None:
    marked = sum(item.is_marked for item in found.leaky)
    fresh = [item for item in found.leaky if not item.is_marked]
    _list("leaky: the request repeats an agent's own text", [_leaky_row(item) for item in fresh], console)
    title = "doubtful: the routers agree with each other and not with the label"
    _list(title, [_doubt_row(item) for item in found.weighty], console)
    pairs = [item for item in doubts_by_pair(found.weighty) if item[2] >= FEWEST_TOGETHER][:SHOWN_PAIRS]
    if pairs:
        listed = "; ".join(f"{label} → {chosen} {count}" for label, chosen, count in pairs)
        console.print(safe(f"most often: {listed}"), style="dim")
    title = "contradictory: nearly the same request, another label"
    _list(title, [_contradiction_row(item) for item in found.contradictions], console)
    weak = len(found.doubts) - len(found.weighty)
    console.print(
        f"{found.cases:,} cases: {len(fresh)} leaky ({marked} more are tagged already), {len(found.weighty)} doubtful "
        f"({weak} more are doubted weakly), {len(found.contradictions)} contradictory"
    )
    if found.failures:
        console.print(f"{found.failures} choices could not be had", style="yellow")
    console.print(safe(f"routers asked: {', '.join(found.voters)}"), style="dim")
    console.print("Routers of one kind err alike: read each case before you change its label.", style="dim")


def _list(title: str, rows: Sequence[tuple[str, str]], console: Console) -> None:
    if not rows:
        return
    console.print(f"{title}: {len(rows)}", style="bold")
    for place, words in rows[:SHOWN]:
        console.print(Text("  ") + safe(place) + Text(" ") + safe(words))
    if len(rows) > SHOWN:
        console.print(f"… and {len(rows) - SHOWN} more; --json has all", style="dim")


def _place(case: Case) -> str:
    source = case.source
    return case.identifier if source is None else f"{source.path}:{source.line}" if source.line else source.path


def _leaky_row(item: LeakyCase) -> tuple[str, str]:
    leak = item.leak
    if leak.is_reworded:
        how = f"{leak.share:.0%} like the {leak.origin} of {leak.agent}, which says"
        return _place(item.case), f"{item.case.identifier}: {how} “{leak.passage[:60]}”"
    where = f"{leak.share:.0%} of its words in the {leak.origin} of {leak.agent}"
    return _place(item.case), f"{item.case.identifier}: {where}, such as “{leak.passage}”"


def _doubt_row(item: Doubt) -> tuple[str, str]:
    agreed = sum(vote.chosen == item.chosen for vote in item.votes)
    label = item.case.expectation.preferred or NOBODY
    words = f"{item.case.identifier}: {label}, and {agreed} of {len(item.votes)} say {item.chosen}"
    return _place(item.case), f"{words} (agreeing as clearly, right in {item.right} of {item.alike})"


def _contradiction_row(pair: Duplicate) -> tuple[str, str]:
    labels = " against ".join(case.expectation.preferred or NOBODY for case in (pair.case, pair.of))
    how = "equal to" if pair.is_exact else f"{pair.likeness:.0%} like"
    return _place(pair.case), f"{pair.case.identifier}: {how} {pair.of.identifier}; {labels}"


def _plain(found: Audit) -> dict[str, object]:
    return {
        "cases": found.cases,
        "routers": list(found.voters),
        "failures": found.failures,
        "findings": findings_of(found.findings),
        "leaky": [
            {
                "case": item.case.identifier,
                "agent": item.leak.agent,
                "origin": str(item.leak.origin),
                "share": round(item.leak.share, 9),
                "passage": item.leak.passage,
                "is_reworded": item.leak.is_reworded,
                "is_marked": item.is_marked,
            }
            for item in found.leaky
        ],
        "doubtful": [{**_plain_doubt(item), "is_finding": item in found.weighty} for item in found.doubts],
        "contradictory": [plain_pair(pair) for pair in found.contradictions],
    }


def _plain_doubt(item: Doubt) -> dict[str, object]:
    return {
        "case": item.case.identifier,
        "label": item.case.expectation.preferred,
        "chosen": item.chosen,
        "agreement": round(item.agreement, 9),
        "clearness": round(item.clearness, 9),
        "weight": round(item.weight, 9),
        "alike": item.alike,
        "right": item.right,
        "votes": [
            {
                "router": vote.voter,
                "chosen": vote.chosen,
                "score": vote.score,
                "label_score": vote.label_score,
                "label_rank": vote.label_rank,
                "clearness": None if vote.clearness is None else round(vote.clearness, 9),
            }
            for vote in item.votes
        ],
    }
