"""How a criterion on code asks about an answer: its files are examined once, and a rule judges what was found."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Generic, TypeVar

from passmuster.adapters.criteria.options import CriterionOptions, DefaultPath
from passmuster.components import BuildContext
from passmuster.domain.answer_files import AnswerFiles
from passmuster.domain.results import Exhibit, Score
from passmuster.domain.sandboxes import Limit, SandboxLimits
from passmuster.domain.values import JsonObject
from passmuster.examining import Examination, Examined
from passmuster.extraction.files import files_of

PROGRAM: Final = Path(__file__).with_name("programs") / "launch.py"
_LIMITS: Final = SandboxLimits(time=120.0, memory=2_147_483_648, output=4_194_304)

SOURCE: Final = Examination(name="source", version="1", program=PROGRAM, question={"of": "source"}, limits=_LIMITS)
"""What ruff and our own rules find; one for all criteria but ``mypy_strict``."""

TYPES: Final = Examination(
    name="types", version="1", program=PROGRAM, question={"of": "types"}, limits=_LIMITS, needs_types=True
)
"""What mypy finds."""

TOLD: Final = 20
"""So many places are told as evidence."""

_NAMED = 3
_ENDED = {
    Limit.TIME: "took too long to be examined",
    Limit.MEMORY: "took too much memory to be examined",
    Limit.OUTPUT: "has too much to be told of it",
}

Place = Mapping[str, object]
"""Where something was found: ``file``, ``line``, ``message``, and what else an examination tells."""


class CodeOptions(CriterionOptions):
    """Options of every criterion on code."""

    default_path: DefaultPath = "main.py"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a rule makes of a report.

    Attributes:
        passed: Whether the criterion holds.
        reason: One sentence.
        value: From 0 to 1; ``None`` is 1 for what passed and 0 for what did not.
        places: What the reason rests on.
        counts: What else there is to know, as plain data.
    """

    passed: bool
    reason: str
    value: float | None = None
    places: Sequence[Place] = ()
    counts: JsonObject = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CodeReport:
    """What an examination found in the code of one answer."""

    result: JsonObject

    def places(self, *keys: str) -> list[Place]:
        """Return the list that keys lead to."""
        found: object = self.result
        for key in keys:
            found = found.get(key) if isinstance(found, dict) else None
        return [item for item in found if isinstance(item, dict)] if isinstance(found, list) else []

    def text(self, *keys: str) -> str:
        """Return the text that keys lead to."""
        found: object = self.result
        for key in keys:
            found = found.get(key) if isinstance(found, dict) else None
        return found if isinstance(found, str) else ""

    def texts(self, *keys: str) -> list[str]:
        """Return the list of texts that keys lead to."""
        found: object = self.result
        for key in keys:
            found = found.get(key) if isinstance(found, dict) else None
        return [item for item in found if isinstance(item, str)] if isinstance(found, list) else []

    def number(self, key: str) -> int:
        """Return the number of a key; 0 where there is none."""
        return number_of(self.result, key)

    @property
    def product(self) -> list[Place]:
        """The files that are no tests."""
        return [file for file in self.places("files") if not file.get("is_test")]


OptionsT = TypeVar("OptionsT", bound=CodeOptions)
Judge = Callable[[OptionsT, CodeReport], Verdict]


class CodeCriterion(Generic[OptionsT]):
    """Has an answer's code examined, and judges what was found by one rule.

    An answer without code, or with code that cannot be parsed, fails whatever the rule.
    """

    def __init__(
        self,
        options: OptionsT,
        context: BuildContext,
        judge: Judge[OptionsT],
        *,
        examination: Examination = SOURCE,
        needs_product: bool = True,
    ) -> None:
        self._options = options
        self._context = context
        self._judge = judge
        self._examination = examination
        self._needs_product = needs_product

    async def assess(self, exhibit: Exhibit) -> Score:
        """Examine and judge.

        Raises:
            CriterionError: If the examination itself failed, or cannot be made here.
        """
        files = files_of(exhibit.completion, default_path=self._options.default_path)
        verdict = self._without_code(files)
        if verdict is None:
            examined = await self._context.examiner().examine(files, self._examination)
            verdict = self._judged(examined)
        return self._score(verdict, files)

    def _without_code(self, files: AnswerFiles) -> Verdict | None:
        if any(file.path.endswith(".py") for file in files):
            return None
        if files.files:
            return Verdict(passed=False, reason=f"none of the answer's {len(files.files)} files is Python")
        refused = f"; {len(files.refused)} were refused, such as {files.refused[0].path!r}" if files.refused else ""
        return Verdict(passed=False, reason=f"the answer has no file{refused}")

    def _judged(self, examined: Examined) -> Verdict:
        result = examined.result
        if result is None:
            why = "ended its own examination" if examined.ended_by is None else _ENDED[examined.ended_by]
            return Verdict(passed=False, reason=f"the answer's code {why}", counts={"status": examined.status})
        if "excess" in result:
            return Verdict(passed=False, reason=f"the answer's code {_ENDED[Limit.OUTPUT]}")
        report = CodeReport(result)
        crash = report.text("crash")
        if crash:
            return Verdict(passed=False, reason=f"the code could not be checked: {crash}")
        broken = report.places("broken")
        if broken:
            return Verdict(passed=False, reason=f"code that cannot be parsed: {told(broken)}", places=broken)
        if self._needs_product and not report.product:
            return Verdict(passed=False, reason="the answer has no Python file besides its tests")
        return self._judge(self._options, report)

    def _score(self, verdict: Verdict, files: AnswerFiles) -> Score:
        value = float(verdict.passed) if verdict.value is None else verdict.value
        evidence: dict[str, object] = {"places": [_shown(place) for place in verdict.places[:TOLD]], **verdict.counts}
        notes = [*(f"{item.path!r} was refused: {item.reason}" for item in files.refused), *files.warnings]
        if notes:
            evidence["notes"] = notes[:TOLD]
        return Score(
            criterion=self._options.name,
            value=value if verdict.passed else min(value, 0.99),
            passed=verdict.passed,
            reason=verdict.reason,
            evidence=evidence,
        )


def number_of(place: Place, key: str) -> int:
    """Return the number that a place tells under a key; 0 where it tells none."""
    found = place.get(key)
    return found if isinstance(found, int) else 0


def text_of(place: Place, key: str) -> str:
    """Return the text that a place tells under a key; empty where it tells none."""
    found = place.get(key)
    return found if isinstance(found, str) else ""


def texts_of(place: Place, key: str) -> list[str]:
    """Return the texts that a place tells under a key."""
    found = place.get(key)
    return [item for item in found if isinstance(item, str)] if isinstance(found, list) else []


def with_message(place: Place, message: str) -> Place:
    """Return a place with another message."""
    return {**place, "message": message}


def told(places: Sequence[Place]) -> str:
    """Return the first places in words, and how many more there are."""
    words = [f"{place.get('file')}:{place.get('line')} {place.get('message')}" for place in places[:_NAMED]]
    rest = len(places) - _NAMED
    return "; ".join(words) + (f"; and {rest} more" if rest > 0 else "")


def _shown(place: Place) -> dict[str, object]:
    return {key: place[key] for key in ("file", "line", "message") if key in place}
