"""The command `judge calibrate`: how far a judge agrees with people, and where it errs."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.table import Table

from passmuster.analysis.corrected_rates import MeasuredJudge
from passmuster.analysis.judge_calibration import GOOD_AGREEMENT
from passmuster.application.calibrating_judges import CalibratedJudge, calibrate_judges
from passmuster.cli.console import progress_bar, safe, terminal
from passmuster.cli.interrupting import run_interruptibly
from passmuster.cli.opening import opened
from passmuster.cli.printing import print_json
from passmuster.composition.calibrations import FOLDER, write_calibration
from passmuster.composition.labelled_answers import Labelled
from passmuster.composition.review_files import ReviewFiles
from passmuster.composition.reviewed_labels import reviewed_labels
from passmuster.configuration.spending import written_cap
from passmuster.domain.errors import InvalidConfigurationError
from passmuster.domain.findings import Finding, Severity
from passmuster.domain.judging import JudgeCalibration
from passmuster.domain.observations import Estimate

INCOMPLETE: Final = 4
"""The exit status where some judge could not be calibrated, or not judge everything."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What the command line asks for.

    Attributes:
        labels: The file of labels; ``None`` takes those of the suite's reviews.
        suite: The suite; ``None`` finds it.
        again: How often each judge is asked once more.
        budget: What may be spent, as it was written.
        is_kept: Whether calibrations are written.
        as_json: Whether a machine reads the result.
    """

    labels: Path | None
    suite: str | None
    again: int
    budget: tuple[str, ...]
    is_kept: bool
    as_json: bool


def place_of_labels(labels: Path | None, *, has_reviews: bool) -> Path | None:
    """Return the file of labels; ``None`` for those of the suite's reviews.

    Raises:
        InvalidConfigurationError: If both are asked for, or neither.
    """
    if (labels is None) is not has_reviews:
        message = "no labels are named" if labels is None else "--reviews takes other labels than those of the file"
        hint = "name a file of labels, or take those of the suite's reviews with --reviews; one of the two"
        finding = Finding(rule="contradiction", severity=Severity.ERROR, message=message, hint=hint)
        raise InvalidConfigurationError([finding])
    return labels


def calibrate(wish: Wish) -> int:
    """Calibrate every judge that the labels are about; the exit status is 4 where one could not be."""
    cap = written_cap(wish.budget)
    with opened(wish.suite, cap) as bench:
        file = reviewed_labels(ReviewFiles(bench.folder)) if wish.labels is None else wish.labels
        answers = Labelled(bench=bench, file=file, again=wish.again).answers()
        bench.refuse_missing_secrets((), bench.court.asked)
        judges: list[CalibratedJudge] = []
        with progress_bar(len(answers), 0, "judging") as tell:
            done = iter(range(1, len(answers) + 1))

            async def work() -> None:
                today = bench.clock.now().date().isoformat()
                seed = bench.configuration.seed
                judges.extend(
                    await calibrate_judges(
                        answers, date=today, seed=seed, progress=lambda: tell(next(done), len(answers))
                    )
                )

            run_interruptibly(work)
        known = [item.calibration for item in judges if item.calibration is not None]
        written = [write_calibration(item, bench.folder / FOLDER) for item in known] if wish.is_kept else []
    if wish.as_json:
        print_json({"judges": [_document(item) for item in judges], "written": [str(file) for file in written]})
    else:
        _print(judges, written, terminal())
    return INCOMPLETE if any(item.calibration is None or item.failures for item in judges) else 0


def _document(item: CalibratedJudge) -> dict[str, object]:
    found = None if item.calibration is None else asdict(item.calibration)
    return {
        "criterion": item.criterion,
        "calibration": found,
        "complaint": item.complaint,
        "failures": list(item.failures),
    }


def _print(judges: Sequence[CalibratedJudge], written: Sequence[Path], console: Console) -> None:
    for item in judges:
        console.print(safe(f"{item.criterion}"), style="bold")
        if item.calibration is None:
            console.print(safe(f"  cannot be calibrated: {item.complaint}"), style="yellow", soft_wrap=True)
        else:
            console.print(_figures(item.calibration))
            console.print(_confusion(item.calibration))
            for sentence in _advice(item.calibration):
                console.print(safe(f"  {sentence}"), soft_wrap=True)
        for failure in item.failures:
            console.print(safe(f"  no verdict: {failure}"), style="yellow", soft_wrap=True)
    for file in written:
        console.print(safe(f"written: {file}; it belongs into the repository, where people review it"), soft_wrap=True)


def _figures(found: JudgeCalibration) -> Table:
    table = Table(box=None, show_header=False, pad_edge=True)
    people = "one labeller" if found.people_agreement is None else f"{found.people_agreement:.2f}"
    rows: list[tuple[str, str]] = [
        ("answers", f"{found.labels}, labelled by {', '.join(found.labellers)}"),
        ("agreement with people", _share(found.agreement)),
        ("beyond chance (kappa)", "cannot be told" if found.kappa is None else _number(found.kappa)),
        ("people among themselves (alpha)", people),
        ("passes good answers", _share(found.sensitivity)),
        ("fails bad answers", _share(found.specificity)),
        ("more lenient with long answers", _number(found.length_bias)),
        ("contradicts itself when asked again", _share(found.flip_rate)),
        ("swayed by the order of two answers", _share(found.sway_rate)),
    ]
    for name, value in rows:
        if value:
            table.add_row(safe(name), safe(value))
    return table


def _confusion(found: JudgeCalibration) -> Table:
    table = Table(title="people (rows) against the judge (columns)", title_justify="left", pad_edge=True)
    table.add_column("")
    for choice in found.choices:
        table.add_column(safe(choice), justify="right")
    for choice, row in zip(found.choices, found.confusion, strict=True):
        table.add_row(safe(choice), *map(str, row))
    return table


def _advice(found: JudgeCalibration) -> Iterator[str]:
    if found.undecided:
        yield f"{found.undecided} answers on which people do not agree were left aside."
    if found.people_agreement is not None and found.people_agreement < GOOD_AGREEMENT:
        yield "People themselves do not agree: make the question clearer before you mend the judge."
    if not found.good or not found.bad:
        missing = "pass" if not found.good else "fail"
        yield f"People {missing} none of these answers, so that one kind of error is unknown: label some of both kinds."
    elif not MeasuredJudge(
        passed_rightly=found.passed_rightly, good=found.good, failed_rightly=found.failed_rightly, bad=found.bad
    ).can_tell:
        yield "It is not surely better than a coin, so that its rates cannot be corrected: label more answers."
    if found.length_bias is not None and found.length_bias.lower > 0:
        yield "It favours long answers: do not let it compare agents whose answers differ in length."


def _share(estimate: Estimate | None) -> str:
    if estimate is None:
        return ""
    return f"{estimate.value:.1%} ({estimate.lower:.1%} to {estimate.upper:.1%}, of {estimate.sample_size})"


def _number(estimate: Estimate | None) -> str:
    return "" if estimate is None else f"{estimate.value:+.2f} ({estimate.lower:+.2f} to {estimate.upper:+.2f})"
