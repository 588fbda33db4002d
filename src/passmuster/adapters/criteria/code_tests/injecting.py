"""Whether an answer's code can be built with stand-ins for what it works with."""

from collections.abc import Sequence

from pydantic import Field

from passmuster.adapters.criteria.code_tests.examinations import (
    MOST_PLACES,
    Asking,
    TestingOptions,
    examination_of_injections,
    failure,
    files_or_score,
    place,
    rows,
    where,
)
from passmuster.components import BuildContext, Component
from passmuster.domain.results import Exhibit, Score
from passmuster.domain.values import JsonObject
from passmuster.ports import Criterion


class DependencyInjectionOptions(TestingOptions):
    """Options of ``dependency_injection``."""

    minimum: int = Field(default=1, ge=1, description="At least so many places must take a stand-in.")
    maximum_ties: int = Field(
        default=0, ge=0, description="So many places may make or fetch what they work with by themselves, and no more."
    )


class DependencyInjectionCriterion:
    """Whether collaborators are taken and not made: told by the source, and tried where it can be."""

    def __init__(self, options: DependencyInjectionOptions, context: BuildContext) -> None:
        self._options = options
        self._asking = Asking(context)

    async def assess(self, exhibit: Exhibit) -> Score:
        """Look for places that take a collaborator, and try them.

        Raises:
            CriterionError: If that could not be tried and the answer is not to blame.
        """
        options = self._options
        files = files_or_score(exhibit, options)
        if isinstance(files, Score):
            return files
        result = await self._asking.result(files, examination_of_injections(options.time_limit))
        if isinstance(result, str):
            return failure(options.name, result)
        taking = _taking(result)
        ties = rows(result, "ties")
        complaint = self._complaint(result, taking)
        told = [place(tie, str(tie["message"])) for tie in ties]
        told += [place(row, f"{row['name']} cannot be built: {row['message']}") for row in _unbuilt(result)]
        evidence: JsonObject = {
            "places": told[:MOST_PLACES],
            "seams": [f"{seam['kind']} {seam['name']}" for seam in rows(result, "seams")][:MOST_PLACES],
            "taking": list(taking)[:MOST_PLACES],
            "ties": len(ties),
            "complaints": result["complaints"],
        }
        share = len(taking) / (len(taking) + len(ties)) if taking else 0.0
        if complaint:
            return failure(options.name, complaint, evidence, share)
        noun = "place" if len(taking) == 1 else "places"
        reason = f"stand-ins are taken in {len(taking)} {noun}: {', '.join(taking[:3])}"
        return Score(criterion=options.name, value=share, passed=True, reason=reason, evidence=evidence)

    def _complaint(self, result: JsonObject, taking: Sequence[str]) -> str:
        options = self._options
        ties, unbuilt = rows(result, "ties"), _unbuilt(result)
        if len(ties) > options.maximum_ties:
            noun = "place makes or fetches its" if len(ties) == 1 else "places make or fetch their"
            return f"{len(ties)} {noun} own collaborators; first{where(ties[0])}: {ties[0]['message']}"
        if len(taking) >= options.minimum:
            return ""
        if unbuilt:
            return f"{unbuilt[0]['name']} cannot be built with stand-ins{where(unbuilt[0])}: {unbuilt[0]['message']}"
        complaints = result["complaints"]
        said = f": {complaints[0]}" if isinstance(complaints, list) and complaints else ""
        return f"{len(taking)} places take a stand-in; wanted are at least {options.minimum}{said}"


def _taking(result: JsonObject) -> list[str]:
    """Return the places that take a stand-in: those that were tried, and parameters, which take whatever is given."""
    built = [f"{row['name']} was built with stand-ins" for row in rows(result, "built") if row["is_kept"] is not None]
    asked = [f"{row['name']} was overridden" for row in rows(result, "overridden") if row["is_asked"]]
    parameters = [f"{row['name']} takes one" for row in rows(result, "seams") if row["kind"] == "parameter"]
    return [*built, *asked, *parameters]


def _unbuilt(result: JsonObject) -> list[JsonObject]:
    return [row for row in rows(result, "built") if row["is_kept"] is None]


def _build(options: DependencyInjectionOptions, context: BuildContext) -> Criterion:
    return DependencyInjectionCriterion(options, context)


COMPONENT = Component(
    options=DependencyInjectionOptions,
    build=_build,
    is_deterministic=lambda _options: True,
    is_free=True,
    needs_sandbox=True,
)
"""``dependency_injection``: what the code works with is given to it."""
