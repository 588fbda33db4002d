"""How well a judge has been shown to agree with people, and what that makes of the rates that it reports."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from passmuster.domain.observations import Estimate
from passmuster.domain.values import CaseIdentifier, Fingerprint, SubjectName, fingerprint_of

CALIBRATION = "calibration"
"""The key of a score's evidence under which the counts of its judge's calibration stand."""

_KEY_DIGITS = 16


def labelled_key(case: CaseIdentifier, answer: str) -> str:
    """Return what a labelled answer is known by, without its text: 16 hexadecimal digits."""
    return fingerprint_of([case, answer])[:_KEY_DIGITS]


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """What one person says of one answer.

    Attributes:
        case: The case that the answer is to.
        criterion: The criterion's name in that case's rubric.
        answer: The answer's text.
        choice: One of the criterion's choices.
        labeller: Who says so.
        line: Where it is written, counted from 1.
    """

    case: CaseIdentifier
    criterion: str
    answer: str
    choice: str
    labeller: str
    line: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedLabel:
    """One answer with what people and the judge say of it.

    Attributes:
        case: The case that it is to.
        answer: What the answer is known by, as :func:`labelled_key` makes it.
        length: Characters of the answer.
        people: Each labeller's choice.
        choice: The judge's; empty where it gave no verdict.
        again: The choice of each further time that it was asked.
        is_swayed: Whether the order of two answers changed what it says; ``None`` where it saw one only.
    """

    case: CaseIdentifier
    answer: str
    length: int
    people: Mapping[str, str]
    choice: str
    again: tuple[str, ...] = ()
    is_swayed: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgeCalibration:
    """What labelled answers have shown of a judge.

    Attributes:
        criterion: The criterion's name.
        judge: The fingerprint of the judge: its question, choices, prompt, backends and their options.
        models: The models that judged, as their servers resolved them.
        date: The day, as YYYY-MM-DD.
        choices: From the worst to the best.
        passing: The worst choice that passes.
        confusion: Counts by people's choice (rows) and the judge's (columns), in the order of the choices.
        labels: How many answers people agreed upon, and the judge judged.
        undecided: Answers upon which people did not agree; they are in no other number.
        unjudged: Answers for which the judge gave no verdict.
        labellers: Who labelled, in order.
        agreement: The share of answers on which judge and people say the same.
        kappa: Agreement beyond chance (Cohen's; weighted by the steps between more than two choices); ``None`` where
            it cannot be told.
        people_agreement: The same between people: Krippendorff's alpha; ``None`` for one labeller.
        sensitivity: The share of answers that people pass and the judge passes; ``None`` where people pass none.
        specificity: The share of answers that people fail and the judge fails; ``None`` where people fail none.
        length_bias: How much more the judge passes than people do in the longer half of the answers than in the
            shorter, from -2 to 2; ``None`` where there are too few.
        flip_rate: The share of answers on which it contradicts itself when it is asked again; ``None`` if it was not.
        sway_rate: The share of pairs whose order changed its verdict; ``None`` where it saw no pairs.
        passed_rightly: Answers that people pass and the judge passes.
        good: Answers that people pass.
        failed_rightly: Answers that people fail and the judge fails.
        bad: Answers that people fail.
        answers: Whether people pass each answer upon which they agree, by :func:`labelled_key`.
    """

    criterion: str
    judge: Fingerprint
    models: tuple[str, ...]
    date: str
    choices: tuple[str, ...]
    passing: str
    confusion: tuple[tuple[int, ...], ...]
    labels: int
    undecided: int
    unjudged: int
    labellers: tuple[str, ...]
    agreement: Estimate
    kappa: Estimate | None
    people_agreement: float | None
    sensitivity: Estimate | None
    specificity: Estimate | None
    length_bias: Estimate | None
    flip_rate: Estimate | None
    sway_rate: Estimate | None
    passed_rightly: int
    good: int
    failed_rightly: int
    bad: int
    answers: Mapping[str, bool] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedRate:
    """How many of a subject's answers pass a criterion that a model judges.

    Attributes:
        subject: Who answered.
        criterion: The criterion's name.
        raw: The share that the judge passes.
        corrected: The share that truly passes, as far as the judge's errors are known; ``None`` where they are not.
        is_advisory: Whether it counts nowhere, since nobody has calibrated the judge.
        note: What a reader must know of it, in a sentence.
    """

    subject: SubjectName
    criterion: str
    raw: Estimate
    corrected: Estimate | None
    is_advisory: bool
    note: str
