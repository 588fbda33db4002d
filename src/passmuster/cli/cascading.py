"""The command `cascade-curve`: what asking a dear router only where a cheap one is unsure costs and gains."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf, isfinite
from pathlib import Path

from rich.table import Table

from passmuster.analysis.cascade_curves import Point
from passmuster.application.cascading import CascadeStudy, Price, Question, Signal, study_cascade
from passmuster.cli.console import interval, safe, terminal
from passmuster.cli.opening import opened
from passmuster.cli.printing import print_json
from passmuster.cli.recalling import refuse_other_picture
from passmuster.domain.errors import InvalidConfigurationError
from passmuster.domain.findings import Finding, Severity
from passmuster.domain.values import RunIdentifier, SubjectName
from passmuster.placing import place

SHOWN_POINTS = 11
"""Rows of the table: about every tenth of the requests."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What the command line asks of a curve.

    Attributes:
        first: The subject that would always be asked.
        second: The subject that would be asked where the first is unsure.
        signal: What tells how sure the first is; ``None`` takes what it tells.
        loss: How much less accurate than the better subject alone the cascade may be.
        split: Only cases of this split; ``None`` for all.
        run: Both subjects' run; ``None`` for the latest of each.
        plot: Where a picture goes; ``None`` for none.
        as_json: Whether a machine reads the result.
    """

    first: str
    second: str
    signal: Signal | None
    loss: float
    split: str | None
    run: str | None
    plot: Path | None
    as_json: bool


def cascade_curve(suite: str | None, wish: Wish) -> int:
    """Print the curve, and the bound to take."""
    refuse_other_picture(wish.plot)
    with opened(suite) as bench:
        _refuse_unknown((wish.first, wish.second), list(bench.configuration.subjects))
        study = study_cascade(bench.store, _question(bench.configuration.name, wish))
        if wish.as_json:
            print_json(_plain(study, wish))
        else:
            _show(study, wish)
        if wish.plot is not None:
            _draw(study, wish, wish.plot)
        return 0


def _refuse_unknown(wanted: Sequence[str], known: Sequence[str]) -> None:
    findings = [
        Finding(
            rule="unknown-subject",
            severity=Severity.ERROR,
            message=f"the suite has no subject {name!r}",
            hint=f"its subjects: {', '.join(known)}",
        )
        for name in wanted
        if name not in known
    ]
    if findings:
        raise InvalidConfigurationError(findings)


def _question(suite: str, wish: Wish) -> Question:
    return Question(
        suite=suite,
        first=SubjectName(wish.first),
        second=SubjectName(wish.second),
        signal=wish.signal,
        loss=wish.loss,
        split=wish.split,
        run=None if wish.run is None else RunIdentifier(wish.run),
    )


def _show(study: CascadeStudy, wish: Wish) -> None:
    console = terminal()
    left_out = f", {study.left_out} left out that one of them failed on" if study.left_out else ""
    console.print(safe(f"{study.cases} cases{left_out}; runs {' and '.join(dict.fromkeys(study.runs))}"), style="dim")
    console.print(_subjects(study, wish))
    console.print(_points(study))
    captured = study.curve.captured
    if captured is None:
        console.print("no case is mended by asking the second subject")
    else:
        ends = f"{study.curve.chance:.3f} by chance, {study.curve.ideal:.3f} in the best order"
        console.print(
            safe(f"area {study.curve.area:.3f} by {study.signal} ({ends}): {captured:.0%} of what can be gained")
        )
    console.print(safe(_advice(study, wish)), style="bold")
    console.print(
        safe(
            f"on cases that had no part in choosing it, such a bound gets {interval(study.held_out.accuracy)} right "
            f"and asks {study.held_out.share:.0%}"
        )
    )


def _subjects(study: CascadeStudy, wish: Wish) -> Table:
    table = Table(box=None, pad_edge=False)
    for heading in ("subject alone", "accuracy, 95 % interval", "tokens", "seconds", "dollars"):
        table.add_column(heading, justify="left" if heading == "subject alone" else "right", overflow="fold")
    for name, accuracy, price in zip((wish.first, wish.second), (study.first, study.second), study.prices, strict=True):
        cost = "–" if price.cost is None else f"{price.cost:.6f}"
        table.add_row(safe(name), interval(accuracy), f"{price.tokens:.0f}", f"{price.seconds:.3f}", cost)
    return table


def _points(study: CascadeStudy) -> Table:
    table = Table(box=None, pad_edge=False)
    for heading in (f"{study.signal} below", "second asked", "accuracy"):
        table.add_column(heading, justify="right")
    for point in _sample(study.curve.points, study.chosen):
        mark = "bold" if point == study.chosen else ""
        table.add_row(_bound(point), f"{point.share:.1%}", f"{point.accuracy:.3f}", style=mark)
    return table


def _sample(points: Sequence[Point], chosen: Point) -> Sequence[Point]:
    """Return points at about even shares, those at the ends and the chosen one among them."""
    wanted = [number / (SHOWN_POINTS - 1) for number in range(SHOWN_POINTS)]
    nearest = {min(range(len(points)), key=lambda place: (abs(points[place].share - share), place)) for share in wanted}
    return [points[place] for place in sorted(nearest | {0, len(points) - 1, points.index(chosen)})]


def _bound(point: Point) -> str:
    if point.bound == -inf:
        return "never"
    if point.bound == inf:
        return "always"
    return f"{point.bound:g}" if point.bound > 0 else "(nobody)"


def _advice(study: CascadeStudy, wish: Wish) -> str:
    """Say which bound to take, in the words of a suite."""
    chosen, points = study.chosen, f"{100 * wish.loss:g}"
    loss = f"at most {points} {'point' if points == '1' else 'points'} lost against the better one"
    if chosen.bound == -inf:
        return f"with {loss}, {wish.first} alone is enough"
    if chosen.bound == inf:
        return f"with {loss}, {wish.second} must be asked everything"
    option = f"{study.signal}: {chosen.bound:g}" if chosen.bound > 0 else "abstention: true, and no bound"
    return (
        f"with {loss}, take {option}; the second is asked {chosen.share:.0%} of the requests, and "
        f"{chosen.accuracy:.3f} of them are right"
    )


def _draw(study: CascadeStudy, wish: Wish, plot: Path) -> None:
    from passmuster.cli.cascade_drawing import draw_cascade  # noqa: PLC0415 - matplotlib takes most of a second

    [path] = place({plot.name: draw_cascade(study, wish.first, wish.second)}, plot.parent)
    if not wish.as_json:
        terminal().print(safe(f"plot: {path}"), soft_wrap=True)


def _plain(study: CascadeStudy, wish: Wish) -> dict[str, object]:
    estimates = {"first": study.first, "second": study.second, "held_out": study.held_out.accuracy}
    return {
        "first": wish.first,
        "second": wish.second,
        "runs": list(study.runs),
        "signal": study.signal,
        "cases": study.cases,
        "left_out": study.left_out,
        "accuracy": {
            name: {"value": one.value, "lower": one.lower, "upper": one.upper} for name, one in estimates.items()
        },
        "held_out_share": study.held_out.share,
        "prices": {"first": _plain_price(study.prices[0]), "second": _plain_price(study.prices[1])},
        "area": study.curve.area,
        "chance": study.curve.chance,
        "ideal": study.curve.ideal,
        "captured": study.curve.captured,
        "loss": wish.loss,
        "chosen": _plain_point(study.chosen),
        "points": [_plain_point(point) for point in study.curve.points],
    }


def _plain_point(point: Point) -> dict[str, object]:
    """Return a point; ``bound`` is null at the two ends, where the second subject is asked nothing or everything."""
    bound = point.bound if isfinite(point.bound) else None
    return {"bound": bound, "share": point.share, "accuracy": point.accuracy}


def _plain_price(price: Price) -> dict[str, object]:
    cost = None if price.cost is None else str(price.cost)
    return {"tokens": price.tokens, "seconds": price.seconds, "cost": cost}
