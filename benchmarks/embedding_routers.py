"""How well routers with an embedder do: with labels on CLINC150, and without any on a public roster of agents.

CLINC150 (Larson et al.: An Evaluation Dataset for Intent Classification and Out-of-Scope Prediction, 2019): the routers
learn from its training split, 100 requests for each of 150 intents. Temperature, lexical share and threshold are
cross-fitted on its validation split, 3 000 requests in scope and 100 out of scope. Its test split is not here.

The roster: the user lines of agents' own examples, each taken out and asked for, as in ``lexical_leave_one_out.py``.

The model is yours: the environment variable PASSMUSTER_MODEL_FOLDER names its folder. PASSMUSTER_CACHE may name one in
which its vectors are kept until the next time::

    PASSMUSTER_MODEL_FOLDER=path/to/model python benchmarks/embedding_routers.py
"""

import asyncio
import json
import os
import resource
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from lexical_leave_one_out import PUBLIC, Outcome, component, interval, load_roster, quantile, rounds

from passmuster.application.caching_vectors import CachedEmbedder
from passmuster.components import BuildContext
from passmuster.domain.agents import AgentDefinition, Roster
from passmuster.domain.cases import Case, Dataset, Expectation, Request
from passmuster.domain.values import AgentName, CaseIdentifier, fingerprint_of
from passmuster.ports import Embedder, Router

VARIABLE = "PASSMUSTER_MODEL_FOLDER"
CLINC = Path(__file__).parents[2] / "shared" / "data" / "intents" / "clinc150" / "train_and_validation.json"
LEARNT: Mapping[str, Mapping[str, object]] = {
    "trained": {},
    "embedding": {"embedder": {}},
    "fused": {"embedder": {}},
}
BODIES = ("name", "description", "examples", "body")
UNTRAINED: Mapping[str, tuple[str, Mapping[str, object]]] = {
    "lexical": ("lexical", {}),
    "embedding": ("embedding", {"embedder": {}}),
    "lexical with bodies": ("lexical", {"fields": BODIES}),
    "embedding with bodies": ("embedding", {"embedder": {}, "fields": BODIES}),
}


def model_folder() -> Path | None:
    """Return the folder of the model, where one is named."""
    said = os.environ.get(VARIABLE)
    return Path(said).resolve() if said else None


def load_embedder(folder: Path, cache: Path) -> Embedder:
    """Load the model, with vectors kept for as long as the benchmark lasts."""
    onnx = component("passmuster.embedders", "onnx")
    embedder: Embedder = onnx.build(onnx.options(location=str(folder)), BuildContext(folder=Path()))
    return CachedEmbedder(embedder, identity=fingerprint_of(str(folder)), file=cache / "vectors.sqlite")


def build_router(use: str, options: Mapping[str, object], context: BuildContext) -> Router:
    """Build a router as a suite would."""
    found = component("passmuster.routers", use)
    router: Router = found.build(found.options.model_validate(dict(options)), context)
    return router


def clinc_roster(labels: Sequence[str]) -> Roster:
    """Make an agent of each intent; its name is all that is known of it."""
    agents = [
        AgentDefinition(name=AgentName(label), description=label.replace("_", " "), instructions="") for label in labels
    ]
    return Roster(name="clinc150", agents=tuple(agents))


def cases_of(lines: Sequence[Sequence[str]], name: str) -> Dataset:
    """Make a dataset of pairs of text and intent; the intent ``oos`` is nobody's."""
    cases = [
        Case(
            identifier=CaseIdentifier(f"{name}-{number}"),
            request=Request(text=text),
            expectation=Expectation(preferred=None if label == "oos" else AgentName(label)),
        )
        for number, (text, label) in enumerate(lines)
    ]
    return Dataset(name=name, cases=tuple(cases))


def measure_clinc(embedder: Embedder) -> None:
    """Learn, and print what the models' cards say of held-out requests."""
    data = json.loads(CLINC.read_text(encoding="utf-8"))
    # Three requests stand in both splits.
    held_out = {text for text, _ in [*data["val"], *data["oos_val"]]}
    data["train"] = [(text, label) for text, label in data["train"] if text not in held_out]
    datasets = {
        "training": cases_of(data["train"], "train"),
        "validation": cases_of([*data["val"], *data["oos_val"]], "validation"),
    }
    context = BuildContext(
        folder=Path(),
        roster=clinc_roster(sorted({label for _, label in data["train"]})),
        embedder=lambda _section: embedder,
        dataset=lambda section: datasets[str(section["use"])],
    )
    embedded = asyncio.run(timed_vectors(embedder, [text for text, _ in [*data["train"], *data["val"]]]))
    print(f"CLINC150, validation; 18 000 vectors made in {embedded:.0f} s, which is in no row below")
    names = ("@1", "@3", "error", "area", "kept", "nobody", "train s", "ms", "MB")
    print(f"{'router':<12}" + "".join(f"{name:>8}" for name in names))
    for place, (use, options) in enumerate(LEARNT.items()):
        sections = {"training": {"use": "training"}, "validation": {"use": "validation"}}
        began = time.perf_counter()
        router: Any = build_router(use, {**options, **sections}, context)
        seconds = time.perf_counter() - began
        # Texts of its own for each router: their vectors are kept afterwards.
        took = asyncio.run(milliseconds(router, [text for text, _ in data["oos_train"][place :: len(LEARNT)]]))
        figures = router.card.figures
        shown = (
            figures.accuracy,
            figures.accuracy_within_three,
            figures.calibration_error,
            figures.area_under_curve,
            figures.accuracy_kept,
        )
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        cells = "".join(f"{number:>8.3f}" for number in shown)
        print(f"{use:<12}{cells}{figures.nobody_recall:>8.3f}{seconds:>8.1f}{took:>8.1f}{peak:>8.0f}", flush=True)


async def timed_vectors(embedder: Embedder, texts: Sequence[str]) -> float:
    """Return how long the vectors of texts take."""
    began = time.perf_counter()
    await embedder.embed(texts)
    return time.perf_counter() - began


async def milliseconds(router: Router, texts: Sequence[str]) -> float:
    """Return the median time of a request whose vector is not known yet."""
    times = []
    for text in texts:
        began = time.perf_counter()
        await router.route(Request(text=text))
        times.append(1_000 * (time.perf_counter() - began))
    return quantile(times, 0.5)


async def measure_roster(roster: Roster, embedder: Embedder) -> None:
    """Route every example's user line with the example taken out."""
    requests = sum(len(asked) for _, asked in rounds(roster))
    print(f"\n{len(roster.agents)} agents, {requests} requests, nothing learnt")
    print(f"{'router':<24}{'@1':>7}  {'95 % interval':<14}{'first':>9}{'@3':>7}")
    for name, (use, options) in UNTRAINED.items():
        outcomes, first = [], 0
        for reduced, asked in rounds(roster):
            context = BuildContext(folder=Path(), roster=reduced, embedder=lambda _section: embedder)
            router = build_router(use, {**options, "explained_depth": 0}, context)
            for agent, text in asked:
                decision = await router.route(Request(text=text))
                near = [ranked.agent for ranked in decision.ranking[:3]]
                first += near[:1] == [agent]
                outcomes.append(
                    Outcome(agent=agent, is_right=decision.chosen == agent, is_near=agent in near, seconds=0.0)
                )
        lower, upper = interval(outcomes)
        right, near_share = (
            sum(found) / requests for found in zip(*((one.is_right, one.is_near) for one in outcomes), strict=True)
        )
        print(
            f"{name:<24}{right:>7.3f}  [{lower:.3f}, {upper:.3f}]{first / requests:>9.3f}{near_share:>7.3f}", flush=True
        )


def main() -> int:
    """Measure, and print both tables."""
    folder = model_folder()
    if folder is None:
        print(f"skipped: name the folder of an embedding model in {VARIABLE}; see docs/embedding.md")
        return 0
    with tempfile.TemporaryDirectory() as cache:
        embedder = load_embedder(folder, Path(os.environ.get("PASSMUSTER_CACHE") or cache))
        if CLINC.is_file():
            measure_clinc(embedder)
        else:
            print(f"skipped: there is no CLINC150 at {CLINC}")
        if PUBLIC.is_dir():
            asyncio.run(measure_roster(load_roster(PUBLIC), embedder))
        else:
            print(f"skipped: there is no roster at {PUBLIC}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
