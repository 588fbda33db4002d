"""How a criterion has an answer's application asked: once for all criteria whose options are equal."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from pydantic import Field

from passmuster.adapters.criteria.application_probe.observations import Seen
from passmuster.adapters.criteria.options import CriterionOptions, DefaultPath
from passmuster.components import BuildContext
from passmuster.domain.errors import CriterionError
from passmuster.domain.results import Exhibit, Score
from passmuster.domain.sandboxes import SandboxLimits
from passmuster.domain.values import JsonObject
from passmuster.examining import Examination, Examined
from passmuster.extraction.files import files_of

MOST_PLACES: Final = 20
"""So many places are kept as evidence."""

PROGRAM: Final = Path(__file__).with_name("probe_programs") / "application.py"
"""Starts an application and asks it."""

_VERSION: Final = "1"
_LIMITS: Final = SandboxLimits(time=180.0, processes=64, output=8_388_608)


class ProbeOptions(CriterionOptions):
    """Options of every criterion that asks an answer's application."""

    application: str | None = Field(
        default=None,
        pattern=r"^[\w.]+:[\w.]+(\(\))?$",
        description="Where the application is, such as `app.main:app` or `app.main:create_app()`; found if left out.",
    )
    headers: dict[str, str] = Field(
        default_factory=dict,
        description="Headers that let a request in, such as `authorization`; without them FastAPI's guards are "
        "overridden, and Django gets a session.",
    )
    paths: tuple[str, ...] = Field(
        default=(), description="Only addresses that one of these patterns fits, such as `/api/*`; empty: all."
    )
    environment: dict[str, str] = Field(
        default_factory=dict, description="Environment variables that the application wants; guessed where missing."
    )
    seed: str | None = Field(
        default=None,
        pattern=r"^[\w.]+:[\w.]+$",
        description="A function of the answer, `module:function`, that puts as many rows into the database as its "
        "argument says; without it rows are made from the tables' columns.",
    )
    bodies: dict[str, JsonObject] = Field(
        default_factory=dict, description="Bodies that are right, by operation, such as `POST /orders`; else made."
    )

    default_path: DefaultPath = "main.py"

    def question(self) -> dict[str, object]:
        """Return what the program is asked."""
        return {
            "application": self.application,
            "headers": self.headers,
            "paths": list(self.paths),
            "environment": self.environment,
            "seed": self.seed,
            "bodies": self.bodies,
        }


class Probe:
    """Has the applications of answers asked."""

    def __init__(self, options: ProbeOptions, context: BuildContext) -> None:
        self._options = options
        self._context = context

    async def seen(self, exhibit: Exhibit, **more: object) -> Seen | Score:
        """Return what was seen, or the score of an answer whose application cannot be asked by its own fault.

        Args:
            exhibit: The answer.
            more: What else the program is asked.

        Raises:
            CriterionError: If it cannot be asked and the answer is not to blame, or nothing can be run here.
        """
        files = files_of(exhibit.completion, default_path=self._options.default_path)
        name = self._options.name
        if not any(file.path.endswith(".py") for file in files):
            told = [refused.reason for refused in files.refused] + list(files.warnings)
            reason = "the answer has no Python files" + (f": {told[0]}" if told else "")
            return failure(name, reason, warnings=told[:MOST_PLACES], files=[file.path for file in files][:MOST_PLACES])
        question = {**self._options.question(), **more}
        examination = Examination(
            name="application", version=_VERSION, program=PROGRAM, question=question, limits=_LIMITS
        )
        examined = await self._context.examiner().examine(files, examination)
        if examined.result is None:
            return failure(name, _why_missing(examined))
        return self._read(examined.result)

    def _read(self, result: JsonObject) -> Seen | Score:
        if "fault" in result:
            message = f"the examination 'application' failed: {result['fault']}"
            raise CriterionError(message)
        state, reason = result.get("state"), str(result.get("reason", ""))[:500]
        if state == "undrivable":
            message = f"the application cannot be asked: {reason}"
            hint = "name what it needs in the options: 'application', 'environment', 'seed'"
            raise CriterionError(message, hint=hint)
        if state != "asked":
            line = result.get("line")
            place = {"file": str(result.get("file", "")), "line": line if isinstance(line, int) else 0}
            places = [{**place, "message": reason}] if place["file"] else []
            return failure(self._options.name, f"{reason}{where(place)}", places=places)
        return Seen.of(result)


def failure(criterion: str, reason: str, **evidence: object) -> Score:
    """Return a score that does not pass."""
    words = " ".join(reason.split())
    return Score(criterion=criterion, value=0.0, passed=False, reason=words, evidence={"places": [], **evidence})


def where(place: Mapping[str, object]) -> str:
    """Return a place in a sentence; empty where none is known."""
    return f" ({place['file']}:{place.get('line') or 1})" if place.get("file") else ""


def _why_missing(examined: Examined) -> str:
    if examined.ended_by is not None:
        return f"missing_report: asking the application went over the limit of {examined.ended_by.value}"
    last = examined.errors.strip().rpartition("\n")[2][:200]
    said = f": {last}" if last else ""
    return f"missing_report: asking the application ended with status {examined.status} and without a result{said}"
