"""``prefers``: whether a model prefers an answer to a reference, asked in both orders, since place sways judges."""

from pathlib import Path
from typing import Literal

from pydantic import Field, model_validator

from passmuster.adapters.criteria.judge import Bench, JudgingOptions, Vote, build_bench, lower_median, shown_votes
from passmuster.adapters.criteria.judge_prompt import VERSION, Choice, Question, judged_text
from passmuster.components import BuildContext, Component
from passmuster.domain.cases import Request
from passmuster.domain.consumption import total
from passmuster.domain.errors import InvalidConfigurationError
from passmuster.domain.findings import Finding, Severity
from passmuster.domain.results import Exhibit, Score
from passmuster.domain.values import Fingerprint, SourceLocation, fingerprint_of
from passmuster.ports import Criterion

CHOICES = ("worse", "equal", "better")
"""What the answer is in comparison with the reference; people label with the same words."""

_PASSING = {"preferred": "better", "not worse": "equal"}
_WORTH = (0.0, 0.5, 1.0)
_WORDS = ("the reference is preferred", "neither is preferred", "the answer is preferred")


class PrefersOptions(JudgingOptions):
    """Options of ``prefers``."""

    question: str = Field(
        default="Which of the two answers serves the user's request better?",
        min_length=1,
        description="What is asked about the two answers.",
    )
    reference: str | None = Field(default=None, min_length=1, description="The answer to compare with; or give `file`.")
    file: str | None = Field(default=None, min_length=1, description="A file that holds it, from the suite's folder.")
    passing: Literal["preferred", "not worse"] = Field(
        default="not worse", description="Whether an answer passes that is neither better nor worse."
    )

    @model_validator(mode="after")
    def _check_reference(self) -> "PrefersOptions":
        if (self.reference is None) == (self.file is None):
            message = "give either 'reference' or 'file'"
            raise ValueError(message)
        return self

    @property
    def asked(self) -> Question:
        """The question; "first" and "second" are places, so that the order can be turned."""
        return Question(
            text=self.question,
            choices=(
                Choice(name="second", meaning="the second answer is better."),
                Choice(name="equal", meaning="neither is better than the other."),
                Choice(name="first", meaning="the first answer is better."),
            ),
        )


class PrefersCriterion:
    """Whether a model prefers the answer."""

    def __init__(self, options: PrefersOptions, reference: str, bench: Bench) -> None:
        """Take what is asked, what the answer is compared with, and who judges."""
        self._options = options
        self._reference = reference
        self._bench = bench

    async def assess(self, exhibit: Exhibit) -> Score:
        """Ask in both orders; two verdicts that contradict one another are a tie, and are told."""
        request, text = exhibit.case.request, judged_text(exhibit.completion)
        ahead = await self._ask(request, (text, self._reference))
        behind = await self._ask(request, (self._reference, text))
        one, other = _place(ahead), 2 - _place(behind)
        place = one if one == other else 1
        swayed = f"; the order swayed the judge ({_WORDS[one]} in one, {_WORDS[other]} in the other)"
        return Score(
            criterion=self._options.name,
            value=_WORTH[place],
            passed=place >= CHOICES.index(_PASSING[self._options.passing]),
            reason=f"{_WORDS[place]}{swayed if one != other else f': {ahead[0].verdict.reason}'}",
            evidence={
                "choice": CHOICES[place],
                "choices": list(CHOICES),
                "passing": _PASSING[self._options.passing],
                "votes": shown_votes((*ahead, *behind)),
                "is_swayed_by_order": one != other,
                "prompt": VERSION,
            },
            usage=total(*(vote.usage for vote in (*ahead, *behind))),
        )

    async def _ask(self, request: Request, texts: tuple[str, str]) -> tuple[Vote, ...]:
        named = [("first-answer", texts[0]), ("second-answer", texts[1])]
        return await self._bench.ask(self._options.asked, request, named)


def _place(votes: tuple[Vote, ...]) -> int:
    names = ("second", "equal", "first")
    return lower_median([names.index(vote.verdict.choice) for vote in votes])


def _reference(options: PrefersOptions, folder: Path) -> str:
    if options.file is None:
        return options.reference or ""
    path = folder / options.file
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is no text in UTF-8"
        finding = Finding(
            rule="reference-file",
            severity=Severity.ERROR,
            message=f"the reference {options.file!r} cannot be read: {why}",
            hint="write the path from the suite's folder",
            location=SourceLocation(path=str(path)),
        )
        raise InvalidConfigurationError([finding]) from error


def _content(options: PrefersOptions, folder: Path) -> Fingerprint:
    return fingerprint_of(_reference(options, folder))


def _build(options: PrefersOptions, context: BuildContext) -> Criterion:
    return PrefersCriterion(options, _reference(options, context.folder), build_bench(options, context))


COMPONENT = Component(options=PrefersOptions, build=_build, version=VERSION, content=_content, judges=True)
"""``prefers``: asks a model, in both orders, whether the answer is better than a reference."""
