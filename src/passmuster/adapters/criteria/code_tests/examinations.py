"""What is asked about the tests of an answer, and how the results are read."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final, cast

from pydantic import Field

from passmuster.adapters.criteria.options import CriterionOptions, DefaultPath
from passmuster.components import BuildContext
from passmuster.domain.answer_files import AnswerFiles
from passmuster.domain.errors import CriterionError
from passmuster.domain.results import Exhibit, Score
from passmuster.domain.sandboxes import SandboxLimits
from passmuster.domain.values import JsonObject
from passmuster.examining import Examination, Examined
from passmuster.extraction.files import files_of

MOST_PLACES: Final = 20
"""So many places are kept as evidence."""

PROGRAM: Final = Path(__file__).with_name("programs") / "examine.py"
"""Makes all examinations of this family."""

_SPARE_SECONDS: Final = 30.0
_LONGEST: Final = 600.0
_MOST_WRITTEN: Final = 4_194_304


class TestingOptions(CriterionOptions):
    """Options of criteria that run the tests of an answer."""

    time_limit: float = Field(
        default=45.0,
        gt=0,
        le=600,
        description="Seconds that the tests of an answer may take; criteria with equal limits share one run.",
    )
    default_path: DefaultPath = "main.py"


class Asking:
    """Asks the examiner about the answers of exhibits; it is got when it is needed, so that building costs nothing."""

    def __init__(self, context: BuildContext) -> None:
        self._context = context

    async def result(self, files: AnswerFiles, examination: Examination) -> JsonObject | str:
        """Return the result of an examination, or in words why the answer left none.

        Raises:
            CriterionError: If the examination failed and the answer is not to blame.
        """
        examined = await self._context.examiner().examine(files, examination)
        if examined.result is None:
            return _why_missing(examined)
        if "fault" in examined.result:
            message = f"the examination {examination.name!r} failed: {examined.result['fault']}"
            raise CriterionError(message)
        return examined.result


def examination_of_tests(time_limit: float) -> Examination:
    """Return the examination that runs the tests and measures what they execute; all criteria on tests read it."""
    return Examination(
        name="tests",
        version="1",
        program=PROGRAM,
        question={"about": "tests", "time_limit": time_limit},
        limits=SandboxLimits(time=time_limit + _SPARE_SECONDS, output=_MOST_WRITTEN),
    )


def examination_of_mutants(
    functions: Sequence[tuple[str, int]], *, most: int, enough: int, time_limit: float
) -> Examination:
    """Return the examination that runs the tests over changed code.

    Args:
        functions: File and line of the ``def`` of each function that may be changed, the most wanted first.
        most: How many changes to try that tell something.
        enough: After how many noticed ones to stop.
        time_limit: Seconds for each run of the tests.
    """
    return Examination(
        name="mutants",
        version="1",
        program=PROGRAM,
        question={
            "about": "mutants",
            "functions": [list(function) for function in functions],
            "most": most,
            "enough": enough,
            "time_limit": time_limit,
        },
        limits=SandboxLimits(time=min(3 * most * time_limit, _LONGEST) + _SPARE_SECONDS, output=_MOST_WRITTEN),
    )


def examination_of_injections(time_limit: float) -> Examination:
    """Return the examination that looks for places that take stand-ins, and tries them."""
    return Examination(
        name="injections",
        version="1",
        program=PROGRAM,
        question={"about": "injections", "time_limit": time_limit},
        limits=SandboxLimits(time=time_limit + _SPARE_SECONDS, output=_MOST_WRITTEN),
    )


def files_or_score(exhibit: Exhibit, options: TestingOptions) -> AnswerFiles | Score:
    """Return the files of an answer, or the score of one without any."""
    files = files_of(exhibit.completion, default_path=options.default_path)
    if any(file.path.endswith(".py") for file in files):
        return files
    told = [refused.reason for refused in files.refused] + list(files.warnings)
    reason = "the answer has no Python files" + (f": {told[0]}" if told else "")
    evidence: JsonObject = {"warnings": told[:MOST_PLACES], "files": [file.path for file in files][:MOST_PLACES]}
    return failure(options.name, reason, evidence)


def failure(criterion: str, reason: str, evidence: JsonObject | None = None, value: float = 0.0) -> Score:
    """Return a score that does not pass."""
    return Score(criterion=criterion, value=value, passed=False, reason=reason, evidence=evidence or {})


def rows(result: Mapping[str, object], key: str) -> Sequence[JsonObject]:
    """Return a list of objects from a result."""
    # The programs write these; a result that is otherwise is a mistake of ours.
    return cast("Sequence[JsonObject]", result[key])


def number(value: object) -> int:
    """Return a whole number from a result."""
    return value if isinstance(value, int) else 0


def place(row: Mapping[str, object], message: str) -> JsonObject:
    """Return a place as evidence."""
    return {"file": str(row.get("file", "")), "line": number(row.get("line")), "message": message}


def where(row: Mapping[str, object]) -> str:
    """Return a place in a sentence; empty where none is known."""
    if not row.get("file"):
        return ""
    return f" ({row['file']}:{row['line']})" if row.get("line") else f" ({row['file']})"


def told_cheats(result: Mapping[str, object], names: Iterable[str] | None = None) -> tuple[str, list[JsonObject]]:
    """Return a sentence that names the cheats that were found, and their places; empty if there are none.

    Args:
        result: What the examination of tests found.
        names: Only these cheats; ``None`` for all.
    """
    wanted = None if names is None else frozenset(names)
    found = [cheat for cheat in rows(result, "cheats") if wanted is None or cheat["name"] in wanted]
    if not found:
        return "", []
    first = found[0]
    others = sorted({str(cheat["name"]) for cheat in found} - {str(first["name"])})
    more = f"; and {', '.join(others)}" if others else ""
    sentence = f"{first['name']}: {first['detail']}{where(first)}{more}"
    return sentence, [place(cheat, f"{cheat['name']}: {cheat['detail']}") for cheat in found[:MOST_PLACES]]


def _why_missing(examined: Examined) -> str:
    if examined.ended_by is not None:
        return f"missing_report: the examination went over the limit of {examined.ended_by.value}"
    last = examined.errors.strip().rpartition("\n")[2]
    said = f": {last}" if last else ""
    return f"missing_report: the examination ended with status {examined.status} and without a result{said}"
