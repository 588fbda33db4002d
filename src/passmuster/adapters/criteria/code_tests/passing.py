"""Whether an answer brings tests, and they pass."""

from typing import Final

from pydantic import Field, model_validator

from passmuster.adapters.criteria.code_tests.examinations import (
    MOST_PLACES,
    Asking,
    TestingOptions,
    examination_of_mutants,
    examination_of_tests,
    failure,
    files_or_score,
    number,
    place,
    rows,
    told_cheats,
    where,
)
from passmuster.components import BuildContext, Component
from passmuster.domain.answer_files import AnswerFiles
from passmuster.domain.results import Exhibit, Score
from passmuster.domain.values import JsonObject
from passmuster.ports import Criterion

_COUNTS: Final = ("collected", "passed", "failed", "error", "skipped", "expected")


class TestsPassOptions(TestingOptions):
    """Options of ``tests_pass``."""

    minimum: int = Field(default=1, ge=1, description="At least so many tests must pass.")
    kills_mutants: int = Field(
        default=0,
        ge=0,
        description="The tests must fail for at least so many changes to the code; 0 tries none.",
    )
    mutants: int = Field(
        default=3, ge=1, le=50, description="So many changes that tell something are made at most, one at a time."
    )
    allowed_skips: int = Field(
        default=0, ge=0, description="So many tests may be skipped, or be expected to fail, and no more."
    )

    @model_validator(mode="after")
    def _check_mutants(self) -> "TestsPassOptions":
        if self.kills_mutants > self.mutants:
            message = f"of {self.mutants} mutants no {self.kills_mutants} can be killed; raise 'mutants'"
            raise ValueError(message)
        return self


class TestsPassCriterion:
    """Whether enough tests were collected and passed, none failed, and the report is believable."""

    def __init__(self, options: TestsPassOptions, context: BuildContext) -> None:
        self._options = options
        self._asking = Asking(context)

    async def assess(self, exhibit: Exhibit) -> Score:
        """Run the tests.

        Raises:
            CriterionError: If they could not be run and the answer is not to blame.
        """
        options = self._options
        files = files_or_score(exhibit, options)
        if isinstance(files, Score):
            return files
        result = await self._asking.result(files, examination_of_tests(options.time_limit))
        if isinstance(result, str):
            return failure(options.name, result)
        complaint, places = _complaint(result, options)
        counts = _counts(result)
        evidence: dict[str, object] = {**counts, "places": places[:MOST_PLACES], "files": result["files"]}
        if complaint:
            return failure(options.name, complaint, evidence, _share(result))
        if options.kills_mutants:
            complaint = await self._survivors(files, result, evidence)
            if complaint:
                return failure(options.name, complaint, evidence)
        passed = counts["passed"]
        reason = f"{_tests(passed)} passed and none failed"
        return Score(criterion=options.name, value=1.0, passed=True, reason=reason, evidence=evidence)

    async def _survivors(self, files: AnswerFiles, result: JsonObject, evidence: dict[str, object]) -> str:
        """Have the tests run over changed code; return what is wrong if they do not notice, and add to the evidence."""
        options = self._options
        bodies = [body for body in rows(result, "functions") if body["executed"]]
        bodies.sort(key=lambda body: (-number(body["executed"]), str(body["file"]), number(body["line"])))
        functions = [(str(body["file"]), number(body["line"])) for body in bodies[: options.mutants]]
        wanted = options.kills_mutants
        examination = examination_of_mutants(
            functions, most=options.mutants, enough=wanted, time_limit=options.time_limit
        )
        told = await self._asking.result(files, examination)
        if isinstance(told, str):
            return told
        mutants = rows(told, "mutants")
        noticed = sum(1 for mutant in mutants if mutant["outcome"] == "noticed")
        missed = [mutant for mutant in mutants if mutant["outcome"] == "missed"]
        evidence["mutants"] = [dict(mutant) for mutant in mutants]
        # Code in which nothing can be changed shows nothing of the tests.
        if noticed >= wanted or not missed:
            return ""
        what = f"the tests noticed {noticed} of {noticed + len(missed)} changes to the code they execute"
        first = missed[0]
        return f"tests_assert_nothing: {what}; wanted are {wanted}; missed was {first['message']}{where(first)}"


def _complaint(result: JsonObject, options: TestsPassOptions) -> tuple[str, list[JsonObject]]:
    """Return what is wrong with the tests in a sentence, and where; empty if nothing is."""
    if not rows(result, "files"):
        failures = rows(result, "failures")
        broken = f"; {failures[0]['file']}:{failures[0]['line']} cannot be read" if failures else ""
        return f"no_tests: the answer brings no tests{broken}", []
    cheats, places = told_cheats(result)
    if cheats:
        return cheats, places
    counts = _counts(result)
    failed = counts["failed"] + counts["error"]
    failures = rows(result, "failures")
    if failures:
        told = [place(row, _told(row)) for row in failures]
        first = failures[0]
        what = f"{failed} of {_tests(counts['collected'])} failed" if failed else "the tests cannot be collected"
        return f"{what}; first{where(first)}: {_told(first)}", told
    return _too_few(result, counts, options)


def _too_few(result: JsonObject, counts: dict[str, int], options: TestsPassOptions) -> tuple[str, list[JsonObject]]:
    left_out = counts["skipped"] + counts["expected"]
    skips = rows(result, "skips")
    places = [place(row, str(row["message"])) for row in skips]
    if skips and not counts["passed"]:
        return f"tests_skipped: no test passed; all were skipped or expected to fail, first{where(skips[0])}", places
    if max(left_out, len(skips)) > options.allowed_skips:
        text = f"skipped or expected to fail: {_tests(max(left_out, len(skips)))}, first{where(skips[0])}"
        return f"{text}; allowed are {options.allowed_skips}", places
    if counts["passed"] < options.minimum:
        return f"{_tests(counts['passed'])} passed; wanted are at least {options.minimum}", []
    return "", []


def _counts(result: JsonObject) -> dict[str, int]:
    counts = result["counts"]
    return {name: number(counts.get(name)) if isinstance(counts, dict) else 0 for name in _COUNTS}


def _share(result: JsonObject) -> float:
    """Return the share of tests that passed; 0 where the report cannot be believed."""
    counts = _counts(result)
    if rows(result, "cheats") or not counts["collected"]:
        return 0.0
    return min(1.0, counts["passed"] / counts["collected"])


def _tests(count: int) -> str:
    return f"{count} test" if count == 1 else f"{count} tests"


def _told(row: JsonObject) -> str:
    needs = f" (needs {row['needs']}, which no sandbox here has)" if row.get("needs") else ""
    test = f"{row['test']}: " if row.get("test") else ""
    return f"{test}{row['message']}{needs}"


def _build(options: TestsPassOptions, context: BuildContext) -> Criterion:
    return TestsPassCriterion(options, context)


COMPONENT = Component(
    options=TestsPassOptions, build=_build, is_deterministic=lambda _options: True, is_free=True, needs_sandbox=True
)
"""``tests_pass``: the answer brings tests, and they pass."""
