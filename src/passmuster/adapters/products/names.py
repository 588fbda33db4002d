"""Finds the agent that a product means, although it writes names as it likes.

Claude Code takes ``Code Reviewer`` for ``code-reviewer`` (since 2.1.140), and puts a plugin's name in front.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Generic, TypeVar

from passmuster.domain.values import folded_name

NameT = TypeVar("NameT", bound=str)


class KnownNames(Generic[NameT]):
    """Some names, to be found however they are written."""

    def __init__(self, names: Iterable[NameT]) -> None:
        """Take the names."""
        self._exact = {str(name): name for name in names}
        known = tuple(self._exact.values())
        self._folded = _grouped(known, folded_name)
        self._bare = _grouped(known, _bare)
        self._bare_without_plugin = _grouped([name for name in known if ":" not in name], _bare)

    def find(self, written: str) -> NameT | None:
        """Return the name that is meant: the same, or the only one that differs in case and separators alone."""
        exact = self._exact.get(written)
        return _only(self._folded, folded_name(written)) if exact is None else exact

    def find_with_plugin(self, written: str) -> NameT | None:
        """Return the name that is meant, also where one side alone has the name of a plugin in front."""
        found = self.find(written)
        if found is not None:
            return found
        # Two different plugins are two different agents.
        return _only(self._bare_without_plugin if ":" in written else self._bare, _bare(written))


def _grouped(names: Sequence[NameT], form: Callable[[str], str]) -> Mapping[str, list[NameT]]:
    groups: dict[str, list[NameT]] = defaultdict(list)
    for name in names:
        groups[form(name)].append(name)
    return groups


def _only(groups: Mapping[str, list[NameT]], wanted: str) -> NameT | None:
    found = groups.get(wanted, [])
    return found[0] if len(found) == 1 else None


def _bare(name: str) -> str:
    return folded_name(name.rpartition(":")[2])
