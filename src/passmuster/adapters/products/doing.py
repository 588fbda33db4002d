"""What a run does beside choosing: the tools that it uses, as the lines of its output tell of them."""

import re
from collections.abc import Collection, Mapping
from dataclasses import replace

from passmuster.adapters.products.events import Event, text_at
from passmuster.adapters.products.throw_away import PREFIX, WORKSPACE
from passmuster.domain.activities import Activity, ToolUse, UseOutcome
from passmuster.domain.values import whole_characters

MOST_USES = 1_000
"""So many uses of tools are kept of one run."""

LONGEST_ARGUMENT = 4_000
"""Texts that a tool was given are cut after so many characters: what was written into files is seen there."""

_WORKSPACE = re.compile(rf"(?:/[\w.+-]{{1,60}}){{0,8}}/{PREFIX}\w{{1,20}}/{WORKSPACE}(?P<inside>/)?")
"""A run's own folder, whose name says nothing and differs from run to run."""

_MOST_MEMBERS = 100
_DEEPEST = 8


class Tools:
    """Uses of tools in the order in which they were first seen, each with what became of it."""

    def __init__(self, shells: Collection[str]) -> None:
        """Begin.

        Args:
            shells: The names of the tools that run a command, which they are given as ``command``.
        """
        self._shells = frozenset(shells)
        self._uses: dict[str, ToolUse] = {}

    def add(self, name: str, identifier: str, given: Event, outcome: UseOutcome = UseOutcome.UNKNOWN) -> None:
        """Note a use; one that is known already keeps its place and its words, and learns what became of it."""
        key = identifier or f"without identifier {len(self._uses)}"
        if key in self._uses:
            self.settle(key, outcome)
        elif name and len(self._uses) < MOST_USES:
            self._uses[key] = ToolUse(name=name, arguments=_plain_object(given, 0), outcome=outcome)

    def settle(self, identifier: str, outcome: UseOutcome) -> None:
        """Note what became of a use; a refusal goes before the failure that a product makes of it."""
        use = self._uses.get(identifier)
        if use is not None and use.outcome is not UseOutcome.REFUSED and outcome is not UseOutcome.UNKNOWN:
            self._uses[identifier] = replace(use, outcome=outcome)

    def activity(self, turns: int | None) -> Activity:
        """Return what is known of the run, in which its model was asked so often."""
        uses = tuple(self._uses.values())
        commands = (text_at(use.arguments, "command") for use in uses if self._is_run(use))
        return Activity(turns=turns, tool_uses=uses, commands=tuple(command for command in commands if command))

    def _is_run(self, use: ToolUse) -> bool:
        """Return whether a use is a command that was not refused."""
        return use.name in self._shells and use.outcome is not UseOutcome.REFUSED


def _plain_object(given: Mapping[str, object], depth: int) -> dict[str, object]:
    """Return an object of a size that can be kept."""
    members = list(given.items())[:_MOST_MEMBERS]
    return {_cut(whole_characters(name)): _plain(value, depth + 1) for name, value in members}


def _plain(value: object, depth: int) -> object:
    """Return a value of a size that can be kept."""
    if isinstance(value, str):
        return _cut(whole_characters(value))
    if isinstance(value, list | dict) and depth >= _DEEPEST:
        return "…"
    if isinstance(value, list):
        return [_plain(item, depth + 1) for item in value[:_MOST_MEMBERS]]
    return _plain_object(value, depth) if isinstance(value, dict) else value


def _cut(text: str) -> str:
    """Return a text, or the beginning of a long one; places in the workspace begin there."""
    text = text if len(text) <= LONGEST_ARGUMENT else text[: LONGEST_ARGUMENT + 1]
    if PREFIX in text:
        text = _WORKSPACE.sub(lambda found: "" if found["inside"] else ".", text)
    return text if len(text) <= LONGEST_ARGUMENT else text[:LONGEST_ARGUMENT] + "…"
