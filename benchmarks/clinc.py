"""How well the trained router tells 150 intents apart, and requests that are none of them.

The data are CLINC150 (Larson et al.: An Evaluation Dataset for Intent Classification and Out-of-Scope Prediction, 2019;
CC BY 3.0). Each intent is an agent whose description is its name. The threshold for nobody is never measured on the
requests that it was fitted on: validation is cross-fitted, and in cross-validation one half of what is held out fits
it and the other half measures. Where the file has the keys ``test`` and ``oos_test``, these are measured as well.

Run it with the file ``data_full.json``, or with the one that lies beside the project::

    python benchmarks/clinc.py [FILE] [--folds 5] [--seeds 3]
"""

import argparse
import json
import random
import resource
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import numpy as np

from passmuster.analysis.calibrating import area_under_curve, expected_calibration_error, recall_at_accuracy
from passmuster.components import BuildContext, Component
from passmuster.domain.agents import AgentDefinition, Roster
from passmuster.domain.answers import RoutingDecision
from passmuster.domain.cases import Case, Dataset, Expectation, Request
from passmuster.domain.values import AgentName, CaseIdentifier

DATA = Path(__file__).parents[2] / "shared" / "data" / "intents" / "clinc150" / "train_and_validation.json"
SHOTS = (10, 5)
LEAST_ACCURACY = 0.92
NEGATIVES = 100
"""Training requests for nobody, as the full data have them."""

PUBLISHED = """\
published, Larson et al. 2019, table 2, Full (test set): in-scope accuracy / recall of out of scope
  with a threshold: SVM .882/.180  FastText .886/.283  DialogFlow .908/.267  Rasa .909/.312
                    CNN .909/.309  MLP .934/.491  BERT .962/.523
  with a class:     SVM .910/.145  FastText .890/.097  DialogFlow .917/.140  Rasa .915/.453
                    CNN .912/.189  MLP .935/.474  BERT .969/.403"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What was measured on requests that nothing was fitted on.

    Attributes:
        accuracy: In scope, before anything is refused.
        within_three: In scope, right among the best three.
        calibration_error: In scope, of the confidences in the best agent.
        area: Under the curve for out of scope.
        kept: In scope, with the threshold.
        recall: Of out of scope, with the threshold.
        precision: Of out of scope, with the threshold.
        recall_at: Of out of scope, where in scope stays at 92 %.
    """

    accuracy: float
    within_three: float
    calibration_error: float
    area: float
    kept: float
    recall: float
    precision: float
    recall_at: float


def component(name: str) -> Component[Any, Any]:
    """Return a router's component as the product finds it."""
    (found,) = entry_points(group="passmuster.routers", name=name)
    loaded: Component[Any, Any] = found.load()
    return loaded


def cases_of(pairs: Sequence[Sequence[str]], prefix: str) -> list[Case]:
    """Return pairs of a text and an intent as cases; the intent ``oos`` is nobody's."""
    return [
        Case(
            identifier=CaseIdentifier(f"{prefix}-{number}"),
            request=Request(text=text),
            expectation=Expectation(preferred=None if intent == "oos" else AgentName(intent)),
        )
        for number, (text, intent) in enumerate(pairs)
    ]


def roster_of(cases: Sequence[Case]) -> Roster:
    """Return one agent for each intent, which is described by its name."""
    names = sorted({case.expectation.preferred for case in cases if case.expectation.preferred})
    agents = (AgentDefinition(name=name, description=name.replace("_", " "), instructions="") for name in names)
    return Roster(name="clinc150", agents=tuple(agents))


def train(training: Sequence[Case], validation: Sequence[Case]) -> Any:  # noqa: ANN401 - as entry points give it
    """Build the trained router; validation requests that training has as well are left out."""
    known = {case.request.fingerprint for case in training}
    splits = {"train": training, "validation": [one for one in validation if one.request.fingerprint not in known]}

    def load(section: Mapping[str, object]) -> Dataset:
        return Dataset(name="clinc150", cases=tuple(splits[str(section["split"])]))

    trained = component("trained")
    options = trained.options(training={"split": "train"}, validation={"split": "validation"}, explained_depth=0)
    return trained.build(options, BuildContext(folder=Path(), roster=roster_of(training), dataset=load))


def measure(router: Any, cases: Sequence[Case]) -> Figures:  # noqa: ANN401 - as entry points give it
    """Route requests that the router has not seen."""
    asked = [case for case in cases if case.request.fingerprint not in router.seen]
    decisions = router.route_all([case.request for case in asked])
    best = np.array([decision.ranking[0].score for decision in decisions])
    right = np.array([first_of(one) == case.expectation.preferred for one, case in zip(decisions, asked, strict=True)])
    near = np.array([is_near(one, case) for one, case in zip(decisions, asked, strict=True)])
    nobody = np.array([case.expectation.preferred is None for case in asked])
    chosen = np.array([decision.chosen is not None for decision in decisions])
    # Only a choice has a confidence; for the others it is worked out in the same way.
    confidence = np.array([confidence_of(decision, router) for decision in decisions])
    return Figures(
        accuracy=float(right[~nobody].mean()),
        within_three=float(near[~nobody].mean()),
        calibration_error=expected_calibration_error(confidence[~nobody], right[~nobody]),
        area=area_under_curve(best[~nobody], best[nobody]),
        kept=float((right & chosen)[~nobody].mean()),
        recall=float((~chosen)[nobody].mean()),
        precision=float(nobody[~chosen].mean()),
        recall_at=recall_at_accuracy(best, right, nobody, LEAST_ACCURACY),
    )


def first_of(decision: RoutingDecision) -> AgentName:
    """Return the best agent, chosen or not."""
    return decision.ranking[0].agent


def is_near(decision: RoutingDecision, case: Case) -> bool:
    """Whether the right agent is among the best three."""
    return case.expectation.preferred in {ranked.agent for ranked in decision.ranking[:3]}


def confidence_of(decision: RoutingDecision, router: Any) -> float:  # noqa: ANN401 - as entry points give it
    """Return the probability of the best agent; of the agents beyond the ranking it takes the last one's score."""
    scores = np.array([ranked.score for ranked in decision.ranking])
    rest = len(router.card.agents) - len(scores)
    powers = np.exp((scores - scores[0]) / router.card.temperature)
    return float(decision.confidence or 1 / (powers.sum() + rest * powers[-1]))


def in_turns(cases: Sequence[Case], folds: int, seed: int) -> list[list[Case]]:
    """Return cases in folds, each with its share of every intent."""
    grouped: defaultdict[str, list[Case]] = defaultdict(list)
    for case in cases:
        grouped[case.expectation.preferred or ""].append(case)
    dealt: list[list[Case]] = [[] for _ in range(folds)]
    generator = random.Random(seed)  # noqa: S311 - folds keep no secrets
    for group in grouped.values():
        generator.shuffle(group)
        for place, case in enumerate(group):
            dealt[place % folds].append(case)
    return dealt


def cross_validated(cases: Sequence[Case], folds: int) -> Iterator[Figures]:
    """Yield what each fold tells of a router that learnt from the others: half of it fits, the other half measures."""
    dealt = in_turns(cases, folds, seed=0)
    for place, held in enumerate(dealt):
        others = [case for other, fold in enumerate(dealt) if other != place for case in fold]
        nobody = [case for case in others if case.expectation.preferred is None]
        training = [case for case in others if case.expectation.preferred is not None] + nobody[:NEGATIVES]
        fitting, measuring = in_turns(held, 2, seed=place)
        yield measure(train(training, fitting), measuring)


def few(cases: Sequence[Case], shots: int, seed: int) -> list[Case]:
    """Return so many requests of each intent, and the requests for nobody."""
    grouped: defaultdict[str, list[Case]] = defaultdict(list)
    for case in cases:
        grouped[case.expectation.preferred or ""].append(case)
    generator = random.Random(seed)  # noqa: S311 - as above
    drawn = [case for name in sorted(grouped) if name for case in generator.sample(grouped[name], shots)]
    return [*drawn, *grouped[""]]


def row(name: str, figures: Figures | Sequence[Figures]) -> str:
    """Return one line of the table; of several measurements the mean."""
    several = [figures] if isinstance(figures, Figures) else figures
    names = ("accuracy", "within_three", "calibration_error", "area", "kept", "recall", "precision", "recall_at")
    means = (sum(getattr(one, field) for one in several) / len(several) for field in names)
    return f"{name:<34}" + "".join(f"{mean:>9.3f}" for mean in means)


def cost(training: Sequence[Case], validation: Sequence[Case]) -> tuple[Any, list[str]]:
    """Return the router that learnt from everything, and what that took."""
    began = time.perf_counter()
    router = train(training, validation)
    seconds = time.perf_counter() - began
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    requests = [case.request for case in validation[:1000]]
    began = time.perf_counter()
    router.route_all(requests)
    milliseconds = 1_000 * (time.perf_counter() - began) / len(requests)
    with tempfile.TemporaryDirectory() as name:
        first = {path.name: path.read_bytes() for path in router.save(Path(name) / "first")}
        second = {path.name: path.read_bytes() for path in train(training, validation).save(Path(name) / "second")}
    size = sum(len(content) for content in first.values()) / 1e6
    return router, [
        f"{seconds:.1f} s to train and calibrate, {memory:.0f} MB at the peak (this process, the data included)",
        f"{milliseconds:.2f} ms a request, {size:.1f} MB saved, refit bit-identical: {first == second}",
    ]


def main(arguments: Sequence[str]) -> int:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", nargs="?", type=Path, default=DATA)
    parser.add_argument("--folds", type=int, default=5)
    parser.add_argument("--seeds", type=int, default=3)
    asked = parser.parse_args(arguments)
    if not asked.file.is_file():
        print(f"there is no file {str(asked.file)!r}: name the data_full.json of CLINC150", file=sys.stderr)
        return 2
    data = {name: cases_of(pairs, name) for name, pairs in json.loads(asked.file.read_text(encoding="utf-8")).items()}
    training, validation = [*data["train"], *data["oos_train"]], [*data["val"], *data["oos_val"]]
    router, lines = cost(training, validation)
    print(*lines, sep="\n")
    headings = ("in scope", "@3", "ECE", "AUROC", "tuned", "recall", "prec.", f"r@{LEAST_ACCURACY}")
    print(f"{'':<34}" + "".join(f"{heading:>9}" for heading in headings))
    for name, figures in measurements(data, router, asked):
        print(row(name, figures), flush=True)
    print(PUBLISHED)
    return 0


def measurements(
    data: Mapping[str, Sequence[Case]],
    router: Any,  # noqa: ANN401 - as entry points give it
    asked: argparse.Namespace,
) -> Iterator[tuple[str, Figures | Sequence[Figures]]]:
    """Yield the rows of the table."""
    training, validation = [*data["train"], *data["oos_train"]], [*data["val"], *data["oos_val"]]
    halves = in_turns(validation, 2, seed=0)
    yield (
        "validation, fitted on its other half",
        [measure(train(training, halves[place]), halves[1 - place]) for place in range(2)],
    )
    whole = [*data["train"], *data["oos_train"], *data["oos_val"]]
    yield f"{asked.folds}-fold cross-validation of train", [*cross_validated(whole, asked.folds)]
    for shots in SHOTS:
        yield (
            f"{shots} an intent, {asked.seeds} draws",
            [measure(train(few(training, shots, seed), halves[0]), halves[1]) for seed in range(asked.seeds)],
        )
    if "test" in data:
        test = [*data["test"], *data["oos_test"]]
        yield "test", measure(router, test)
        for shots in SHOTS:
            yield (
                f"test, {shots} an intent, {asked.seeds} draws",
                [measure(train(few(training, shots, seed), validation), test) for seed in range(asked.seeds)],
            )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
