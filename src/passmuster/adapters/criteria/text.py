"""Criteria on the words of an answer: texts that it must hold or must not hold, patterns, and length."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Literal, cast

from pydantic import Field, field_validator, model_validator

from passmuster.adapters.criteria.isolated import TIME_LIMIT, ask
from passmuster.adapters.criteria.options import Bounds, CriterionOptions, valid_pattern
from passmuster.adapters.criteria.pattern_search import Matches, flags_of, search
from passmuster.components import BuildContext, Component
from passmuster.domain.results import Exhibit, Score
from passmuster.ports import Criterion

MAXIMUM_CHARACTERS = 262_144
"""A pattern is looked for in this much of an answer; the reason says so where there was more."""

_NAMED = 3
_REPEATS = re.compile(r"[*+{]|(?<!\()\?")
_SEARCH_PROGRAM = Path(__file__).with_name("pattern_search.py")


class ContainsOptions(CriterionOptions):
    """Options of ``contains``."""

    text: str | None = Field(default=None, min_length=1, description="The text to look for; or give `texts`.")
    texts: tuple[str, ...] = Field(default=(), description="The texts to look for; or give `text`.")
    mode: Literal["all", "any"] = Field(default="all", description="Whether all of them must be there, or any one.")
    ignore_case: bool = Field(default=False, description="Whether capital and small letters count as equal.")

    @model_validator(mode="after")
    def _check_texts(self) -> "ContainsOptions":
        if (self.text is None) == (not self.texts):
            message = "give either 'text' or 'texts', and at least one text"
            raise ValueError(message)
        _refuse_empty(self.texts)
        return self

    @property
    def wanted(self) -> tuple[str, ...]:
        """The texts, whichever way they were given."""
        return self.texts if self.text is None else (self.text,)


class ForbiddenOptions(CriterionOptions):
    """Options of ``forbidden``."""

    texts: tuple[str, ...] = Field(min_length=1, description="The texts that must not be there.")
    ignore_case: bool = Field(default=False, description="Whether capital and small letters count as equal.")

    @field_validator("texts")
    @classmethod
    def _check_texts(cls, texts: tuple[str, ...]) -> tuple[str, ...]:
        _refuse_empty(texts)
        return texts


class RegexOptions(CriterionOptions):
    """Options of ``regex``."""

    pattern: str = Field(min_length=1, description="A regular expression as Python's `re` understands it.")
    flags: str = Field(
        default="",
        pattern="^[ims]*$",
        description="Any of i (ignore case), m (^ and $ match at every line) and s (a dot matches a line's end).",
    )
    minimum: int = Field(default=1, ge=0, description="At least so many matches.")
    maximum: int | None = Field(default=None, ge=0, description="At most so many matches.")

    @model_validator(mode="after")
    def _check(self) -> "RegexOptions":
        self.bounds.refuse_if_empty()
        valid_pattern(self.pattern, flags_of(self.flags))
        return self

    @property
    def bounds(self) -> Bounds:
        """The numbers of matches that pass."""
        return Bounds(minimum=self.minimum, maximum=self.maximum)


class LengthOptions(CriterionOptions):
    """Options of ``length``."""

    unit: Literal["characters", "words", "lines"] = Field(description="What is counted.")
    minimum: int | None = Field(default=None, ge=0, description="At least so many.")
    maximum: int | None = Field(default=None, ge=0, description="At most so many.")

    @model_validator(mode="after")
    def _check(self) -> "LengthOptions":
        if self.minimum is None and self.maximum is None:
            message = "give 'minimum', 'maximum' or both"
            raise ValueError(message)
        self.bounds.refuse_if_empty()
        return self

    @property
    def bounds(self) -> Bounds:
        """The lengths that pass."""
        return Bounds(minimum=self.minimum, maximum=self.maximum)


class ContainsCriterion:
    """Whether texts stand in the answer. The value is the share found, or for ``any`` 1 or 0."""

    def __init__(self, options: ContainsOptions) -> None:
        self._options = options

    async def assess(self, exhibit: Exhibit) -> Score:
        """Look for every text."""
        options = self._options
        wanted = options.wanted
        found = _lines_found(exhibit.completion.text, wanted, ignore_case=options.ignore_case)
        missing = tuple(text for text in wanted if text not in found)
        there = len(wanted) - len(missing)
        passed = bool(found) if options.mode == "any" else not missing
        reason = f"found {there} of {len(wanted)}"
        if missing and not (options.mode == "any" and passed):
            reason += f"; {_named(missing)} {'is' if len(missing) == 1 else 'are'} missing"
        return Score(
            criterion=options.name,
            value=float(passed) if options.mode == "any" else there / len(wanted),
            passed=passed,
            reason=reason,
            evidence={"lines": found, "missing": list(missing)},
        )


class ForbiddenCriterion:
    """Whether the answer is free of texts."""

    def __init__(self, options: ForbiddenOptions) -> None:
        self._options = options

    async def assess(self, exhibit: Exhibit) -> Score:
        """Look for every text."""
        options = self._options
        found = _lines_found(exhibit.completion.text, options.texts, ignore_case=options.ignore_case)
        reason = f"none of {len(options.texts)} forbidden texts is there"
        if found:
            places = [f"{text!r} on line {lines[0]}" for text, lines in found.items()]
            reason = f"found {_joined(places)}, which {'is' if len(found) == 1 else 'are'} forbidden"
        return Score(
            criterion=options.name,
            value=float(not found),
            passed=not found,
            reason=reason,
            evidence={"lines": found},
        )


class RegexCriterion:
    """Whether a pattern is found often enough and not too often.

    A pattern in which nothing repeats is looked for here. Any other one can be made to backtrack without end by a
    hostile answer and is looked for in a process of its own.
    """

    def __init__(self, options: RegexOptions, *, time_limit: float = TIME_LIMIT) -> None:
        self._options = options
        self._time_limit = time_limit

    async def assess(self, exhibit: Exhibit) -> Score:
        """Count the matches.

        Raises:
            CriterionError: If the search takes longer than the time limit.
        """
        options = self._options
        text = exhibit.completion.text
        matches = await self._search(text[:MAXIMUM_CHARACTERS])
        count = matches["count"]
        passed = count in options.bounds
        noun = "match" if count == 1 else "matches"
        reason = f"found {count} {noun} of {options.pattern!r}; wanted {options.bounds}"
        if len(text) > MAXIMUM_CHARACTERS:
            reason += f" (looked at the first {MAXIMUM_CHARACTERS} of {len(text)} characters)"
        return Score(criterion=options.name, value=float(passed), passed=passed, reason=reason, evidence=dict(matches))

    async def _search(self, text: str) -> Matches:
        options = self._options
        if not _REPEATS.search(options.pattern):
            return search(options.pattern, options.flags, text)
        question = {"pattern": options.pattern, "flags": options.flags, "text": text}
        answer = await ask(_SEARCH_PROGRAM, question, time_limit=self._time_limit, with_packages=False)
        # The program returns what `search` returns.
        return cast("Matches", answer)


class LengthCriterion:
    """Whether the answer is long enough and not too long.

    Words are what white space separates. A line break at the very end begins no further line.
    """

    def __init__(self, options: LengthOptions) -> None:
        self._options = options

    async def assess(self, exhibit: Exhibit) -> Score:
        """Count."""
        options = self._options
        count = _length(exhibit.completion.text, options.unit)
        passed = count in options.bounds
        return Score(
            criterion=options.name,
            value=float(passed),
            passed=passed,
            reason=f"the number of {options.unit} is {count}; wanted {options.bounds}",
            evidence={options.unit: count},
        )


def _refuse_empty(texts: Sequence[str]) -> None:
    if "" in texts:
        message = "an empty text is found everywhere; leave it out"
        raise ValueError(message)


def _lines_found(text: str, wanted: Sequence[str], *, ignore_case: bool) -> dict[str, list[int]]:
    """Return the lines on which each text begins, for those that are there at all."""
    # Folding case never adds or removes a line break, so lines keep their numbers.
    looked_at = text.casefold() if ignore_case else text
    found: dict[str, list[int]] = {}
    for original in wanted:
        pattern = re.escape(original.casefold() if ignore_case else original)
        lines = search(pattern, "", looked_at)["lines"]
        if lines:
            found[original] = sorted(set(lines))
    return found


def _length(text: str, unit: str) -> int:
    if unit == "characters":
        return len(text)
    if unit == "words":
        return len(text.split())
    return text.count("\n") + (text != "" and not text.endswith("\n"))


def _named(texts: Sequence[str]) -> str:
    return _joined([repr(text) for text in texts])


def _joined(parts: Sequence[str]) -> str:
    rest = len(parts) - _NAMED
    return ", ".join(parts[:_NAMED]) + (f" and {rest} more" if rest > 0 else "")


def _build_contains(options: ContainsOptions, _context: BuildContext) -> Criterion:
    return ContainsCriterion(options)


def _build_forbidden(options: ForbiddenOptions, _context: BuildContext) -> Criterion:
    return ForbiddenCriterion(options)


def _build_regex(options: RegexOptions, _context: BuildContext) -> Criterion:
    return RegexCriterion(options)


def _build_length(options: LengthOptions, _context: BuildContext) -> Criterion:
    return LengthCriterion(options)


CONTAINS = Component(options=ContainsOptions, build=_build_contains, is_deterministic=lambda _options: True)
"""``contains``: the answer holds texts."""

FORBIDDEN = Component(options=ForbiddenOptions, build=_build_forbidden, is_deterministic=lambda _options: True)
"""``forbidden``: the answer is free of texts."""

REGEX = Component(options=RegexOptions, build=_build_regex, is_deterministic=lambda _options: True)
"""``regex``: the answer matches a pattern often enough."""

LENGTH = Component(options=LengthOptions, build=_build_length, is_deterministic=lambda _options: True)
"""``length``: the answer is long enough and not too long."""
