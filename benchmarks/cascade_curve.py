"""What a cascade gains over either of its routers: accuracy against the share of requests that the dear one is asked.

On our own suite the cheap router reads descriptions, and the dear one bodies as well. On intents that people labelled
(CLINC150, where it lies beside the project) the dear router has learnt from fifty requests of each intent; the cheap
one is lexical and reads three of them, or has learnt from ten. There the validation split is asked, of which no router
has seen anything. For each pair the cheapest bound is told that loses at most a point against the better router, and
what such a bound gets right on requests that had no part in choosing it.

Run it::

    python benchmarks/cascade_curve.py
"""

import asyncio
import json
import sys
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from importlib.metadata import entry_points
from math import inf
from pathlib import Path
from typing import Any

from passmuster.analysis.cascade_curves import Asked, curve_of, held_out
from passmuster.analysis.outcomes import routing_outcome
from passmuster.components import BuildContext
from passmuster.composition.building import Workbench
from passmuster.configuration.settings import Settings
from passmuster.domain.agents import AgentDefinition, AgentExample, Roster
from passmuster.domain.answers import RoutingDecision
from passmuster.domain.cases import Case, Dataset, Expectation, Request
from passmuster.domain.values import AgentName, CaseIdentifier
from passmuster.ports import Router

ROOT = Path(__file__).parents[1]
INTENTS = ROOT.parent / "shared" / "data" / "intents" / "clinc150" / "train_and_validation.json"
LOSS = 0.01
READ, FEW, MANY, CALIBRATED = 3, 10, 50, 5
"""Requests of an intent that the lexical router reads, that routers learn from, and that they are calibrated on."""


def build(use: str, roster: Roster, datasets: Mapping[str, Dataset], **options: object) -> Router:
    """Build a router as the product does."""
    (found,) = entry_points(group="passmuster.routers", name=use)
    component = found.load()
    context = BuildContext(folder=ROOT, roster=roster, dataset=lambda section: datasets[str(section["location"])])
    router: Router = component.build(component.options.model_validate(options), context)
    return router


async def decide(router: Router, cases: Sequence[Case]) -> tuple[list[RoutingDecision], float]:
    """Return the decisions, and the milliseconds that each took on average."""
    began = time.perf_counter()
    decisions = [await router.route(case.request) for case in cases]
    return decisions, 1_000 * (time.perf_counter() - began) / len(cases)


def measure(name: str, cases: Sequence[Case], first: Router, second: Router, signal: str) -> None:
    """Print a pair of routers, with a line for the curve and one for the bound to take."""
    (cheap, cheap_time), (dear, dear_time) = (asyncio.run(decide(router, cases)) for router in (first, second))
    asked = []
    for case, one, other in zip(cases, cheap, dear, strict=True):
        surety = getattr(one, signal)
        asked.append(
            Asked(
                case=case.identifier,
                group=case.group,
                surety=-inf if surety is None or one.chosen is None else surety,
                first=routing_outcome(one.chosen, case.expectation).is_right,
                second=routing_outcome(other.chosen, case.expectation).is_right,
            )
        )
    curve = curve_of(asked)
    chosen, fair = curve.cheapest(LOSS), held_out(asked, LOSS)
    captured = "–" if curve.captured is None else f"{curve.captured:.0%}"
    best = max(curve.points, key=lambda point: (point.accuracy, -point.share))
    print(
        f"{name:<46}{curve.points[0].accuracy:>7.3f}{curve.points[-1].accuracy:>8.3f}{cheap_time:>8.2f}{dear_time:>8.2f}"
        f"{curve.area:>7.3f}{curve.chance:>8.3f}{curve.ideal:>7.3f}{captured:>6}"
        f"{chosen.bound:>9.3g}{chosen.share:>7.0%}{chosen.accuracy:>7.3f}"
        f"{fair.accuracy.value:>8.3f} [{fair.accuracy.lower:.3f}, {fair.accuracy.upper:.3f}]{fair.share:>6.0%}"
        f"{best.accuracy:>7.3f} at {best.share:.0%}",
        flush=True,
    )


def own_suite() -> None:
    """Measure the pair of our own suite."""
    bench = Workbench(ROOT / "evals" / "software_team" / "suite.yaml", Settings())
    cases = [case for case in bench.cases if not case.is_control]
    bodies = ["name", "description", "examples", "body"]
    first = build("lexical", bench.roster, {})
    second = build("lexical", bench.roster, {}, fields=bodies)
    measure(f"own suite ({len(cases)}): lexical, with bodies", cases, first, second, "margin")


def intents() -> None:
    """Measure the pairs of labelled intents."""
    data: dict[str, list[tuple[str, str]]] = json.loads(INTENTS.read_text(encoding="utf-8"))
    train: defaultdict[str, list[str]] = defaultdict(list)
    for text, intent in data["train"]:
        train[intent].append(text)
    roster = Roster(name="intents", agents=tuple(agent(intent, texts[-READ:]) for intent, texts in train.items()))
    asked = cases_of([(text, intent) for text, intent in data["val"]])
    end = MANY + CALIBRATED
    datasets = {
        "few": dataset(train, slice(FEW)),
        "many": dataset(train, slice(MANY)),
        "calibration": dataset(train, slice(MANY, end)),
    }
    # The lexical router is the other side of a pair, so that it has no part in this one.
    learning: dict[str, Any] = {"validation": {"use": "files", "location": "calibration"}, "lexical_weight": 0.0}
    few = build("trained", roster, datasets, training={"use": "files", "location": "few"}, **learning)
    many = build("trained", roster, datasets, training={"use": "files", "location": "many"}, **learning)
    lexical = build("lexical", roster, datasets)
    measure(f"intents ({len(asked)}): lexical, trained on 50", asked, lexical, many, "margin")
    measure(f"intents ({len(asked)}): trained on 10, on 50", asked, few, many, "margin")
    measure(f"intents ({len(asked)}): the same, by confidence", asked, few, many, "confidence")


def agent(intent: str, texts: Sequence[str]) -> AgentDefinition:
    """Make an agent of an intent: its name in words, and a few requests as examples."""
    words = intent.replace("_", " ")
    examples = tuple(
        AgentExample(context="", user=text, assistant="", commentary="", agent=None, line=None) for text in texts
    )
    return AgentDefinition(name=AgentName(intent), description=words, instructions="", examples=examples)


def cases_of(requests: Sequence[tuple[str, str]]) -> list[Case]:
    """Make cases of requests with their intents."""
    return [
        Case(
            identifier=CaseIdentifier(f"request-{number:05}"),
            request=Request(text=text),
            expectation=Expectation(preferred=AgentName(intent)),
        )
        for number, (text, intent) in enumerate(requests)
    ]


def dataset(train: Mapping[str, Sequence[str]], part: slice) -> Dataset:
    """Make a dataset of the same part of every intent's requests."""
    requests = [(text, intent) for intent, texts in train.items() for text in texts[part]]
    return Dataset(name="intents", cases=tuple(cases_of(requests)))


def main() -> int:
    """Measure all pairs."""
    heading = (
        f"{'routers: cheap, dear':<46}{'cheap':>7}{'dear':>8}{'ms':>8}{'ms':>8}{'area':>7}{'chance':>8}{'ideal':>7}"
        f"{'gain':>6}{'bound':>9}{'asked':>7}{'right':>7}{'held out':>25}{'asked':>7}  best"
    )
    print(heading)
    own_suite()
    if INTENTS.is_file():
        intents()
    else:
        print(f"skipped: there are no intents at {INTENTS}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
