"""How many answers are judged in a minute by every criterion that runs code, and what each examination costs.

The answers are the good ones that come with passmuster, each several times with a line of its own, so that none is
known from before. First nothing is kept (cold); then another process would find everything on the disk (kept); then the
same process asks again (remembered). Seconds of processors are measured inside the sandbox::

    python benchmarks/judging_answers.py [answers]
"""

import asyncio
import os
import sys
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import yaml

from passmuster.components import BuildContext
from passmuster.composition.catalogue import Catalogue
from passmuster.composition.confining import Confined, confinement_of, sandboxes_of
from passmuster.composition.parts import part_of
from passmuster.configuration.settings import Settings
from passmuster.configuration.suite import Section
from passmuster.documents import Document
from passmuster.domain.answer_files import AnswerFiles
from passmuster.domain.answers import Completion
from passmuster.domain.cases import Case, Expectation, Request
from passmuster.domain.errors import CriterionError
from passmuster.domain.results import Exhibit, Score
from passmuster.domain.values import CaseIdentifier
from passmuster.examining import Examination, Examined
from passmuster.ports import Criterion
from passmuster.sandboxing.examinations import KeptExaminations, processors
from passmuster.sandboxing.kept_results import KeptResults
from passmuster.sandboxing.programs import Programs

SHIPPED = Path(__file__).parents[1] / "src" / "passmuster" / "rubrics" / "answers"
WANTED = 30
NOWHERE = Document(path="benchmark", data=None, positions={})


@dataclass
class Recorder:
    """An examiner that notes what each examination took."""

    inner: KeptExaminations
    made: dict[int, tuple[str, Examined]] = field(default_factory=dict)

    async def examine(self, files: AnswerFiles, examination: Examination) -> Examined:
        """Examine, and note it once however many criteria wait for it."""
        examined = await self.inner.examine(files, examination)
        if not examined.is_kept:
            self.made[id(examined)] = (examination.name, examined)
        return examined


@dataclass(frozen=True)
class Judged:
    """One answer with the criteria that apply to it."""

    exhibit: Exhibit
    criteria: Sequence[Criterion]


def answers(count: int, context: BuildContext) -> list[Judged]:
    """Return so many different answers, each with its criteria."""
    catalogue = Catalogue(folder=SHIPPED)
    bases = sorted(path.parent for path in SHIPPED.glob("*/manifest.yaml"))
    found = []
    for number in range(count):
        base = bases[number % len(bases)]
        told = yaml.safe_load((base / "manifest.yaml").read_text(encoding="utf-8"))
        criteria = [
            part_of(catalogue, "criteria", Section.model_validate({"name": item["use"], **item}), NOWHERE, ()).build(
                context
            )
            for item in told["criteria"]
        ]
        text = next(iter(sorted((base / "passes").glob("*.md")))).read_text(encoding="utf-8")
        text += f'\n```python measured_{number}.py\n"""Tells answer {number} from the others."""\n```\n'
        case = Case(
            identifier=CaseIdentifier(f"{base.name}-{number}"),
            request=Request(text=told.get("request", "")),
            expectation=Expectation(preferred=None),
        )
        found.append(Judged(exhibit=Exhibit(case=case, completion=Completion(text=text)), criteria=criteria))
    return found


async def judged(judging: Sequence[Judged]) -> tuple[float, int, list[str]]:
    """Judge everything at once; return seconds, how many scores passed, and what went wrong."""
    wrong: list[str] = []
    passed = 0

    async def one(item: Judged, criterion: Criterion) -> None:
        nonlocal passed
        try:
            score = await criterion.assess(item.exhibit)
        except CriterionError as error:
            wrong.append(f"{item.exhibit.case.identifier}: {error}")
            return
        passed += score.passed
        if not score.passed:
            wrong.append(f"{item.exhibit.case.identifier}: {told(score)}")

    began = time.perf_counter()
    await asyncio.gather(*(one(item, criterion) for item in judging for criterion in item.criteria))
    return time.perf_counter() - began, passed, wrong


def told(score: Score) -> str:
    """Return what a failed score says."""
    return f"{score.criterion}: {score.reason}"


async def measure(confined: Confined, count: int, folder: Path) -> None:
    """Judge the answers three times and print what it took."""
    recorder: Recorder
    context = BuildContext(folder=SHIPPED, examiner=lambda: recorder)

    def fresh() -> Recorder:
        programs = Programs(confined.ready.environment.python.parents[3] / "programs")
        kept = KeptResults(folder=folder)
        return Recorder(KeptExaminations(confined.sandbox, confined.ready.environment, programs, kept=kept))

    recorder = fresh()
    judging = answers(count, context)
    for label in ("cold", "kept", "remembered"):
        recorder = recorder if label == "remembered" else fresh()
        seconds, passed, wrong = await judged(judging)
        print(f"{label:<11} {seconds:8.2f} s {60 * count / seconds:10.1f} answers/min   {passed} passed")
        if label == "cold":
            table(recorder, count, seconds)
            for line in sorted(wrong)[:20]:
                print("  not passed:", line[:200])


def table(recorder: Recorder, count: int, seconds: float) -> None:
    """Print what each examination took."""
    by_name: dict[str, list[Examined]] = defaultdict(list)
    for name, examined in recorder.made.values():
        by_name[name].append(examined)
    total = 0.0
    print(f"  {'examination':<16} {'times':>5} {'CPU-s each (median)':>20} {'most':>7} {'CPU-s per answer':>17}")
    for name, found in sorted(by_name.items()):
        spent = [item.processor_seconds or 0.0 for item in found]
        total += sum(spent)
        print(f"  {name:<16} {len(found):>5} {median(spent):>20.2f} {max(spent):>7.2f} {sum(spent) / count:>17.2f}")
    busy = total / seconds / processors()
    print(
        f"  all: {total / count:.2f} CPU-s per answer; {busy:.0%} of {processors()} processors were busy in sandboxes"
    )


def main() -> None:
    """Measure."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else WANTED
    print(f"{processors()} processors, load {os.getloadavg()[0]:.1f}")
    settings = Settings()
    context, catalogue = BuildContext(folder=Path()), Catalogue(folder=Path())
    sections = sandboxes_of(None)
    confinement = confinement_of(
        lambda: (part_of(catalogue, "sandboxes", item, NOWHERE, ()) for item in sections),
        context,
        settings,
        lambda _text: False,
    )
    refusal = confinement.make_ready(lambda _share, _now: None)
    if refusal is not None:
        sys.exit(str(refusal))

    async def run() -> None:
        with TemporaryDirectory() as folder:
            await measure(await confinement.confined(), count, Path(folder))

    asyncio.run(run())


if __name__ == "__main__":
    main()
