"""The lexical router over every request of the project's own suite."""

import json
from importlib.metadata import entry_points
from pathlib import Path

from passmuster.adapters.routers.lexical import COMPONENT
from passmuster.components import BuildContext
from passmuster.domain.cases import Message, Request, Role

ROOT = Path(__file__).parents[4]


def requests() -> list[Request]:
    lines = (ROOT / "datasets" / "software_team" / "routing.jsonl").read_text(encoding="utf-8").splitlines()
    return [
        Request(
            text=case["request"],
            history=tuple(
                Message(role=Role(turn["role"]), content=turn["content"]) for turn in case.get("history", [])
            ),
        )
        for case in map(json.loads, lines)
    ]


async def test_terms_sum_to_the_score_on_every_request() -> None:
    """Within 1e-9, for every agent of the roster, on all requests."""
    [loader] = entry_points(group="passmuster.roster_loaders", name="claude_code")
    agents = ROOT / "evals" / "software_team" / "agents"
    part = loader.load()
    roster = part.build(part.options(location=str(agents)), BuildContext(folder=ROOT)).load(agents)
    options = COMPONENT.options(ranking_depth=len(roster.agents), explained_depth=len(roster.agents))
    router = COMPONENT.build(options, BuildContext(folder=ROOT, roster=roster))

    decisions = [await router.route(request) for request in requests()]

    errors = [
        abs(sum(term.weight for term in ranked.terms) - ranked.score)
        for decision in decisions
        for ranked in decision.ranking
    ]
    assert len(decisions) >= 500
    assert len(errors) == len(decisions) * len(roster.agents)
    assert max(errors) <= 1e-9
