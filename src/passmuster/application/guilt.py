"""What blaming finds: the edits that flipped cases, and what is left open."""

from dataclasses import dataclass

from passmuster.application.edits import Edit
from passmuster.domain.values import CaseIdentifier


@dataclass(frozen=True, slots=True, kw_only=True)
class MovedCase:
    """A case, and who gets it before and after.

    Attributes:
        case: Its identifier.
        was: The usual choice before; ``(nobody)`` for no agent.
        now: The usual choice after.
    """

    case: CaseIdentifier
    was: str
    now: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FlippedCase(MovedCase):
    """A case that went right and goes wrong.

    Attributes:
        words: The words that did it, where the router can tell; the weightiest first.
        calls: How many choices its search asked for.
        is_sure: Whether every answer of the search was sure, and held when it was asked for once more.
    """

    words: tuple[str, ...] = ()
    calls: int = 0
    is_sure: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Reverting:
    """What taking the edits back does to all other cases: which go wrong then, and which go right."""

    broken: tuple[MovedCase, ...]
    fixed: tuple[MovedCase, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Guilt:
    """Cases that flipped by the same edits.

    Attributes:
        sets: Each set flips the cases alone and can do without none of its edits; to unflip them, all must be undone.
        is_settled: Whether the cases are right again once all these edits are taken back.
        cases: The cases.
        reverting: What that does to the others; ``None`` where the budget did not do.
    """

    sets: tuple[tuple[Edit, ...], ...]
    is_settled: bool
    cases: tuple[FlippedCase, ...]
    reverting: Reverting | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenCase:
    """A case whose search the budget ended.

    Attributes:
        case: The case.
        sets: Sets that were found to flip it alone.
        suspects: Edits that hold a further set; the first one, where none was found yet.
    """

    case: FlippedCase
    sets: tuple[tuple[Edit, ...], ...]
    suspects: tuple[Edit, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Blame:
    """What was found.

    Attributes:
        guilts: The edits that flipped the most cases first.
        open_cases: Flipped, and not explained to the end.
        unsure: Cases of which it is not known whether they flipped: neither right nor wrong often enough, or not
            measurable.
        unasked: The same, because the budget ended.
        unflipped: Cases that were named, and did not flip.
        chances: How many cases seemed to have flipped, and had not when they were asked anew.
        calls: How many choices were asked for.
    """

    guilts: tuple[Guilt, ...] = ()
    open_cases: tuple[OpenCase, ...] = ()
    unsure: tuple[CaseIdentifier, ...] = ()
    unasked: tuple[CaseIdentifier, ...] = ()
    unflipped: tuple[CaseIdentifier, ...] = ()
    chances: int = 0
    calls: int = 0

    @property
    def is_certain(self) -> bool:
        """Whether every case that flipped is known, and explained."""
        is_explained = all(guilt.is_settled and all(case.is_sure for case in guilt.cases) for guilt in self.guilts)
        return is_explained and not (self.open_cases or self.unsure or self.unasked)
