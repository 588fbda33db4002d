"""A model as a judge: one question, choices in order, the reason before the verdict, and no verdict where it is unsure.

What a judge says is worth what it has been shown to be worth: see ``passmuster judge calibrate``.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict, Field, model_validator

from passmuster.adapters.criteria.judge_answer import Unusable, Verdict, read_verdict
from passmuster.adapters.criteria.judge_prompt import (
    VERSION,
    Choice,
    Question,
    judged_text,
    judging_messages,
    repair_messages,
    verdict_schema,
)
from passmuster.adapters.criteria.options import CriterionOptions
from passmuster.components import BuildContext, Component
from passmuster.domain.answers import Completion, CompletionRequest, Sampling
from passmuster.domain.cases import Message, Request
from passmuster.domain.consumption import total
from passmuster.domain.errors import CriterionError
from passmuster.domain.results import Exhibit, Score
from passmuster.domain.values import Usage
from passmuster.ports import Backend, Criterion

_SHOWN_REASON = 300


class ChoiceSection(BaseModel):
    """One verdict that the judge may give."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(min_length=1, max_length=50, description="What the judge writes.")
    meaning: str = Field(min_length=1, description="When it is to write that, in a sentence.")


class JudgingOptions(CriterionOptions):
    """What every criterion that asks a model has in common."""

    backend: str | None = Field(
        default=None, min_length=1, description="Who judges: the name of one of the suite's backends."
    )
    backends: tuple[str, ...] = Field(
        default=(), description="Several who judge; the verdict is that of most, and of the worse half at a tie."
    )
    model: str = Field(default="", description="The model's name; the backend's own by default.")
    votes: int = Field(default=1, ge=1, le=15, description="How often each is asked.")
    maximum_tokens: int = Field(default=2_000, ge=16, description="Length limit of a verdict in tokens.")

    @model_validator(mode="after")
    def _check_backends(self) -> "JudgingOptions":
        if (self.backend is None) == (not self.backends):
            message = "give either 'backend' or 'backends', and at least one name"
            raise ValueError(message)
        return self

    @property
    def judges(self) -> tuple[str, ...]:
        """The backends, whichever way they were given."""
        return self.backends if self.backend is None else (self.backend,)


class JudgeOptions(JudgingOptions):
    """Options of ``judge``."""

    question: str = Field(min_length=1, description="What is asked, about one property of the answer.")
    choices: tuple[ChoiceSection, ...] = Field(
        default=(
            ChoiceSection(name="no", meaning="the answer does not, or it leaves it open."),
            ChoiceSection(name="yes", meaning="the answer does."),
        ),
        min_length=2,
        max_length=10,
        description="The verdicts, from the worst to the best.",
    )
    passing: str | None = Field(
        default=None, description="The worst choice with which an answer passes; the best one by default."
    )

    @model_validator(mode="after")
    def _check_choices(self) -> "JudgeOptions":
        names = [choice.name.casefold() for choice in self.choices]
        if len(set(names)) < len(names):
            message = "two choices have one name"
            raise ValueError(message)
        if self.passing is not None and self.passing not in self.asked.names:
            message = f"'passing' is {self.passing!r}; write one of {', '.join(self.asked.names)}"
            raise ValueError(message)
        return self

    @property
    def asked(self) -> Question:
        """The question, with its choices."""
        return Question(
            text=self.question,
            choices=tuple(Choice(name=choice.name, meaning=choice.meaning) for choice in self.choices),
        )

    @property
    def passing_place(self) -> int:
        """From which choice on an answer passes, counted from 0."""
        names = self.asked.names
        return len(names) - 1 if self.passing is None else names.index(self.passing)


class AsksBeforeAssumingOptions(JudgingOptions):
    """Options of ``asks_before_assuming``: those of who judges."""


ASKS_BEFORE_ASSUMING = (
    "Does the answer ask the user about what the request leaves open and what would change the work, or say plainly "
    "which assumption it makes there, before it goes on?"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Vote:
    """One verdict of one judge.

    Attributes:
        backend: The suite's name for who judged.
        model: The model as its server resolved it.
        verdict: What it decided.
        usage: What that took, an unusable first try included.
        is_second_try: Whether its first verdict could not be used.
    """

    backend: str
    model: str
    verdict: Verdict
    usage: Usage
    is_second_try: bool


class Bench:
    """The judges of one criterion, who are asked apart from one another."""

    def __init__(self, backends: Mapping[str, Backend], options: JudgingOptions) -> None:
        """Take who judges."""
        self._backends = backends
        self._options = options

    async def ask(self, question: Question, request: Request, texts: Sequence[tuple[str, str]]) -> tuple[Vote, ...]:
        """Have every judge vote as often as it is to.

        Raises:
            BackendError: If one of them could not be asked.
            CriterionError: If one of them gave no verdict that can be used, twice.
        """
        messages = judging_messages(question, request, texts)
        turns = [
            self._vote(name, question, messages, vote) for name in self._backends for vote in range(self._options.votes)
        ]
        return tuple(await asyncio.gather(*turns))

    async def _vote(self, name: str, question: Question, messages: tuple[Message, ...], vote: int) -> Vote:
        first = await self._complete(name, question, messages, vote)
        verdict, usage = read_verdict(first.text, question.names), first.usage
        last = first
        if isinstance(verdict, Unusable):
            again = (*messages, *repair_messages(first.text, _complaint(verdict, first), question))
            last = await self._complete(name, question, again, vote)
            verdict, usage = read_verdict(last.text, question.names), total(usage, last.usage)
        if isinstance(verdict, Unusable):
            message = f"the judge {name!r} gave no verdict that can be used, asked twice: {_complaint(verdict, last)}"
            raise CriterionError(message, hint="take a model that keeps to a form, or give it more maximum_tokens")
        return Vote(backend=name, model=last.model, verdict=verdict, usage=usage, is_second_try=last is not first)

    async def _complete(self, name: str, question: Question, messages: tuple[Message, ...], vote: int) -> Completion:
        request = CompletionRequest(
            messages=messages,
            model=self._options.model,
            sampling=Sampling(
                # Several votes of one judge at temperature 0 would be one vote.
                temperature=0.0 if self._options.votes == 1 else None,
                maximum_tokens=self._options.maximum_tokens,
            ),
            repetition=vote,
            answer_schema=verdict_schema(question),
        )
        return await self._backends[name].complete(request)


class JudgeCriterion:
    """Whether a model finds that an answer has a property."""

    def __init__(self, name: str, question: Question, passing: int, bench: Bench) -> None:
        """Take what is asked, from which choice on it passes, and who judges."""
        self._name = name
        self._question = question
        self._passing = passing
        self._bench = bench

    async def assess(self, exhibit: Exhibit) -> Score:
        """Ask, and take the verdict of most."""
        texts = [("answer", judged_text(exhibit.completion))]
        votes = await self._bench.ask(self._question, exhibit.case.request, texts)
        names = self._question.names
        place = lower_median([names.index(vote.verdict.choice) for vote in votes])
        deciding = next(vote for vote in votes if vote.verdict.choice == names[place])
        return Score(
            criterion=self._name,
            value=place / (len(names) - 1),
            passed=place >= self._passing,
            reason=f"{names[place]!r}{_majority(votes, names[place])}: {deciding.verdict.reason[:_SHOWN_REASON]}",
            evidence={
                "choice": names[place],
                "choices": list(names),
                "passing": names[self._passing],
                "votes": shown_votes(votes),
                "prompt": VERSION,
            },
            usage=total(*(vote.usage for vote in votes)),
        )


def lower_median(places: Sequence[int]) -> int:
    """Return the choice in the middle, and the worse one of two: of two choices it is what most say."""
    return sorted(places)[(len(places) - 1) // 2]


def shown_votes(votes: Sequence[Vote]) -> list[dict[str, object]]:
    """Return votes as evidence."""
    return [
        {
            "judge": vote.backend,
            "model": vote.model,
            "choice": vote.verdict.choice,
            "reason": vote.verdict.reason,
            **({"second_try": True} if vote.is_second_try else {}),
        }
        for vote in votes
    ]


def build_bench(options: JudgingOptions, context: BuildContext) -> Bench:
    """Return the judges that the options name.

    Raises:
        InvalidConfigurationError: If the suite has no such backend.
    """
    return Bench({name: context.backend(name) for name in options.judges}, options)


def _majority(votes: Sequence[Vote], choice: str) -> str:
    if len(votes) == 1:
        return ""
    return f" by {sum(vote.verdict.choice == choice for vote in votes)} of {len(votes)} votes"


def _complaint(unusable: Unusable, completion: Completion) -> str:
    ended = "" if completion.finish_reason == "stop" else f" (it ended with {completion.finish_reason!r})"
    return f"{unusable.complaint}{ended}"


def _build_judge(options: JudgeOptions, context: BuildContext) -> Criterion:
    return JudgeCriterion(options.name, options.asked, options.passing_place, build_bench(options, context))


def _build_asking(options: AsksBeforeAssumingOptions, context: BuildContext) -> Criterion:
    asked = JudgeOptions(name=options.name, backends=options.judges, question=ASKS_BEFORE_ASSUMING)
    return JudgeCriterion(options.name, asked.asked, asked.passing_place, build_bench(options, context))


JUDGE = Component(options=JudgeOptions, build=_build_judge, version=VERSION, judges=True)
"""``judge``: asks a model one question about the answer."""

ASKING = Component(options=AsksBeforeAssumingOptions, build=_build_asking, version=VERSION, judges=True)
"""``asks_before_assuming``: asks a model whether the answer asks about what the request leaves open."""
