"""How far the embedded routers agree with one another on our own suite.

Every router chooses for every case of ``evals/software_team``. Those that learn do so by cross-validation: the cases
are put into five folds, groups whole; what is asked is learnt from three of the others and calibrated on the fourth.

Agreement is the share of cases with the same choice, nobody being one. Kappa (Cohen: A Coefficient of Agreement for
Nominal Scales, 1960) takes away what two routers would agree upon by chance, given how often each chooses whom.

The routers with an embedder take part where PASSMUSTER_MODEL_FOLDER names the folder of a model::

    PASSMUSTER_MODEL_FOLDER=path/to/model python benchmarks/router_agreement.py
"""

import asyncio
import os
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from embedding_routers import VARIABLE, build_router, load_embedder, model_folder
from lexical_leave_one_out import component, load_roster

from passmuster.components import BuildContext
from passmuster.domain.agents import Roster
from passmuster.domain.cases import Case, Dataset
from passmuster.domain.values import AgentName, Fingerprint, fingerprint_of
from passmuster.ports import Embedder

ROOT = Path(__file__).parents[1]
AGENTS = ROOT / "evals" / "software_team" / "agents"
CASES = ROOT / "datasets" / "software_team" / "routing.jsonl"
FOLDS = 5

LEARNING = {"training": {"use": "training"}, "validation": {"use": "validation"}, "minimum_requests": 0}
ROUTERS: Mapping[str, tuple[str, Mapping[str, object]]] = {
    "lexical": ("lexical", {}),
    "with body": ("lexical", {"fields": ("name", "description", "examples", "body")}),
    "trained": ("trained", LEARNING),
    "embedding": ("embedding", {"embedder": {}}),
    "learnt": ("embedding", {"embedder": {}, **LEARNING}),
    "fused": ("fused", {"embedder": {}, **LEARNING}),
}

Choices = Mapping[Fingerprint, AgentName | None]


def load_cases() -> Sequence[Case]:
    """Return our cases, without the controls."""
    loader = component("passmuster.dataset_loaders", "files")
    options = loader.options(location=str(CASES))
    dataset: Dataset = loader.build(options, BuildContext(folder=Path())).load(CASES)
    return [case for case in dataset.cases if not case.is_control]


def folds(cases: Sequence[Case]) -> Iterator[tuple[Dataset, Dataset, Sequence[Case]]]:
    """Yield what to learn from, what to calibrate on, and what to ask; a group is never divided."""
    groups = sorted({fingerprint_of(case.group or case.identifier) for case in cases})
    place = {group: number % FOLDS for number, group in enumerate(groups)}
    parts = [
        tuple(case for case in cases if place[fingerprint_of(case.group or case.identifier)] == fold)
        for fold in range(FOLDS)
    ]
    for fold in range(FOLDS):
        asked, held = parts[fold], parts[(fold + 1) % FOLDS]
        taught = tuple(case for part in parts for case in part if part not in (asked, held))
        yield Dataset(name="training", cases=taught), Dataset(name="validation", cases=held), asked


async def choices_of(name: str, roster: Roster, cases: Sequence[Case], embedder: Embedder | None) -> Choices:
    """Return whom a router chooses for each case."""
    use, options = ROUTERS[name]
    chosen: dict[Fingerprint, AgentName | None] = {}
    for training, validation, asked in folds(cases):
        datasets = {"training": training, "validation": validation}
        context = BuildContext(
            folder=Path(),
            roster=roster,
            embedder=lambda _section: embedder,  # type: ignore[return-value, arg-type]  # routers that need one have one
            dataset=lambda section, datasets=datasets: datasets[str(section["use"])],  # type: ignore[misc]  # bound now
        )
        router = build_router(use, {**options, "explained_depth": 0}, context)
        for case in asked:
            chosen[case.fingerprint] = (await router.route(case.request)).chosen
    return chosen


def agreement(one: Choices, other: Choices) -> float:
    """Return the share of cases with the same choice."""
    return sum(one[case] == other[case] for case in one) / len(one)


def kappa(one: Choices, other: Choices) -> float:
    """Return Cohen's kappa: 1 for the same choices everywhere, 0 for no more than chance would give."""
    counts, others = Counter(one.values()), Counter(other.values())
    chance = sum(counts[choice] * others[choice] for choice in counts) / len(one) ** 2
    return (agreement(one, other) - chance) / (1 - chance) if chance < 1 else 1.0


def accuracy(choices: Choices, cases: Sequence[Case]) -> float:
    """Return the share of cases with a right choice."""
    right = [choices[case.fingerprint] in {case.expectation.preferred, *case.expectation.acceptable} for case in cases]
    return sum(right) / len(right)


def print_table(choices: Mapping[str, Choices], cases: Sequence[Case]) -> None:
    """Print agreement above the diagonal, kappa below it, and how often each is right."""
    print(f"{len(cases)} cases; agreement above the diagonal, kappa below it")
    print(f"{'':<12}" + "".join(f"{name:>11}" for name in choices) + f"{'right':>9}{'nobody':>9}")
    for row, (name, own) in enumerate(choices.items()):
        cells = [
            f"{'–':>11}" if row == column else f"{(agreement if row < column else kappa)(own, other):>11.3f}"
            for column, other in enumerate(choices.values())
        ]
        nobody = sum(choice is None for choice in own.values()) / len(own)
        print(f"{name:<12}" + "".join(cells) + f"{accuracy(own, cases):>9.3f}{nobody:>9.3f}")
    same = sum(len({own[case.fingerprint] for own in choices.values()}) == 1 for case in cases)
    print(f"all agree on {same} of {len(cases)} cases")


def main() -> int:
    """Let every router choose, and print the table."""
    folder = model_folder()
    if folder is None:
        print(f"without the routers that need an embedder: no model's folder is named in {VARIABLE}")
    roster, cases = load_roster(AGENTS), load_cases()
    names = [name for name, (_, options) in ROUTERS.items() if folder is not None or "embedder" not in options]
    with tempfile.TemporaryDirectory() as cache:
        place = Path(os.environ.get("PASSMUSTER_CACHE") or cache)
        embedder = None if folder is None else load_embedder(folder, place)
        choices = {name: asyncio.run(choices_of(name, roster, cases, embedder)) for name in names}
    print_table(choices, cases)
    return 0


if __name__ == "__main__":
    sys.exit(main())
