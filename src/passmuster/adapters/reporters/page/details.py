"""What is read when a case or an agent is opened: packed in chunks, each of them alone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from passmuster.adapters.reporters.case_badges import Quarantines
from passmuster.adapters.reporters.case_views import detail_view, gravity
from passmuster.adapters.reporters.page.packing import packed_text, written
from passmuster.adapters.reporters.page.page_format import AgentDetail
from passmuster.domain.reports import Report
from passmuster.texts.numbers import count

CHUNK_SIZE = 250_000
"""A chunk is closed when it has so many characters before it is packed."""

BYTE_BUDGET = 10_000_000
"""All chunks together take about so many bytes in the page; the gravest rows come first."""

Place = tuple[int, int]
"""A chunk, and the place in it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Details:
    """All chunks, and what is where.

    Attributes:
        chunks: As the page holds them.
        agents: The place of each agent's definition, in the order in which they were given.
        rows: The place of each row that has one, by the row's number in the report.
        sampled: Says which rows have none; empty where all have one.
    """

    chunks: tuple[str, ...]
    agents: tuple[Place, ...]
    rows: Mapping[int, Place]
    sampled: str


def pack_details(report: Report, agents: Sequence[AgentDetail], *, budget: int = BYTE_BUDGET) -> Details:
    """Pack the definitions of agents, then the rows, until so many bytes are used up."""
    quarantines = Quarantines(report.quarantines)
    growing = _Growing()
    of_agents = tuple(growing.add(written(agent)) for agent in agents)
    rows: dict[int, Place] = {}
    for index in sorted(range(len(report.cases)), key=lambda index: (gravity(report.cases[index]), index)):
        if growing.size >= budget:
            break
        if report.cases[index].is_reduced:
            continue
        view = detail_view(report.cases[index], quarantines)
        rows[index] = growing.add(written({"kind": "row", "view": view}))
    growing.close()
    return Details(
        chunks=tuple(growing.packed),
        agents=of_agents,
        rows=rows,
        sampled=_sampled(report, len(rows)),
    )


def _sampled(report: Report, shown: int) -> str:
    total, reduced = len(report.cases), sum(item.is_reduced for item in report.cases)
    if shown == total:
        return ""
    rest = "report.json holds everything" if not reduced else "the store holds everything, for `passmuster export`"
    return (
        f"To keep this page small, {count(shown)} of {count(total, 'row')} can be opened, the gravest first; counts, "
        f"lists and figures are of all, and {rest}."
    )


class _Growing:
    """Chunks, and the one that is open."""

    def __init__(self) -> None:
        self.packed: list[str] = []
        self.size = 0
        self._open: list[str] = []
        self._open_size = 0

    def add(self, text: str) -> Place:
        """Take in one detail as JSON."""
        place = (len(self.packed), len(self._open))
        self._open.append(text)
        self._open_size += len(text)
        if self._open_size >= CHUNK_SIZE:
            self.close()
        return place

    def close(self) -> None:
        """Pack what is open."""
        if self._open:
            self.packed.append(packed_text(f"[{','.join(self._open)}]"))
            self.size += len(self.packed[-1])
            self._open, self._open_size = [], 0
