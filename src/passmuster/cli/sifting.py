"""Draft by draft in front of a person: keep it, mend it, or drop it. What was decided survives Ctrl-C."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from difflib import get_close_matches
from enum import Enum, auto
from pathlib import Path

import typer
from rich.panel import Panel
from rich.text import Text

from passmuster.application.harvesting import Draft, relabelled, reworded
from passmuster.cli.console import safe, terminal
from passmuster.domain.agents import Roster
from passmuster.domain.cases import Case, Request, Stratum
from passmuster.domain.observations import NOBODY
from passmuster.domain.values import AgentName, CaseIdentifier
from passmuster.placing import place

HELP = "k keep · l another agent · n nobody · e edit the words · d drop · q stop here, go on later"
DROPPED: Mapping[str, object] = {"kept": False}


class End(Enum):
    """How a sitting ended."""

    DECIDED = auto()
    STOPPED = auto()
    INTERRUPTED = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sifting:
    """What was decided so far, in a file beside the output; it holds redacted words only.

    Attributes:
        place: The file.
    """

    place: Path

    def decisions(self) -> dict[CaseIdentifier, Mapping[str, object]]:
        """Return what was decided, by draft; a file that cannot be read counts as none."""
        with suppress(OSError, ValueError):
            found = json.loads(self.place.read_text(encoding="utf-8"))
            if isinstance(found, dict):
                return {CaseIdentifier(name): item for name, item in found.items() if isinstance(item, dict)}
        return {}

    def decide(self, decisions: Mapping[CaseIdentifier, Mapping[str, object]]) -> None:
        """Keep what was decided.

        Raises:
            EnvironmentFaultError: If the place cannot be written.
        """
        place({self.place.name: json.dumps(decisions, indent=1).encode()}, self.place.parent)

    def kept(self, drafts: Sequence[Draft]) -> Iterator[Case]:
        """Yield the cases that were kept, as they were mended."""
        decisions = self.decisions()
        for draft in drafts:
            decision = decisions.get(draft.case.identifier, DROPPED)
            if decision.get("kept") is True:
                yield _mended(draft.case, decision)

    def forget(self) -> None:
        """Remove the file."""
        with suppress(OSError):
            self.place.unlink(missing_ok=True)


def sift(drafts: Sequence[Draft], roster: Roster, sifting: Sifting) -> End:
    """Show every draft that nobody has decided about, and ask."""
    decisions = sifting.decisions()
    waiting = [draft for draft in drafts if draft.case.identifier not in decisions]
    for number, draft in enumerate(waiting, start=len(drafts) - len(waiting) + 1):
        try:
            decision = _ask(draft, roster, f"{number} of {len(drafts)}")
        except (typer.Abort, KeyboardInterrupt, EOFError):
            terminal().print()
            return End.INTERRUPTED
        if decision is None:
            return End.STOPPED
        decisions[draft.case.identifier] = decision
        sifting.decide(decisions)
    return End.DECIDED


def _ask(draft: Draft, roster: Roster, count: str) -> Mapping[str, object] | None:
    """Return a decision, or ``None`` to stop."""
    case = draft.case
    while True:
        _show(case, draft, count)
        answer = typer.prompt(HELP, default="k", show_default=False, prompt_suffix=" > ").strip().lower()
        match answer:
            case "k":
                return _plain(case)
            case "d":
                return DROPPED
            case "q":
                return None
            case "n":
                case = relabelled(case, None)
            case "l":
                case = _relabelled(case, roster)
            case "e":
                text = typer.prompt("the words", default=case.request.text, show_default=False).strip()
                case = reworded(case, text, roster) if text else case
            case _:
                terminal().print(safe(f"{answer!r} is none of these"))


def _relabelled(case: Case, roster: Roster) -> Case:
    name = typer.prompt("which agent", default="", show_default=False).strip()
    if name in roster.names:
        return relabelled(case, AgentName(name))
    near = get_close_matches(name, roster.names, n=3, cutoff=0.4)
    terminal().print(safe(f"the roster has no agent {name!r}; near: {', '.join(near) or ', '.join(roster.names[:8])}"))
    return case


def _show(case: Case, draft: Draft, count: str) -> None:
    label = case.expectation.preferred or NOBODY
    also = f", or {', '.join(sorted(case.expectation.acceptable))}" if case.expectation.acceptable else ""
    title = f"{count} · {draft.outcome}"
    notes = [f"refused: {', '.join(draft.refused)}"] * bool(draft.refused)
    notes += [f"asked {draft.repeated} times"] * (draft.repeated > 1)
    taken = ", ".join(f"{number} {kind}" for kind, number in draft.taken_out.items())
    notes += [f"taken out: {taken}"] * bool(taken)
    body = Text("\n").join(
        [safe(case.request.text), Text(""), Text("→ ") + safe(f"{label}{also}"), *(safe(note) for note in notes)]
    )
    terminal().print(Panel(body, title=safe(title), title_align="left"))


def _plain(case: Case) -> Mapping[str, object]:
    return {"kept": True, "text": case.request.text, "agent": case.expectation.preferred, "stratum": case.stratum}


def _mended(case: Case, decision: Mapping[str, object]) -> Case:
    """Return a case as it was decided upon."""
    agent = decision.get("agent")
    preferred = AgentName(agent) if isinstance(agent, str) else None
    if preferred != case.expectation.preferred:
        case = relabelled(case, preferred)
    text = decision.get("text")
    if isinstance(text, str) and text != case.request.text:
        case = replace(case, request=Request(text=text), stratum=Stratum(str(decision.get("stratum"))))
    return case
