"""What reviewers propose, put into the files of cases: checked as every dataset is, and all of it or nothing."""

import json
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from passmuster.application.adopting import Adoption, Adoptions, Review, adopt
from passmuster.composition.building import Workbench
from passmuster.composition.case_files import write_cases
from passmuster.composition.case_lines import Edit, EditedFiles, edited_lines
from passmuster.composition.counterparts import accepted_baseline, former_agents
from passmuster.composition.review_files import LARGEST, ReviewFiles
from passmuster.domain.cases import Case
from passmuster.domain.errors import InvalidDatasetError
from passmuster.domain.findings import Finding, Severity
from passmuster.domain.reviews import Trail
from passmuster.domain.values import CaseIdentifier


def sound_trail(files: ReviewFiles) -> Trail:
    """Read the audit trail.

    Raises:
        InvalidDatasetError: With every line that was changed, removed or put in since it was written.
    """
    trail = files.read(LARGEST)
    if any(finding.severity is Severity.ERROR for finding in trail.findings):
        raise InvalidDatasetError(trail.findings)
    return trail


def adoptions(bench: Workbench, trail: Trail, files: ReviewFiles, only: tuple[CaseIdentifier, ...]) -> Adoptions:
    """Return what proposals make of the suite's cases.

    Raises:
        InvalidDatasetError: With every complaint; among them that no loader would read a case as it would be.
    """
    review = Review(proposals=files.proposals(), decisions=trail.decisions, path=str(files.proposal))
    found = adopt(review, bench.cases, bench.roster, former_agents(accepted_baseline(bench)), only)
    _written_data(found)
    return found


def edited_files(found: Adoptions) -> EditedFiles:
    """Return what the files of the cases become.

    Raises:
        EnvironmentFaultError: If a file cannot be read.
    """
    data = _written_data(found)
    return edited_lines([(item.before, _edit(item, data[item.before.identifier])) for item in found.changes])


def whole_dataset(bench: Workbench, found: Adoptions) -> tuple[Case, ...]:
    """Return all cases of the suite as they are to be."""
    changed = {item.after.identifier: item.after for item in found.changes}
    return tuple(changed.get(case.identifier, case) for case in bench.cases)


def by_hand(case: Case, path: Path) -> Finding:
    """Say that a case has to be changed by a person."""
    return Finding(
        rule="unadopted-case",
        severity=Severity.WARNING,
        message=f"case {case.identifier!r} was not changed: only lines of a .jsonl file are edited",
        hint=f"change it by hand as {path.name!r} says, or write all cases elsewhere with --output",
        location=case.source,
    )


def _written_data(found: Adoptions) -> Mapping[CaseIdentifier, Mapping[str, object]]:
    """Return the data of the changed cases as datasets are written, which refuses what no loader would read back."""
    with TemporaryDirectory(prefix="passmuster-") as folder:
        file = Path(folder) / "changed.jsonl"
        write_cases((item.after for item in found.changes), file)
        lines = map(json.loads, file.read_bytes().splitlines())
        return {CaseIdentifier(line["identifier"]): line for line in lines}


def _edit(item: Adoption, wanted: Mapping[str, object]) -> Edit:
    def change(data: dict[str, object]) -> bool:
        expect, told = data.get("expect"), wanted["expect"]
        if not isinstance(expect, dict) or expect.get("agent") != item.before.expectation.preferred:
            return False
        assert isinstance(told, dict)  # noqa: S101 - so datasets are written
        expect.pop("acceptable", None)
        expect.update({name: value for name, value in told.items() if name != "forbidden"})
        data["source"] = wanted["source"]
        return True

    return change
