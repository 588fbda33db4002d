"""The cases of the JSON document, with every trial."""

from passmuster.domain.answers import Completion, Failure, RoutingDecision
from passmuster.domain.cases import Case
from passmuster.domain.reports import CaseReport
from passmuster.domain.results import Outcome, Score, Trial


def case_entry(item: CaseReport) -> dict[str, object]:
    """Return one case of one subject; the keys are those of :mod:`passmuster.adapters.reporters.json_document`."""
    case, observation = item.case, item.observation
    return {
        "subject": item.subject,
        "case": case.identifier,
        "request": case.request.text,
        "history": [{"role": turn.role.value, "content": turn.content} for turn in case.request.history],
        "preferred": case.expectation.preferred,
        "acceptable": sorted(case.expectation.acceptable),
        "forbidden": sorted(case.expectation.forbidden),
        "stratum": case.stratum.value,
        "split": case.split,
        "tags": sorted(case.tags),
        "weight": case.weight,
        "group": case.group,
        "is_critical": case.is_critical,
        "is_control": case.is_control,
        "source": None if case.source is None else str(case.source),
        "provenance": _provenance(case),
        "fingerprint": case.fingerprint,
        "chosen": observation.chosen,
        "outcomes": [outcome.value for outcome in observation.outcomes],
        "routing_rate": observation.routing_rate,
        "rubric_rate": observation.rubric_rate,
        "rubric_score": observation.rubric_score,
        "failures": observation.failures,
        "rounds": observation.rounds,
        "deciding_words": item.deciding_words,
        "trials": [] if item.is_reduced else [_trial(trial) for trial in item.trials],
        **({"trials_left_out": len(item.trials)} if item.is_reduced else {}),
    }


def _provenance(case: Case) -> dict[str, object] | None:
    made = case.provenance
    if made is None:
        return None
    return {"author": made.author, "date": made.date, "reviewed_by": made.reviewed_by, "note": made.note}


def _trial(trial: Trial) -> dict[str, object]:
    answer = trial.answer
    return {
        "repetition": trial.key.repetition,
        "inclusion": trial.inclusion,
        "routing": _routing(answer.routing),
        "completion": _completion(answer.completion),
        "writer": answer.writer,
        "criteria": [_criterion(outcome) for outcome in trial.outcomes],
    }


def _routing(routing: RoutingDecision | Failure | None) -> dict[str, object] | None:
    if routing is None or isinstance(routing, Failure):
        return _failure(routing)
    return {
        "chosen": routing.chosen,
        "margin": routing.margin,
        "rationale": routing.rationale,
        "ranking": [
            {
                "agent": ranked.agent,
                "score": ranked.score,
                "terms": [[term.term, term.weight] for term in ranked.terms],
            }
            for ranked in routing.ranking
        ],
    }


def _completion(completion: Completion | Failure | None) -> dict[str, object] | None:
    if completion is None or isinstance(completion, Failure):
        return _failure(completion)
    usage = completion.usage
    return {
        "text": completion.text,
        "origin": completion.origin.value,
        "author": completion.author,
        "model": completion.model,
        "finish_reason": completion.finish_reason,
        "usage": {"input_tokens": usage.input_tokens, "output_tokens": usage.output_tokens, "cost": usage.cost},
    }


def _criterion(outcome: Outcome) -> dict[str, object]:
    if isinstance(outcome, Score):
        return {
            "criterion": outcome.criterion,
            "value": outcome.value,
            "passed": outcome.passed,
            "reason": outcome.reason,
            "evidence": outcome.evidence,
        }
    return {"criterion": outcome.criterion, **(_failure(outcome.failure) or {})}


def _failure(failure: Failure | None) -> dict[str, object] | None:
    if failure is None:
        return None
    return {"failure": {"stage": failure.stage.value, "kind": failure.kind, "message": failure.message}}
