"""Use case: do the criteria tell good answers from bad? Mutants must fail, good answers and neutral edits must not."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from passmuster.analysis.rubric_rates import RubricRates, Seen, Specificity, Verdict, rubric_rates, specificity
from passmuster.application.trying_answers import AnswerSet, TriedAnswer
from passmuster.domain.answers import Completion, Origin
from passmuster.domain.cases import CriterionReference
from passmuster.domain.errors import CriterionUnavailableError, TrialFailure
from passmuster.domain.results import Exhibit
from passmuster.domain.values import CaseIdentifier, Fingerprint
from passmuster.ports import Criterion

AT_ONCE = 8
"""So many answers are under way at once; how many run code at once is the examiner's to say."""

Progress = Callable[[int, int], None]
"""Told after each answer how many of how many were judged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RubricTest:
    """What a test of rubrics found.

    Attributes:
        tried: The answers that were judged, with their sets.
        verdicts: What each criterion made of each of them.
        rates: How the criteria did.
        matrix: Which criteria failed which mutants.
    """

    tried: tuple[tuple[AnswerSet, TriedAnswer], ...]
    verdicts: tuple[Verdict, ...]
    rates: RubricRates
    matrix: tuple[Specificity, ...]


async def judge_answers(
    tried: Sequence[tuple[AnswerSet, TriedAnswer]],
    criteria: Mapping[Fingerprint, Criterion],
    progress: Progress,
    *,
    is_own_only: bool = False,
) -> RubricTest:
    """Let the criteria judge every answer.

    Args:
        tried: The answers, each with the set whose criteria apply to it.
        criteria: The criteria by the fingerprint of what the rubric says of them.
        progress: Told after each answer.
        is_own_only: Whether a mutant is judged only by the criterion that must catch it, which is quicker, and tells
            nothing of others.
    """
    room = asyncio.Semaphore(AT_ONCE)
    done = 0

    async def judge(item: AnswerSet, answer: TriedAnswer) -> tuple[Verdict, ...]:
        nonlocal done
        async with room:
            wanted = [
                one for one in item.references if not (is_own_only and answer.target) or one.name == answer.target
            ]
            verdicts = await asyncio.gather(*(_verdict(item, answer, one, criteria) for one in wanted))
        done += 1
        progress(done, len(tried))
        return tuple(verdicts)

    every = await asyncio.gather(*(judge(item, answer) for item, answer in tried))
    verdicts = tuple(verdict for own in every for verdict in own)
    return RubricTest(tried=tuple(tried), verdicts=verdicts, rates=rubric_rates(verdicts), matrix=specificity(verdicts))


async def _verdict(
    item: AnswerSet, answer: TriedAnswer, reference: CriterionReference, criteria: Mapping[Fingerprint, Criterion]
) -> Verdict:
    case = replace(item.case, identifier=CaseIdentifier(answer.name))
    exhibit = Exhibit(case=case, completion=Completion(text=answer.text, origin=Origin.AUTHORED))
    verdict = Verdict(
        answer=answer.name,
        kind=answer.kind,
        edit=answer.edit,
        target=answer.target,
        criterion=reference.name,
        seen=Seen.UNJUDGED,
    )
    try:
        score = await criteria[reference.fingerprint].assess(exhibit)
    except CriterionUnavailableError as error:
        return replace(verdict, seen=Seen.LEFT_OUT, reason=str(error))
    except TrialFailure as error:
        return replace(verdict, reason=str(error))
    return replace(verdict, seen=Seen.PASSED if score.passed else Seen.FAILED, reason=score.reason)
