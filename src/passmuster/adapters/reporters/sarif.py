"""What broke as SARIF, which code hosts show beside the lines of agent files; its sections are named below."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from passmuster.adapters.reporters.breaks import KINDS, LOST, STOLEN, Break, breaks_of
from passmuster.adapters.reporters.case_badges import quarantine_terms
from passmuster.adapters.reporters.places import Places
from passmuster.documents.sarif import sarif_locations, sarif_log, sarif_text
from passmuster.domain.reports import Report
from passmuster.domain.values import fingerprint_of
from passmuster.placing import place
from passmuster.texts.numbers import count
from passmuster.texts.visible import visible

FILE_NAME = "report.sarif"

MAXIMUM_RESULTS = 5_000
"""GitHub shows so many results of a run."""

FINGERPRINT = "passmusterTransition/v1"
"""Names what the fingerprint is made of (3.27.17): a change of that would be a new name."""

GITHUB_FINGERPRINT = "primaryLocationLineHash"
"""The only one by which GitHub knows a result again; without it, all cases of one line would count as one."""

_HELP = {
    STOLEN: "Narrow the description of the agent that takes the request, or accept the change with a reason.",
    LOST: "Give back to the description the words by which its agent was chosen, or accept the change with a reason.",
}
_OTHER_HELP = "Look at the case in the report, mend the agent, or accept the change with a reason."


class SarifReporter:
    """Writes ``report.sarif``."""

    def __init__(self, *, places: Places) -> None:
        """Take where agents lie in the repository."""
        self._places = places

    def write(self, report: Report, destination: Path) -> Sequence[Path]:
        """Write the log.

        Raises:
            EnvironmentFaultError: If the place cannot be written.
        """
        document = transitions_log(report, breaks_of(report, self._places))
        text = json.dumps(document, ensure_ascii=False, indent=2)
        return place({FILE_NAME: f"{text}\n".encode("utf-8", "replace")}, destination)


def transitions_log(report: Report, breaks: Sequence[Break]) -> dict[str, object]:
    """Return a log with one result for each case that broke."""
    rules = [
        {
            "id": kind,
            "shortDescription": {"text": sentence},
            "help": {"text": _HELP.get(kind, _OTHER_HELP)},
            "defaultConfiguration": {"level": "error"},
        }
        for kind, sentence in KINDS.items()
    ]
    results = [_result(report, item) for item in breaks[:MAXIMUM_RESULTS]]
    return sarif_log(
        rules,
        results,
        # A code host keeps the results of each suite apart by it (3.17.3).
        automationDetails={"id": f"passmuster/{visible(report.manifest.suite)}/"},
        invocations=[{"executionSuccessful": True, **_left_out(len(breaks) - len(results))}],
    )


def _result(report: Report, item: Break) -> dict[str, object]:
    change = item.change
    mark = fingerprint_of([report.manifest.suite, item.kind, change.subject, change.case, change.aspect, item.agent])
    result: dict[str, object] = {
        "ruleId": item.kind,
        "ruleIndex": list(KINDS).index(item.kind),
        "level": "error" if item.quarantine is None else "note",
        "message": sarif_text(f"{item.title}: {item.sentence}"),
        "partialFingerprints": {FINGERPRINT: mark, GITHUB_FINGERPRINT: f"{mark}:1"},
    }
    if item.place is not None:
        result["locations"] = sarif_locations(item.place)
    if item.quarantine is not None:
        terms = quarantine_terms(item.quarantine)
        result["suppressions"] = [{"kind": "external", "status": "accepted", "justification": f"quarantine: {terms}"}]
    return result


def _left_out(number: int) -> Mapping[str, object]:
    if not number:
        return {}
    text = f"{count(number, 'result')} of less gravity left out; the report of the run has all"
    return {"toolExecutionNotifications": [{"level": "warning", "message": {"text": text}}]}
