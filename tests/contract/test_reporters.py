"""What every registered reporter promises."""

from dataclasses import replace
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path

import pytest

from passmuster.analysis.observing import observe
from passmuster.analysis.reporting import report_of
from passmuster.components import BuildContext
from passmuster.domain.answers import Answer
from passmuster.domain.errors import EnvironmentFaultError
from passmuster.domain.reports import Report
from passmuster.domain.results import Run
from passmuster.domain.values import CaseIdentifier
from passmuster.domain.verdicts import GatePolicy, GateRule, Quarantine
from passmuster.ports import Reporter
from passmuster.testing import factories

REPORTERS = sorted(entry_points(group="passmuster.reporters"), key=lambda point: point.name)


@pytest.fixture(scope="session")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where charts are kept that were drawn once, as on a machine; drawing itself is tested elsewhere."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(params=REPORTERS, ids=[point.name for point in REPORTERS])
def reporter(request: pytest.FixtureRequest, tmp_path: Path, drawn: Path) -> Reporter:
    """Each reporter, built with its defaults."""
    point: EntryPoint = request.param
    component = point.load()
    built: Reporter = component.build(component.options(), BuildContext(folder=tmp_path, cache=drawn))
    return built


def a_varying_run(*, wrong: int) -> Run:
    """Make a run of forty cases of a varying subject: the first so many are wrong, and the last is left out."""
    cases = [factories.a_case(f"case-{index}", tags=frozenset({"<b>"})) for index in range(40)]
    trials = [
        factories.a_trial(
            case.identifier,
            repetition=repetition,
            answer=Answer(routing=factories.a_decision("debugger" if index >= wrong else "code-reviewer")),
            inclusion=0.5 if repetition else 1.0,
        )
        for index, case in enumerate(cases[:-1])
        for repetition in range(2)
    ]
    subject = factories.a_subject_record(is_deterministic=False)
    return factories.a_run(*trials, cases=cases, subjects=(subject,), looks=2, selection="One case was left out.")


def a_judged_report() -> Report:
    """Make a report with rules of every kind, a difference, subsets, a case that was left out, and quarantines."""
    rules = (
        GateRule(metric="critical_breaks"),
        GateRule(metric="routing_accuracy", minimum=0.5, maximum_drop=0.05),
        GateRule(metric="routing_accuracy", subset="agent=*", maximum_drop=0.05),
    )
    names = ("case-0", "no-such-case")
    quarantines = tuple(Quarantine(case=CaseIdentifier(name), owner="Ana", expires="2027-01-01") for name in names)
    policy = GatePolicy(rules=rules, quarantines=quarantines)
    return report_of(a_varying_run(wrong=9), policy, observe(a_varying_run(wrong=2)))


@pytest.fixture(params=["judged", "compared", "first", "empty"])
def report(request: pytest.FixtureRequest) -> Report:
    """A report with everything, one against a baseline, one without, and one without cases."""
    run = factories.a_run()
    if request.param == "judged":
        return a_judged_report()
    rules = [GateRule(metric="unaccepted_breaks")]
    if request.param == "empty":
        return report_of(replace(run, cases=(), trials=()), GatePolicy(rules=tuple(rules)), None)
    return report_of(run, GatePolicy(rules=tuple(rules)), observe(run) if request.param == "compared" else None)


def test_there_are_reporters() -> None:
    """The built-in ones are registered."""
    assert {"html", "json", "markdown"} <= {point.name for point in REPORTERS}


def test_files_are_written_where_they_are_wanted(reporter: Reporter, report: Report, tmp_path: Path) -> None:
    """Every path that comes back is a file inside the folder, and no other file is there."""
    destination = tmp_path / "reports" / "here"

    written = reporter.write(report, destination)

    assert written
    assert set(written) == {path for path in destination.rglob("*") if path.is_file()}
    assert all(path.stat().st_size for path in written)


def test_equal_reports_give_equal_bytes(reporter: Reporter, report: Report, tmp_path: Path) -> None:
    """A second writing changes nothing, and takes the place of the first."""
    first = {path: path.read_bytes() for path in reporter.write(report, tmp_path / "out")}

    second = {path: path.read_bytes() for path in reporter.write(replace(report), tmp_path / "out")}

    assert first == second


def test_a_place_that_cannot_be_written_is_an_environment_fault(
    reporter: Reporter, report: Report, tmp_path: Path
) -> None:
    """A file in the way is named, and stays as it is."""
    (tmp_path / "out").write_text("mine", encoding="utf-8")

    with pytest.raises(EnvironmentFaultError, match="out"):
        reporter.write(report, tmp_path / "out")

    assert (tmp_path / "out").read_text(encoding="utf-8") == "mine"
