"""The data that the page holds for its script."""

import base64
import json
import zlib
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from passmuster.adapters.reporters.page.columns import PageData, page_data
from passmuster.adapters.reporters.page.packing import packed
from passmuster.adapters.reporters.page.rosters import MOST_LINES, NOT_KEPT, TOO_LONG
from passmuster.adapters.reporters.page.sending import sending
from passmuster.analysis.observing import observe
from passmuster.analysis.reporting import report_of
from passmuster.domain.answers import Answer
from passmuster.domain.observations import NOBODY, Acceptance, Aspect, Snapshot
from passmuster.domain.pasts import Past, PastCase, PastSeries, RunSummary
from passmuster.domain.reports import CaseReport, Report
from passmuster.domain.results import Run
from passmuster.domain.values import CaseIdentifier, RunIdentifier, SubjectName
from passmuster.domain.verdicts import GatePolicy
from passmuster.testing import factories

SUBJECT = SubjectName("lexical")


def unpacked(text: str) -> Any:  # noqa: ANN401 - plain data of any shape
    """Return what was packed, as a browser does."""
    return json.loads(zlib.decompress(base64.b64decode(text), wbits=-15))


def a_run(chosen: dict[str, list[str | None]], *descriptions: str) -> Run:
    """Make a run in which these agents were chosen, trial by trial; every case prefers the debugger."""
    agents = [factories.an_agent(f"agent-{index}", text) for index, text in enumerate(descriptions)]
    trials = [
        factories.a_trial(case, repetition=index, answer=Answer(routing=factories.a_decision(name)))
        for case, names in chosen.items()
        for index, name in enumerate(names)
    ]
    cases = [factories.a_case(case, tags=frozenset({"chatty"})) for case in chosen]
    roster = factories.a_roster("code-reviewer", "debugger", *agents)
    return factories.a_run(*trials, cases=cases, roster=roster)


def a_report(now: Run, before: Run | None = None) -> Report:
    """Judge a run."""
    return report_of(now, GatePolicy(rules=()), None if before is None else observe(before))


def row_of(columns: dict[str, Any], case: str) -> dict[str, Any]:
    """Return a case's row with its words and agents in the place of numbers."""
    place = columns["rows"]["case"].index(columns["cases"]["identifier"].index(case))
    row = {name: values[place] for name, values in columns["rows"].items()}
    for name in ("outcome", "tone", "change"):
        row[name] = columns["words"][row[name]] if row[name] >= 0 else None
    row["states"] = [columns["words"][state] for state in row["states"]]
    for name in ("chosen", "was", "stolen_by", "lost_to"):
        row[name] = columns["agents"][row[name]] if row[name] >= 0 else None
    return row


def test_a_row_tells_both_sides() -> None:
    """Choice, share, outcome and change stand beside what they were before the change."""
    before = a_run({"moved": ["debugger", "debugger"], "same": ["debugger", "debugger"]})
    now = a_run({"moved": ["code-reviewer", None], "same": ["debugger", "code-reviewer"]})

    columns = unpacked(page_data(a_report(now, before)).columns)

    moved, same = row_of(columns, "moved"), row_of(columns, "same")
    assert (moved["chosen"], moved["was"], moved["right"], moved["right_before"]) == ("(nobody)", "debugger", 0, 1)
    assert (moved["change"], moved["outcome"], moved["tone"]) == ("broken", "under-delegated", "bad")
    assert [columns["agents"][choice] for choice in moved["choices"]] == ["code-reviewer", "(nobody)"]
    assert (same["outcome"], same["is_newly_flaky"], same["right"]) == ("flaky", 1, 0.5)
    assert {"wrong", "flaky"} <= set(same["states"])


def test_columns_are_equally_long(judged_report: Report) -> None:
    """Every column of rows, of cases and of figures has as many entries as the others, and places are inside."""
    data = page_data(judged_report)
    columns = unpacked(data.columns)

    lengths = [{len(values) for values in columns[part].values()} for part in ("rows", "cases", "figures")]

    assert lengths[0] == {len(judged_report.cases)}
    assert lengths[1] == {len({item.case.identifier for item in judged_report.cases})}
    assert len(lengths[2]) == 1
    chunks = [unpacked(chunk) for chunk in data.chunks]
    for index, (chunk, place) in enumerate(zip(columns["rows"]["chunk"], columns["rows"]["place"], strict=True)):
        detail = chunks[chunk][place]
        case = columns["cases"]["identifier"][columns["rows"]["case"][index]]
        assert (detail["kind"], detail["view"]["row"]["identifier"]) == ("row", case)
    for agent in columns["roster"]:
        assert chunks[agent["chunk"]][agent["place"]]["kind"] == "agent"


def test_beyond_the_budget_the_gravest_rows_are_kept() -> None:
    """Rows that find no room can be listed and not opened, and the page says how many these are."""
    names = [f"case-{index}" for index in range(40)]
    before = a_run({name: ["debugger"] for name in names})
    now = a_run({name: ["code-reviewer" if name == "case-39" else "debugger"] for name in names})
    report = a_report(now, before)
    long = replace(report, cases=tuple(map(_with_long_answer, report.cases)))

    data = page_data(long, budget=1)

    columns = unpacked(data.columns)
    opened = [place for place, chunk in enumerate(columns["rows"]["chunk"]) if chunk >= 0]
    assert 0 < len(opened) < len(names)
    assert 39 in opened
    assert f"{len(opened)} of 40\N{NO-BREAK SPACE}rows can be opened" in data.sampled
    assert len(columns["rows"]["right"]) == len(names)


def _with_long_answer(item: CaseReport) -> CaseReport:
    completion = factories.a_completion("x" * 19_000)
    trials = [replace(trial, answer=replace(trial.answer, completion=completion)) for trial in item.trials]
    return replace(item, trials=tuple(trials))


def test_agents_are_told_with_what_they_were() -> None:
    """An edited agent has both descriptions and the lines that differ; one that is alike names its neighbour."""
    text = "Use it to review pull requests, patches and commits of Python code before merging."
    before, now = a_run({}, text, "Use it for databases."), a_run({}, f"{text} Always.", text)
    report = replace(a_report(now, before), roster_before=before.roster)

    data = page_data(report)

    columns = unpacked(data.columns)
    entry = next(item for item in columns["roster"] if columns["agents"][item["agent"]] == "agent-0")
    detail = unpacked(data.chunks[entry["chunk"]])[entry["place"]]
    assert (entry["change"], entry["description_before"]) == ("description edited", text)
    assert f"+  {text} Always." in detail["diff"]
    assert f"-  {text}" in detail["diff"]
    assert columns["agents"][entry["neighbours"][0][0]] == "agent-1"
    assert entry["tokens"] > 20


def test_an_agent_whose_former_self_is_not_kept_says_so() -> None:
    """Nothing is shown as its difference, and a new agent lacks nothing; a removed one has no definition to show."""
    before, now = a_run({}, "Use it to bake.", "Use it to boil."), a_run({}, "Use it to cook.")

    data = page_data(a_report(now, before))

    columns = unpacked(data.columns)
    details = {
        columns["agents"][entry["agent"]]: unpacked(data.chunks[entry["chunk"]])[entry["place"]]
        for entry in columns["roster"]
    }
    assert (details["agent-0"]["diff"], details["agent-0"]["missing"]) == ([], NOT_KEPT)
    assert (details["agent-1"]["front_matter"], details["agent-1"]["missing"]) == ("", NOT_KEPT)
    assert details["debugger"]["missing"] == ""


def test_a_definition_that_is_too_long_to_compare_says_so() -> None:
    """Rather than that nothing differs."""
    long = factories.an_agent("writer", instructions="a line\n" * (MOST_LINES + 1))
    before = replace(a_run({"one": ["debugger"]}), roster=factories.a_roster("debugger", "writer"))
    now = replace(before, roster=factories.a_roster("debugger", long))

    data = page_data(replace(a_report(now, before), roster_before=before.roster))

    [entry] = [one for one in unpacked(data.columns)["roster"] if one["change"]]
    assert unpacked(data.chunks[entry["chunk"]])[entry["place"]]["missing"] == TOO_LONG


def test_an_acceptance_says_which_choice_it_accepts() -> None:
    """By that the page finds the run in which it first showed; an output has no choice."""
    accepted = Acceptance(
        subject=SUBJECT, case=CaseIdentifier("one"), aspect=Aspect.ROUTING, was="debugger", now=NOBODY
    )
    output = replace(accepted, aspect=Aspect.OUTPUT, was="", now="", expires="2027-01-01")
    report = a_report(a_run({"one": ["debugger"]}))

    columns = unpacked(page_data(replace(report, past=Past(runs=(), acceptances=(accepted, output)))).columns)

    told = [(one["is_choice"], one["now"], one["expires"]) for one in columns["acceptances"]]
    assert told == [(True, columns["agents"].index(NOBODY), ""), (False, -1, "2027-01-01")]


@pytest.mark.parametrize(
    ("section", "said"),
    [
        ({"use": "routed", "backend": "model"}, "those of the backend"),
        (
            {"use": "routed", "backend": "a", "temperature": 0.5, "maximum_tokens": 8},
            "temperature 0.5, at most 8 tokens",
        ),
        ({"use": "routed", "backend": None}, ""),
        ({"use": "claude_code", "backend": "model"}, ""),
        ("routed", ""),
        (None, ""),
    ],
)  # fmt: skip
def test_what_was_sent_is_told_where_it_follows_from_the_suite(section: object, said: str) -> None:
    """Of a subject of another kind nobody can tell."""
    assert sending({"subjects": {"lexical": section}}, "lexical") == said
    assert sending({}, "lexical") == ""


def test_earlier_runs_stand_between_the_baseline_and_this_one() -> None:
    """Series point at the runs that they are of, though the baseline is put before these."""
    report = a_report(a_run({"one": ["debugger"]}), a_run({"one": ["code-reviewer"]}))
    case = PastCase(chosen="debugger", right=1.0, passed=None)
    earlier = RunSummary(
        identifier=RunIdentifier("first"),
        started_at=datetime(2026, 1, 1, tzinfo=UTC),
        results={SUBJECT: {CaseIdentifier("one"): case}},
    )
    own = replace(earlier, identifier=report.manifest.identifier)
    series = PastSeries(
        subject=SUBJECT, metric="recall", agent="debugger", places=(0, 1), values=(1, 1), lower=(0, 0), upper=(1, 1),
        cases=1,
    )  # fmt: skip

    columns = unpacked(page_data(replace(report, past=Past(runs=(earlier, own), series=(series,)))).columns)

    assert [run["label"] for run in columns["runs"]] == ["baseline", "", "this run"]
    assert [columns["agents"][run["chosen"][0]] for run in columns["runs"]] == ["code-reviewer", *["debugger"] * 2]
    assert columns["series"][0]["places"] == [1, 2]
    assert columns["agents"][columns["series"][0]["agent"]] == "debugger"


def test_a_stored_run_that_is_the_baseline_stands_once() -> None:
    """It is labelled where it is, and not put at the head again."""
    report = a_report(a_run({"one": ["debugger"]}), a_run({"one": ["code-reviewer"]}))
    earlier = RunSummary(identifier=RunIdentifier("first"), started_at=datetime(2026, 1, 1, tzinfo=UTC))
    assert isinstance(report.before, Snapshot)
    past = Past(runs=(earlier,))

    named = replace(report, before=replace(report.before, label="run first"), past=past)

    assert [run["label"] for run in unpacked(page_data(named).columns)["runs"]] == ["baseline", "this run"]


def test_the_command_that_runs_a_case_again_can_be_pasted() -> None:
    """Names of suites and subjects are quoted for a shell; one subject alone need not be named."""
    run = factories.a_run(suite="my suite; rm")

    [subject] = unpacked(page_data(a_report(run)).columns)["subjects"]

    assert subject["can_rerun"] == "passmuster run 'my suite; rm' --trace {case}"


def test_halves_of_characters_can_be_packed() -> None:
    """Text that UTF-8 cannot hold neither fails nor stays as it is."""
    assert unpacked(packed(["\ud800</script>"])) == ["?</script>"]


def test_equal_reports_are_packed_alike(report: Report) -> None:
    """Packing again changes no byte."""
    first: PageData = page_data(report)

    assert page_data(replace(report)) == first
