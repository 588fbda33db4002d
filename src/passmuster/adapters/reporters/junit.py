"""The report as JUnit XML, which GitLab, Jenkins and others read as a list of tests.

There is no standard. What is written here is what both read: GitLab, "Unit test reports", and Jenkins' plug-in JUnit.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from html import escape as escaped
from pathlib import Path

from passmuster.adapters.reporters.breaks import Break, breaks_of
from passmuster.adapters.reporters.case_badges import Quarantines
from passmuster.adapters.reporters.case_results import CaseResult, Fate, case_result
from passmuster.adapters.reporters.metric_lines import metric_lines
from passmuster.adapters.reporters.places import Places
from passmuster.adapters.reporters.views import trust_sentences, verdict_reasons
from passmuster.adapters.reporters.wording import VERDICTS
from passmuster.domain.reports import CaseReport, Report, SubjectReport
from passmuster.domain.verdicts import GateOutcome
from passmuster.placing import place
from passmuster.texts.visible import visible

FILE_NAME = "junit.xml"

_COUNTED = {"failures": Fate.FAILED, "errors": Fate.ERROR, "skipped": Fate.SKIPPED}


class JunitReporter:
    """Writes ``junit.xml``."""

    def __init__(self, *, places: Places, known_is_failure: bool = False) -> None:
        """Take where datasets lie, and whether a case fails that was wrong in the baseline already."""
        self._places = places
        self._known_is_failure = known_is_failure

    def write(self, report: Report, destination: Path) -> Sequence[Path]:
        """Write the tests.

        Raises:
            EnvironmentFaultError: If the place cannot be written.
        """
        text = render(report, self._places, known_is_failure=self._known_is_failure)
        return place({FILE_NAME: text.encode("utf-8")}, destination)


def render(report: Report, places: Places, *, known_is_failure: bool = False) -> str:
    """Return the whole file: a suite of tests for each subject, and one for the gate."""
    broken: dict[tuple[str, str], list[Break]] = defaultdict(list)
    for item in breaks_of(report, places):
        broken[item.change.subject, item.change.case].append(item)
    by_subject: dict[str, list[CaseReport]] = defaultdict(list)
    for case in report.cases:
        by_subject[case.subject].append(case)
    quarantines = Quarantines(report.quarantines)
    fates: Counter[Fate] = Counter()
    suites: list[str] = []
    for subject in report.subjects:
        name = subject.record.name
        results = [
            case_result(
                item,
                broken[name, item.case.identifier],
                quarantines.of(name, item.case.identifier),
                known_is_failure=known_is_failure,
            )
            for item in by_subject[name]
        ]
        fates.update(result.fate for result in results)
        suites += _subject_suite(report, subject, list(zip(by_subject[name], results, strict=True)), places)
    gate = _gate_result(report)
    fates[gate.fate] += 1
    suites += _gate_suite(report, gate)
    attributes = {"name": report.manifest.suite, **_counts(fates), "time": _seconds(report.cases)}
    return "\n".join(['<?xml version="1.0" encoding="UTF-8"?>', _open("testsuites", attributes), *suites]) + (
        "\n</testsuites>\n"
    )


def _subject_suite(
    report: Report, subject: SubjectReport, tests: Sequence[tuple[CaseReport, CaseResult]], places: Places
) -> Iterator[str]:
    name = f"{report.manifest.suite}.{subject.record.name}"
    counts = _counts(Counter(result.fate for _, result in tests))
    time = _seconds([item for item, _ in tests])
    yield _open("testsuite", {"name": name, **counts, "time": time, "timestamp": _moment(report)})
    yield from _properties({**_facts(report), **_metrics(report, subject), "description": subject.record.description})
    for item, result in tests:
        source = None if item.case.source is None else places.place(item.case.source)
        where = {} if source is None else {"file": source.path, **({"line": str(source.line)} if source.line else {})}
        attributes = {"classname": name, "name": item.case.identifier, **where, "time": _seconds([item])}
        yield from _test(attributes, result)
    yield "</testsuite>"


def _gate_suite(report: Report, result: CaseResult) -> Iterator[str]:
    name = f"{report.manifest.suite}.gate"
    counts = _counts(Counter([result.fate]))
    yield _open("testsuite", {"name": name, **counts, "time": "0", "timestamp": _moment(report)})
    yield from _properties(_facts(report))
    yield from _test({"classname": name, "name": "gate", "time": "0"}, result)
    yield "</testsuite>"


def _gate_result(report: Report) -> CaseResult:
    """Return the verdict as one test: one that cannot tell has not passed, and has not failed either."""
    outcome = report.verdict.outcome
    reasons = verdict_reasons(report)
    text = "\n".join([VERDICTS[outcome].word, *reasons, *trust_sentences(report)])
    fates = {GateOutcome.FAILED: Fate.FAILED, GateOutcome.INCONCLUSIVE: Fate.ERROR}
    fate = fates.get(outcome, Fate.PASSED)
    return CaseResult(fate=fate, kind=f"gate-{outcome}", message=reasons[0], text=text)


def _facts(report: Report) -> Mapping[str, str]:
    manifest, revision = report.manifest, report.manifest.revision
    facts = {"run": manifest.identifier, "verdict": report.verdict.outcome.value, "roster": manifest.roster}
    facts["dataset"] = manifest.dataset
    facts["against"] = "" if report.comparison is None else report.comparison.against
    if revision is not None:
        facts |= {"commit": revision.commit, "branch": revision.branch}
    return {name: text for name, text in facts.items() if text}


def _metrics(report: Report, subject: SubjectReport) -> Mapping[str, str]:
    lines = [line for line in metric_lines(report) if line.subject == visible(subject.record.name)]
    return {line.label: f"{line.now}, {line.change}" if line.is_main else line.now for line in lines}


def _test(attributes: Mapping[str, str], result: CaseResult) -> Iterator[str]:
    if result.fate is Fate.PASSED and not result.text:
        yield _open("testcase", attributes, is_empty=True)
        return
    yield _open("testcase", attributes)
    if result.fate is Fate.PASSED:
        yield f"<system-out>{_text(result.text)}</system-out>"
    else:
        start = _open(result.fate.value, {"message": result.message, "type": result.kind})
        yield f"{start}{_text(result.text)}</{result.fate.value}>"
    yield "</testcase>"


def _properties(facts: Mapping[str, str]) -> Iterator[str]:
    yield "<properties>"
    for name, value in facts.items():
        yield _open("property", {"name": name, "value": value}, is_empty=True)
    yield "</properties>"


def _counts(fates: Mapping[Fate, int]) -> Mapping[str, str]:
    total = {"tests": str(sum(fates.values()))}
    return total | {name: str(fates.get(fate, 0)) for name, fate in _COUNTED.items()}


def _seconds(items: Sequence[CaseReport]) -> str:
    return f"{sum(trial.duration for item in items for trial in item.trials):.3f}"


def _moment(report: Report) -> str:
    return f"{report.manifest.started_at:%Y-%m-%dT%H:%M:%S}"


def _open(tag: str, attributes: Mapping[str, str], *, is_empty: bool = False) -> str:
    # Within quotes every line end and tab would be read as a space.
    written = "".join(f' {name}="{_text(" ".join(value.split()))}"' for name, value in attributes.items())
    return f"<{tag}{written}{'/' if is_empty else ''}>"


def _text(text: str) -> str:
    """Return text as XML holds it: characters that XML cannot hold at all are written out as their numbers."""
    return escaped(visible(text))
