"""A run in a notebook."""

from html.parser import HTMLParser

import pytest
from matplotlib.figure import Figure

from passmuster.analysis.observing import observe
from passmuster.analysis.reporting import report_of
from passmuster.domain.answers import Answer
from passmuster.domain.errors import InvalidConfigurationError
from passmuster.domain.results import Run
from passmuster.domain.verdicts import GatePolicy, GateRule
from passmuster.notebook import OpenedRun
from passmuster.testing import factories

HOSTILE = '"><script>alert(1)</script><img src=x onerror=alert(2)>\x1b[31m\u202e'


def a_run(*, wrong: int) -> Run:
    """Make a run of a case with a hostile name, and forty others."""
    names = [HOSTILE, *(f"case-{index}" for index in range(40))]
    cases = [factories.a_case(name, text=HOSTILE) for name in names]
    trials = [
        factories.a_trial(
            name, answer=Answer(routing=factories.a_decision("code-reviewer" if index < wrong else "debugger"))
        )
        for index, name in enumerate(names)
    ]
    return factories.a_run(*trials, cases=cases, suite=HOSTILE)


@pytest.fixture(scope="module")
def opened() -> OpenedRun:
    """A run that broke thirty cases."""
    policy = GatePolicy(rules=(GateRule(metric="unaccepted_breaks", maximum=0),))
    return OpenedRun(report_of(a_run(wrong=30), policy, observe(a_run(wrong=0))))


class _Elements(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += [name for name, _ in attrs]


def test_frames_hold_the_run(opened: OpenedRun) -> None:
    """A row for each trial, case, agent and change; equal ones each time, and made once."""
    assert (len(opened.trials), len(opened.cases), len(opened.changes), len(opened.scores)) == (41, 41, 30, 0)
    assert opened.trials is opened.trials
    assert set(opened.agents["agent"]) >= {"debugger", "code-reviewer"}
    assert opened.metrics.query("metric == 'routing_accuracy' and subset == 'all'")["value"].item() == 11 / 41


@pytest.mark.parametrize("what", ["run", "verdict", "comparison"])
def test_what_is_shown_is_small_and_harmless(opened: OpenedRun, what: str) -> None:
    """Tables and lists only: no attribute, and so no address, no handler and no style; long lists have an end."""
    shown = opened if what == "run" else getattr(opened, what)

    html = shown._repr_html_()

    found = _Elements(html)
    assert found.tags <= {"h4", "p", "strong", "ul", "li", "table", "thead", "tbody", "tr", "th", "td"}
    assert found.attributes == []
    assert len(html) < 20_000
    assert "\x1b" not in html
    assert "\u202e" not in html
    assert what == "verdict" or "30 broken" in html
    assert what != "comparison" or "… and 10\N{NO-BREAK SPACE}cases more" in html


def test_every_plot_is_a_figure(opened: OpenedRun) -> None:
    """Each is drawn of the run itself; costs of several runs stand side by side."""
    other = OpenedRun(report_of(a_run(wrong=0), GatePolicy(rules=()), None))

    figures = [opened.plot_confusion(), opened.plot_differences(), opened.plot_costs(other)]

    assert all(isinstance(figure, Figure) for figure in figures)


def test_what_cannot_be_drawn_is_said(opened: OpenedRun) -> None:
    """With what there is instead."""
    with pytest.raises(InvalidConfigurationError, match="two runs"):
        opened.plot_history()
    with pytest.raises(InvalidConfigurationError, match="no subject 'other'"):
        opened.plot_confusion("other")
    with pytest.raises(InvalidConfigurationError, match="metrics that differ: routing_accuracy"):
        opened.plot_differences("rubric_pass_rate")


def test_without_a_baseline_there_is_no_comparison() -> None:
    """A first run has frames and a verdict all the same."""
    first = OpenedRun(report_of(a_run(wrong=0), GatePolicy(rules=()), None))

    assert first.comparison is None
    assert first.changes.empty
    assert repr(first).startswith("<run ")
