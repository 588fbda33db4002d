"""An explanation as plain data, for machines."""

from dataclasses import asdict

from passmuster.application.explaining import Change, Explanation
from passmuster.application.mending import Mend, Mends
from passmuster.domain.cases import Case


def document_of(found: Explanation, case: Case | None) -> dict[str, object]:
    """Return everything that was found."""
    decision = found.decision
    return {
        "case": None if case is None else case.identifier,
        "expected": None if case is None else case.expectation.preferred,
        "chosen": decision.chosen,
        "margin": decision.margin,
        "rationale": decision.rationale,
        "ranking": [
            {
                "agent": ranked.agent,
                "score": ranked.score,
                "terms": [{"term": item.term, "weight": item.weight} for item in ranked.terms],
            }
            for ranked in decision.ranking
        ],
        "contrasts": [
            {
                "one": contrast.one,
                "other": contrast.other,
                "scores": list(contrast.scores),
                "lead": contrast.lead,
                "terms": [{**asdict(term), "difference": term.difference} for term in contrast.terms],
            }
            for contrast in found.contrasts
        ],
        "mends": None if found.mends is None else _mends(found.mends),
        "ablation": None if found.ablation is None else asdict(found.ablation),
        "since": None if found.change is None else _change(found.change),
        "calls": found.calls,
    }


def _mends(mends: Mends) -> dict[str, object]:
    return {
        "wanted": mends.wanted,
        "is_complete": mends.is_complete,
        "found": [_mend(mend) for mend in mends.found],
    }


def _mend(mend: Mend) -> dict[str, object]:
    return {
        "kind": mend.kind,
        "agent": mend.agent,
        "words": list(mend.words),
        "alternatives": list(mend.alternatives),
        "margin": mend.margin,
        "other_cases": mend.others,
        "broken": [asdict(case) for case in mend.broken],
        "fixed": [asdict(case) for case in mend.fixed],
        "moved": [asdict(case) for case in mend.moved],
    }


def _change(change: Change) -> dict[str, object]:
    return {
        "reference": change.reference,
        "chosen": change.chosen,
        "agents": [asdict(shift) for shift in change.shifts],
    }
