"""A run as a notebook sees it."""

from functools import cached_property
from typing import TYPE_CHECKING, NoReturn

from passmuster.charting.confusions import confusion_chart
from passmuster.charting.costs import costs_chart
from passmuster.charting.differences import difference_charts
from passmuster.charting.histories import history_chart
from passmuster.domain.errors import InvalidConfigurationError
from passmuster.domain.findings import Finding, Severity
from passmuster.domain.metric_names import ROUTING_ACCURACY
from passmuster.domain.reports import Report, SubjectReport
from passmuster.domain.results import Run
from passmuster.drawing.rendering import Chart, figure_of
from passmuster.notebook.shown import ShownComparison, ShownVerdict, run_html

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure


class OpenedRun:
    """A run with its judgement: frames, figures, and itself in a few lines.

    Attributes:
        report: Everything that was computed, as values.
    """

    def __init__(self, report: Report) -> None:
        """Take a finished report."""
        self.report = report

    @property
    def name(self) -> str:
        """The run's identifier."""
        return self.report.manifest.identifier

    @cached_property
    def trials(self) -> "pd.DataFrame":
        """One row for each trial; see :func:`~passmuster.analysis.frames.trials_frame`."""
        from passmuster.analysis.frames import trials_frame  # noqa: PLC0415 - pandas takes half a second

        return trials_frame(self._run)

    @cached_property
    def cases(self) -> "pd.DataFrame":
        """One row for each subject and case."""
        from passmuster.analysis.frames import cases_frame  # noqa: PLC0415 - as above

        return cases_frame(self._run)

    @cached_property
    def scores(self) -> "pd.DataFrame":
        """One row for each criterion of each trial."""
        from passmuster.analysis.report_frames import scores_frame  # noqa: PLC0415 - as above

        return scores_frame(self._run.trials)

    @cached_property
    def agents(self) -> "pd.DataFrame":
        """One row for each subject and agent."""
        from passmuster.analysis.report_frames import agents_frame  # noqa: PLC0415 - as above

        return agents_frame(self.report)

    @cached_property
    def metrics(self) -> "pd.DataFrame":
        """One row for each subject, metric and part of the cases."""
        from passmuster.analysis.report_frames import metrics_frame  # noqa: PLC0415 - as above

        return metrics_frame(self.report)

    @cached_property
    def changes(self) -> "pd.DataFrame":
        """One row for each case that is not as in the baseline; without one there is no row."""
        from passmuster.analysis.report_frames import changes_frame  # noqa: PLC0415 - as above

        return changes_frame(self.report)

    @property
    def verdict(self) -> ShownVerdict:
        """What the gate says."""
        return ShownVerdict(self.report.verdict)

    @property
    def comparison(self) -> ShownComparison | None:
        """What differs from the baseline; ``None`` without one."""
        return None if self.report.comparison is None else ShownComparison(self.report.comparison)

    def plot_confusion(self, subject: str | None = None) -> "Figure":
        """Draw who was preferred and who was chosen.

        Args:
            subject: Whose choices; ``None`` takes the first subject.

        Raises:
            InvalidConfigurationError: If there is no such subject, or nothing to draw.
        """
        return _figure(
            confusion_chart(self._subject(subject)), "no choice was measured", "look at `trials` for failures"
        )

    def plot_differences(self, metric: str = ROUTING_ACCURACY, subject: str | None = None) -> "Figure":
        """Draw what differs from the baseline, over all cases and by part.

        Args:
            metric: ``routing_accuracy`` or ``rubric_pass_rate``.
            subject: Whose; ``None`` takes the first subject.

        Raises:
            InvalidConfigurationError: If there is no such subject, or nothing to draw.
        """
        charts = difference_charts(self.report, self._subject(subject).record)
        missing = f"nothing differs in {metric!r}, or there is no baseline"
        return _figure(charts.get(metric), missing, f"metrics that differ: {', '.join(charts) or 'none'}")

    def plot_history(self, subject: str | None = None) -> "Figure":
        """Draw metrics over the stored runs, with intervals and changes of level.

        Args:
            subject: Only this subject's; ``None`` draws all.

        Raises:
            InvalidConfigurationError: If there is no such subject, or there are no earlier runs.
        """
        wanted = None if subject is None else self._subject(subject).record.name
        chart = history_chart(self.report.manifest.suite, self.report.past, wanted)
        return _figure(chart, "a history takes two runs", "make another with `passmuster run`")

    def plot_costs(self, *others: "OpenedRun") -> "Figure":
        """Draw what each subject takes against how good it is.

        Args:
            others: Further runs whose subjects are drawn as well.

        Raises:
            InvalidConfigurationError: If nothing was measured.
        """
        reports = {opened.name: opened.report for opened in (self, *others)}
        return _figure(costs_chart(reports), "no answer was measured", "look at `trials` for failures")

    def _repr_html_(self) -> str:
        """Return the run in a few lines, as notebooks ask for it."""
        return run_html(self.report)

    def __repr__(self) -> str:
        """Return the run in one line."""
        return f"<run {self.name} of {self.report.manifest.suite}: {self.report.verdict.outcome}>"

    @cached_property
    def _run(self) -> Run:
        """The run, put together again from its report."""
        cases = {item.case.identifier: item.case for item in self.report.cases}
        trials = tuple(trial for item in self.report.cases for trial in item.trials)
        return Run(manifest=self.report.manifest, roster=self.report.roster, cases=tuple(cases.values()), trials=trials)

    def _subject(self, wanted: str | None) -> SubjectReport:
        known = {subject.record.name: subject for subject in self.report.subjects}
        found = next((subject for name, subject in known.items() if wanted in {None, name}), None)
        if found is None:
            names = f"its subjects: {', '.join(known) or 'none'}"
            message = f"the run has no subject {wanted!r}"
            _refuse("unknown-subject", message, names)
        return found


def _figure(chart: Chart | None, missing: str, hint: str) -> "Figure":
    if chart is None:
        _refuse("nothing-to-draw", missing, hint)
    return figure_of(chart)


def _refuse(rule: str, message: str, hint: str) -> NoReturn:
    raise InvalidConfigurationError([Finding(rule=rule, severity=Severity.ERROR, message=message, hint=hint)])
