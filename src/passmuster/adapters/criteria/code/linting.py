"""Criteria on form and style, by ruff."""

import re

from pydantic import Field, field_validator

from passmuster.adapters.criteria.code.reading import (
    CodeCriterion,
    CodeOptions,
    CodeReport,
    Place,
    Verdict,
    number_of,
    text_of,
    texts_of,
    told,
    with_message,
)
from passmuster.components import BuildContext, Component
from passmuster.domain.budgets import counted
from passmuster.ports import Criterion

# The letters that rules of ruff begin with, as `ruff linter` lists them: a rule of other letters would never count.
_RULE = re.compile(
    "(A|AIR|ANN|ARG|ASYNC|B|BLE|C|COM|CPY|D|DJ|DOC|DTZ|E|EM|ERA|EXE|F|FA|FAST|FBT|FIX|FLY|FURB|G|I|ICN|INP|INT|ISC|LOG|N"
    "|NPY|PD|PERF|PGH|PIE|PLC|PLE|PLR|PLW|PT|PTH|PYI|Q|RET|RSE|RUF|S|SIM|SLF|SLOT|T|TC|TD|TID|TRY|UP|W|YTT)[0-9]*"
)
_WIDTH = re.compile(r"\((\d+) > \d+\)")
_LENGTHS = (79, 88, 100, 120)


class RuffOptions(CodeOptions):
    """Options of ``ruff``."""

    rules: tuple[str, ...] = Field(
        default=("E", "W", "F", "I", "N", "UP", "B", "C4", "SIM", "RET", "PIE", "DTZ"),
        min_length=1,
        description="The rule sets that count, such as `E` or `S105`; any of ruff's but `D`, which is `docstrings`.",
    )
    ignored: tuple[str, ...] = Field(
        default=("N818", "SIM108"), description="Rules and rule sets that do not count; by default two of taste."
    )
    line_length: int = Field(default=120, ge=40, description="How long a line may be, for the rule `E501`.")
    tests: bool = Field(default=True, description="Whether the answer's tests are looked at too, by milder rules.")
    maximum: int = Field(default=0, ge=0, description="At most so many complaints.")

    @field_validator("rules", "ignored")
    @classmethod
    def _check_rules(cls, rules: tuple[str, ...]) -> tuple[str, ...]:
        strange = [rule for rule in rules if not _RULE.fullmatch(rule)]
        if strange:
            message = f"{strange[0]!r} is no rule or rule set of ruff; write one such as 'E' or 'S105'"
            raise ValueError(message)
        return rules

    def counts(self, place: Place) -> bool:
        """Return whether a complaint counts."""
        code = text_of(place, "code")
        if place.get("is_test") and not self.tests:
            return False
        if code == "E501":
            width = _WIDTH.search(text_of(place, "message"))
            if width is not None and int(width[1]) <= self.line_length:
                return False
        return any(_belongs(code, rule) for rule in self.rules) and not any(
            _belongs(code, rule) for rule in self.ignored
        )

    def complaint(self, place: Place) -> str:
        """Return a complaint in words; long lines are looked for at another length than counts here."""
        code, message = text_of(place, "code"), text_of(place, "message")
        return f"{code} {message.replace('> 79)', f'> {self.line_length})') if code == 'E501' else message}"


class FormattedOptions(CodeOptions):
    """Options of ``formatted``."""

    line_lengths: tuple[int, ...] = Field(
        default=_LENGTHS,
        min_length=1,
        description="The lengths of lines of which one must have been kept throughout; of 79, 88, 100 and 120.",
    )
    single_quotes: bool = Field(
        default=True, description="Whether single quotes throughout are as good as double ones."
    )

    @field_validator("line_lengths")
    @classmethod
    def _check_lengths(cls, lengths: tuple[int, ...]) -> tuple[int, ...]:
        strange = [length for length in lengths if length not in _LENGTHS]
        if strange:
            message = f"{strange[0]} is not among the lengths that are tried: {', '.join(map(str, _LENGTHS))}"
            raise ValueError(message)
        return lengths


def _ruff(options: RuffOptions, report: CodeReport) -> Verdict:
    complaints = [
        with_message(place, options.complaint(place))
        for place in report.places("lint", "places")
        if options.counts(place)
    ]
    complaints.sort(key=lambda place: (text_of(place, "file"), number_of(place, "line")))
    by_rule: dict[str, int] = {}
    for place in complaints:
        by_rule[text_of(place, "code")] = by_rule.get(text_of(place, "code"), 0) + 1
    counts = {"complaints": len(complaints), "rules": by_rule}
    if len(complaints) > options.maximum:
        reason = f"ruff has {counted(len(complaints), 'complaint')}: {told(complaints)}"
        return Verdict(passed=False, reason=reason, places=complaints, counts=counts)
    found = counted(len(complaints), "complaint") if complaints else "no complaint"
    return Verdict(passed=True, reason=f"ruff has {found}", places=complaints, counts=counts)


def _belongs(code: str, rule: str) -> bool:
    # `E` is a set of its own beside `ERA`: a set's letters must be the rule's.
    if rule[-1].isdigit():
        return code.startswith(rule)
    return re.match(r"[A-Z]*", code)[0] == rule  # type: ignore[index] # it fits every text


def _formatted(options: FormattedOptions, report: CodeReport) -> Verdict:
    tried = [
        style
        for style in report.places("unformatted")
        if number_of(style, "line_length") in options.line_lengths
        and (options.single_quotes or style.get("quotes") == "double")
    ]
    best = min(tried, key=lambda style: len(texts_of(style, "files")))
    files = texts_of(best, "files")
    kind = f"lines of {number_of(best, 'line_length')} characters and {best.get('quotes')} quotes"
    if not files:
        reason = f"all files are formatted, with {kind}"
        return Verdict(passed=True, reason=reason, counts={"line_length": number_of(best, "line_length")})
    count = len(report.places("files"))
    places: list[Place] = [{"file": file, "line": 1, "message": "is not formatted"} for file in files]
    reason = f"{len(files)} of {counted(count, 'file')} not formatted, even with {kind}: {told(places)}"
    return Verdict(passed=False, reason=reason, value=1 - len(files) / max(count, len(files)), places=places)


def _build_ruff(options: RuffOptions, context: BuildContext) -> Criterion:
    return CodeCriterion(options, context, _ruff, needs_product=False)


def _build_formatted(options: FormattedOptions, context: BuildContext) -> Criterion:
    return CodeCriterion(options, context, _formatted, needs_product=False)


RUFF = Component(options=RuffOptions, build=_build_ruff, is_deterministic=lambda _options: True, needs_sandbox=True)
"""``ruff``: the linter has no complaint."""

FORMATTED = Component(
    options=FormattedOptions, build=_build_formatted, is_deterministic=lambda _options: True, needs_sandbox=True
)
"""``formatted``: the formatter would change nothing."""
