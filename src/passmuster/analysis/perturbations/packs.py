"""The perturbations of requests by name, and how a case is perturbed."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from random import Random

from passmuster.analysis.perturbations import surroundings, words
from passmuster.domain.cases import Case, Provenance
from passmuster.domain.values import AgentName, CaseIdentifier, fingerprint_of

LONGEST_GROUP = 100
"""What a group may have of letters; a longer identifier is cut, and told apart by a fingerprint."""

LONGEST_IDENTIFIER = 128

AUTHOR = "perturbation"
"""Who wrote a case of which nobody knows who wrote the original."""

Perturbation = Callable[[str, Random, Collection[AgentName]], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pack:
    """A perturbation of requests.

    Attributes:
        name: What people call it.
        summary: What it does, in a few words.
        perturb: Rewrites a text; equal draws give equal texts.
    """

    name: str
    summary: str
    perturb: Perturbation


PACKS: tuple[Pack, ...] = (
    Pack(name="typos", summary="a typing error in one word of ten", perturb=words.with_typing_errors(0.1)),
    Pack(name="many_typos", summary="a typing error in three words of ten", perturb=words.with_typing_errors(0.3)),
    Pack(name="typos_everywhere", summary="a typing error in every word", perturb=words.with_typing_errors(1.0)),
    Pack(name="casing", summary="all in small letters, or in capitals", perturb=words.with_other_case),
    Pack(name="punctuation", summary="no marks between sentences", perturb=words.without_punctuation),
    Pack(name="telegraphic", summary="small words left out", perturb=words.without_small_words),
    Pack(name="synonyms", summary="other words for the same", perturb=words.with_other_words),
    Pack(name="politeness", summary="courtesies around it", perturb=surroundings.politely),
    Pack(name="chatter", summary="ninety words of chat around it", perturb=surroundings.amid_chatter),
    Pack(name="pasted", summary="a log pasted below it", perturb=surroundings.with_something_pasted),
    Pack(name="language", summary="an answer asked for in another language", perturb=surroundings.for_another_language),
)
"""Every pack of requests, in the order in which they are shown."""


def perturbed(
    case: Case, pack: Pack, *, seed: int, names: Collection[AgentName], draw: int = 1, day: str = ""
) -> Case | None:
    """Return a case whose request is perturbed, or ``None`` where the pack finds nothing to change.

    Only the request itself is perturbed; the turns before it stay. The result belongs to the original's group, or to
    the one that bears its identifier: they stand or fall together.

    Args:
        case: The original; its identifier decides the draw.
        pack: What to do.
        seed: Equal seeds give equal texts, on every machine.
        names: The agents of the roster, whose names stay as they are.
        draw: Counted from 1; each gives another text where the pack has several.
        day: The day of doing so, as ISO 8601; empty keeps the original's.
    """
    random = Random(f"{seed}/{pack.name}/{case.identifier}/{draw}")  # noqa: S311 - a draw, not a secret
    text = pack.perturb(case.request.text, random, names)
    if text == case.request.text:
        return None
    note = f"{pack.name} of {case.identifier}, seed {seed}, draw {draw}"
    made = case.provenance or Provenance(author=AUTHOR, date="")
    ending = f".{pack.name}-{draw}"
    return replace(
        case,
        identifier=CaseIdentifier(_cut(case.identifier, LONGEST_IDENTIFIER - len(ending)) + ending),
        request=replace(case.request, text=text),
        group=case.group or _cut(case.identifier, LONGEST_GROUP),
        tags=case.tags | {f"perturbed-{pack.name.replace('_', '-')}"},
        is_control=False,
        is_critical=False,
        provenance=replace(made, date=day or made.date, note=f"{made.note}; {note}" if made.note else note),
    )


def _cut(name: str, longest: int) -> str:
    if len(name) <= longest:
        return name
    mark = fingerprint_of(name)[:12]
    return f"{name[: longest - len(mark) - 1]}-{mark}"
