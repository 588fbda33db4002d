"""The command `dataset harvest`: cases out of what was really asked, each looked at before it is kept."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from getpass import getuser
from pathlib import Path
from typing import TYPE_CHECKING

from passmuster.application.harvesting import Harvest, counts_of, examples_of, harvest, reviewed
from passmuster.cli.console import safe, terminal
from passmuster.cli.leaving import INTERRUPTED
from passmuster.cli.opening import opened
from passmuster.cli.printing import print_json
from passmuster.cli.sifting import End, Sifting, sift
from passmuster.components import BuildContext
from passmuster.composition.building import Workbench
from passmuster.composition.case_files import read_cases, refuse_unwritable, write_cases
from passmuster.composition.catalogue import Catalogue
from passmuster.domain.cases import Case
from passmuster.domain.errors import InvalidConfigurationError
from passmuster.domain.findings import Finding, Severity
from passmuster.domain.harvests import RecordedRequest
from passmuster.domain.values import CaseIdentifier

if TYPE_CHECKING:
    from passmuster.ports import TranscriptReader

EXAMPLES, TRANSCRIPTS, RECORDINGS = SOURCES = ("examples", "transcripts", "recordings")

_NOTHING = {
    EXAMPLES: "none of the suite's agents has an example, so nothing was written",
    TRANSCRIPTS: "no request was found in the transcripts, so nothing was written",
    RECORDINGS: "no recording says what was asked, so nothing was written; a file requests.json beside them can say it",
}
"""What is said where nothing was found."""

READERS = {TRANSCRIPTS: "sessions", RECORDINGS: "recordings"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What the command line asks for.

    Attributes:
        source: ``examples``, ``transcripts`` or ``recordings``.
        location: Where the transcripts or recordings lie; ``None`` for this project's own transcripts.
        output: The file to write; cases that are in it already stay.
        reviewer: Who looks the cases over.
        is_draft: Whether all are written unseen.
        as_json: Whether a machine reads the result.
    """

    source: str
    location: Path | None
    output: Path
    reviewer: str | None
    is_draft: bool
    as_json: bool


def run_harvest(suite: str | None, wish: Wish) -> int:
    """Read requests, redact them, have each looked at, and write those that are kept."""
    _refuse(wish)
    refuse_unwritable(wish.output)
    with opened(suite) as bench:
        before = read_cases(wish.output)
        # What another dataset of the suite asks already is not harvested a second time.
        known = {case.identifier: case for case in (*bench.cases, *before)}
        found = harvest(
            _requests(bench, wish),
            bench.roster,
            known.values(),
            people=[_account(), Path.home().name],
            day=bench.clock.now().date().isoformat(),
        )
        sifting = Sifting(place=wish.output.with_name(f".{wish.output.name}.review"))
        reviewer = wish.reviewer or _account()
        if wish.is_draft:
            kept = tuple(draft.case for draft in found.drafts)
        else:
            _announce(found)
            end = sift(found.drafts, bench.roster, sifting)
            if end is not End.DECIDED:
                terminal().print("nothing was written yet; the same command goes on where you stopped", soft_wrap=True)
                return INTERRUPTED if end is End.INTERRUPTED else 0
            kept = tuple(reviewed(case, reviewer) for case in sifting.kept(found.drafts))
        if kept:
            # Looking takes time, in which somebody else may have written there.
            before = read_cases(wish.output)
            write_cases((*before, *_told_apart(kept, {case.identifier for case in before})), wish.output)
        sifting.forget()
        _finish(found, kept, wish)
        return 0


def _requests(bench: Workbench, wish: Wish) -> Iterable[RecordedRequest]:
    if wish.source == EXAMPLES:
        return examples_of(bench.roster)
    component = Catalogue(folder=Path()).component("transcript_readers", READERS[wish.source])
    reader: TranscriptReader = component.build(component.options(), BuildContext(folder=Path()))
    return reader.read(wish.location or _own_transcripts())


def _own_transcripts() -> Path:
    """Return where Claude Code keeps the transcripts of this project: other projects are nobody's business here."""
    return Path.home() / ".claude" / "projects" / re.sub(r"[^A-Za-z0-9]", "-", str(Path.cwd()))


def _account() -> str:
    with suppress(OSError, KeyError):
        return getuser()
    return "unknown"


def _told_apart(cases: Iterable[Case], taken: set[CaseIdentifier]) -> Iterator[Case]:
    """Leave out what is in the file already, by its identifier."""
    for case in cases:
        if case.identifier not in taken:
            taken.add(case.identifier)
            yield case


def _announce(found: Harvest) -> None:
    console = terminal()
    repeated = sum(draft.repeated - 1 for draft in found.drafts)
    requests = "1 request" if len(found.drafts) == 1 else f"{len(found.drafts)} requests"
    console.print(f"{requests} to look at" + (f", {repeated} repetitions of them left out" if repeated else ""))
    _tell_left_out(found)
    taken = ", ".join(f"{count} {kind}" for kind, count in counts_of(found.drafts).items())
    if taken:
        console.print(
            safe(f"· taken out: {taken}; names of people are found by their place only, so look"), style="dim"
        )


def _tell_left_out(found: Harvest) -> None:
    for reason, count in found.left_out.items():
        terminal().print(safe(f"· {count} left out: {reason}"), style="dim")


def _finish(found: Harvest, kept: tuple[Case, ...], wish: Wish) -> None:
    if wish.as_json:
        print_json(_plain(found, kept, wish))
        return
    console = terminal()
    if wish.is_draft:
        _tell_left_out(found)
    if not kept:
        console.print("nothing was kept, so nothing was written" if found.drafts else _NOTHING[wish.source])
        return
    console.print(f"{len(kept)} of {len(found.drafts)} cases written: {wish.output}", soft_wrap=True)
    if wish.is_draft:
        whose = "the agents whose examples they are" if wish.source == EXAMPLES else "whom the host chose"
        console.print(f"nobody has looked at them: labels are {whose}, right or wrong", style="dim")


def _plain(found: Harvest, kept: tuple[Case, ...], wish: Wish) -> Mapping[str, object]:
    return {
        "source": wish.source,
        "output": str(wish.output),
        "written": len(kept),
        "repeated": sum(draft.repeated - 1 for draft in found.drafts),
        "left_out": found.left_out,
        "taken_out": counts_of(found.drafts),
        "outcomes": dict(sorted(Counter(str(draft.outcome) for draft in found.drafts).items())),
    }


def _refuse(wish: Wish) -> None:
    """Refuse what cannot be meant.

    Raises:
        InvalidConfigurationError: With every complaint.
    """
    complaints = (
        (wish.source == RECORDINGS and wish.location is None, "recordings lie nowhere by themselves", "add --place"),
        (wish.source == EXAMPLES and wish.location is not None, "examples are the suite's own", "leave out --place"),
        (wish.as_json and not wish.is_draft, "with --json nobody is asked about the cases", "add --draft"),
    )
    findings = [
        Finding(rule="contradiction", severity=Severity.ERROR, message=message, hint=hint)
        for is_wrong, message, hint in complaints
        if is_wrong
    ]
    if wish.source not in SOURCES:
        finding = Finding(
            rule="unknown-source",
            severity=Severity.ERROR,
            message=f"nothing is harvested from {wish.source!r}",
            hint=f"known: {', '.join(SOURCES)}",
        )
        findings.append(finding)
    if findings:
        raise InvalidConfigurationError(findings)
