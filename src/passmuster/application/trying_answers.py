"""The answers that a rubric is tried with: written ones, and those that are made of good ones mechanically."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from passmuster.analysis.code_edits.catalogue import MUTATORS
from passmuster.analysis.code_edits.harmless_edits import RETOUCHES
from passmuster.analysis.code_edits.mutator import Mutator, mutated, retouched
from passmuster.analysis.rubric_rates import Kind
from passmuster.application.answer_texts import LAYOUTS, texts_of, with_files
from passmuster.domain.cases import Case, CriterionReference
from passmuster.domain.values import fingerprint_of

USUAL_MOST = 4
"""So many mutants of one mutator, and so many harmless edits of one kind, each of another base."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TriedAnswer:
    """An answer that a rubric is tried with.

    Attributes:
        name: Unique; the base that it was made from, a slash, and what was done to it.
        kind: What it is.
        edit: What was done to it; empty for a good answer.
        target: The component or the name of the criterion that must catch it; empty where none may.
        text: The answer.
        summary: What was done to it, in a few words.
    """

    name: str
    kind: Kind
    edit: str = ""
    target: str = ""
    text: str
    summary: str = ""

    @property
    def base(self) -> str:
        """What it was made from."""
        return self.name.partition("/")[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerSet:
    """Answers to one request, with the criteria that apply to them.

    Attributes:
        name: Of the set.
        case: What was asked, with the rubric that applies.
        answers: The written ones.
    """

    name: str
    case: Case
    answers: tuple[TriedAnswer, ...]

    @property
    def references(self) -> tuple[CriterionReference, ...]:
        """The criteria that apply."""
        return () if self.case.rubric is None else self.case.rubric.criteria

    @property
    def good(self) -> tuple[TriedAnswer, ...]:
        """The good answers, which others are made from."""
        return tuple(answer for answer in self.answers if answer.kind is Kind.GOOD)


def made_of(answer: TriedAnswer, kinds: Collection[str]) -> Iterator[TriedAnswer]:
    """Make mutants and harmless variants of a good answer.

    Args:
        answer: The answer.
        kinds: The components of the criteria that apply: mutants are made for no other.
    """
    texts = texts_of(answer.text)
    if not texts:
        return
    for mutator in MUTATORS:
        if mutator.criterion in kinds:
            yield from _mutant(answer, texts, mutator)
    for retouch in RETOUCHES:
        new = retouched(retouch, texts)
        if new is not None:
            yield _neutral(answer, retouch.name, with_files(answer.text, new), retouch.summary)
    for name, layout in LAYOUTS.items():
        text = layout(texts)
        # A layout must not cost a file, whatever the paths.
        if texts_of(text) == texts:
            yield _neutral(answer, name, text, "the same files, laid out otherwise")


def _mutant(answer: TriedAnswer, texts: dict[str, str], mutator: Mutator) -> Iterator[TriedAnswer]:
    new = mutated(mutator, texts)
    if new is not None:
        yield TriedAnswer(
            name=f"{answer.base}/{mutator.name}",
            kind=Kind.MUTANT,
            edit=mutator.name,
            target=mutator.criterion,
            text=with_files(answer.text, new),
            summary=mutator.summary,
        )


def _neutral(answer: TriedAnswer, edit: str, text: str, summary: str) -> TriedAnswer:
    return TriedAnswer(name=f"{answer.base}/{edit}", kind=Kind.NEUTRAL, edit=edit, text=text, summary=summary)


def tried_answers(sets: Sequence[AnswerSet], *, most: int | None) -> tuple[tuple[AnswerSet, TriedAnswer], ...]:
    """Return every answer that is to be judged, with the set that it belongs to.

    Args:
        sets: The written answers.
        most: How many answers made by one edit are taken, each of another base; ``None`` takes all. Which ones depends
            on names alone.
    """
    chosen: list[tuple[AnswerSet, TriedAnswer]] = []
    made: dict[str, list[tuple[AnswerSet, TriedAnswer]]] = {}
    for item in sets:
        kinds = {reference.kind for reference in item.references}
        chosen += [(item, _with_target(answer, item)) for answer in item.answers]
        for answer in item.good:
            for variant in made_of(answer, kinds):
                made.setdefault(variant.edit, []).append((item, _with_target(variant, item)))
    for edit, every in made.items():
        ordered = sorted(every, key=lambda pair: fingerprint_of([edit, pair[1].name]))
        chosen += ordered[:most]
    return tuple(pair for pair in chosen if not pair[1].target or _names(pair[0], pair[1].target))


def _with_target(answer: TriedAnswer, item: AnswerSet) -> TriedAnswer:
    """Return the answer with the name that its rubric gives to the criterion that must catch it."""
    names = _names(item, answer.target)
    return replace(answer, target=names[0]) if names else answer


def _names(item: AnswerSet, target: str) -> list[str]:
    return [reference.name for reference in item.references if target in {reference.name, reference.kind}]


def only_criteria(sets: Iterable[AnswerSet], wanted: Collection[str]) -> tuple[AnswerSet, ...]:
    """Return sets with those criteria only whose component or name is wanted; sets without any are left out."""
    kept = []
    for item in sets:
        references = tuple(one for one in item.references if not wanted or {one.kind, one.name} & set(wanted))
        if references and item.case.rubric is not None:
            case = replace(item.case, rubric=replace(item.case.rubric, criteria=references))
            kept.append(replace(item, case=case))
    return tuple(kept)
