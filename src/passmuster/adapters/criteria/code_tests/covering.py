"""How much of the bodies of an answer's functions its tests execute."""

from collections.abc import Sequence
from fnmatch import fnmatchcase
from typing import Final

from pydantic import Field

from passmuster.adapters.criteria.code_tests.examinations import (
    MOST_PLACES,
    Asking,
    TestingOptions,
    examination_of_tests,
    failure,
    files_or_score,
    number,
    place,
    rows,
    told_cheats,
)
from passmuster.components import BuildContext, Component
from passmuster.domain.results import Exhibit, Score
from passmuster.domain.values import JsonObject
from passmuster.ports import Criterion

_SPOILING: Final = (
    "code_not_run",
    "early_exit",
    "files_rewritten",
    "forged_report",
    "missing_report",
    "tests_hang",
    "tests_not_run",
    "tools_tampered",
)


class FunctionCoverageOptions(TestingOptions):
    """Options of ``function_coverage``."""

    minimum: float = Field(
        default=80.0, ge=0, le=100, description="At least so many hundredths of statements and branches are executed."
    )
    critical: tuple[str, ...] = Field(
        default=(), description="Only files whose path matches one of these patterns; without any, all product code."
    )


class FunctionCoverageCriterion:
    """Whether the tests execute the bodies of functions, lines and branches; module level never counts."""

    def __init__(self, options: FunctionCoverageOptions, context: BuildContext) -> None:
        self._options = options
        self._asking = Asking(context)

    async def assess(self, exhibit: Exhibit) -> Score:
        """Run the tests and measure.

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
        complaint, places = _complaint(result)
        bodies = [body for body in rows(result, "functions") if _is_wanted(str(body["file"]), options.critical)]
        if complaint or not bodies:
            which = f" in {', '.join(options.critical)}" if options.critical else ""
            return failure(options.name, complaint or f"the answer has no function{which}", {"places": places})
        return self._score(bodies, result)

    def _score(self, bodies: Sequence[JsonObject], result: JsonObject) -> Score:
        options = self._options
        wanted, reached = sum(map(_wanted, bodies)), sum(map(_reached, bodies))
        share = 100 * reached / wanted
        least = sorted((body for body in bodies if _reached(body) < _wanted(body)), key=_order)
        told = [place(body, f"{body['name']}: {_share(body):.0f} %") for body in least]
        pragmas = rows(result, "pragmas")
        told += [place(row, str(row["message"])) for row in pragmas]
        noun = "function is" if len(bodies) == 1 else "functions are"
        reason = f"{share:.1f} % of the bodies of {len(bodies)} {noun} executed; wanted are {options.minimum:g} %"
        if least:
            reason += f"; least of {least[0]['name']} ({least[0]['file']}:{least[0]['line']}, {_share(least[0]):.0f} %)"
        return Score(
            criterion=options.name,
            value=share / 100,
            passed=share >= options.minimum,
            reason=reason,
            evidence={
                "places": told[:MOST_PLACES],
                "functions": len(bodies),
                "wanted": wanted,
                "executed": reached,
                "percent": round(share, 2),
                "pragmas": len(pragmas),
            },
        )


def _complaint(result: JsonObject) -> tuple[str, list[JsonObject]]:
    if not rows(result, "files"):
        return "no_tests: the answer brings no tests", []
    cheats, places = told_cheats(result, _SPOILING)
    counts = result["counts"]
    if not cheats and not (isinstance(counts, dict) and counts.get("passed")):
        failures = rows(result, "failures")
        return "no test passed", [place(row, str(row["message"])) for row in failures[:MOST_PLACES]]
    return cheats, places


def _is_wanted(file: str, patterns: Sequence[str]) -> bool:
    # A star stands for slashes too, so that two of them with a slash may also stand for nothing.
    return not patterns or any(
        fnmatchcase(file, pattern) or fnmatchcase(file, pattern.replace("**/", "")) for pattern in patterns
    )


def _wanted(body: JsonObject) -> int:
    return number(body["statements"]) + number(body["branches"])


def _reached(body: JsonObject) -> int:
    return number(body["executed"]) + number(body["taken"])


def _share(body: JsonObject) -> float:
    return 100 * _reached(body) / _wanted(body)


def _order(body: JsonObject) -> tuple[float, int, str, int]:
    return (_share(body), -_wanted(body), str(body["file"]), number(body["line"]))


def _build(options: FunctionCoverageOptions, context: BuildContext) -> Criterion:
    return FunctionCoverageCriterion(options, context)


COMPONENT = Component(
    options=FunctionCoverageOptions,
    build=_build,
    is_deterministic=lambda _options: True,
    is_free=True,
    needs_sandbox=True,
)
"""``function_coverage``: the tests execute the bodies of functions."""
