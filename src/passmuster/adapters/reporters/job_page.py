"""The report on the page of a GitHub job: its summary, and annotations beside the lines of agent files."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, TextIO

from passmuster.adapters.reporters.breaks import breaks_of
from passmuster.adapters.reporters.markdown import SHORTEST, SUMMARY_LENGTH, render
from passmuster.adapters.reporters.places import Places
from passmuster.adapters.reporters.workflow_commands import annotations_of
from passmuster.domain.errors import EnvironmentFaultError
from passmuster.domain.reports import Report
from passmuster.placing import place

SUMMARY_NAME = "summary.md"
ANNOTATIONS_NAME = "annotations.txt"

SUMMARY_VARIABLE: Final = "GITHUB_STEP_SUMMARY"
"""Names the file that the runner shows as the summary of the step."""

ACTIONS_VARIABLE: Final = "GITHUB_ACTIONS"

_SUMMARY_ROOM = 1_048_576
"""A summary above 1 MiB is not shown at all."""


class JobPageReporter:
    """Writes ``summary.md`` and ``annotations.txt``, and tells both to the runner of a job."""

    def __init__(self, *, when: str, environment: Mapping[str, str], stream: TextIO, places: Places) -> None:
        """Take when the runner is told, and where.

        Args:
            when: ``in_actions`` where there is a runner, ``always`` or ``never``.
            environment: What says whether there is a runner, and which file holds the summary.
            stream: What the runner reads; annotations are printed to it.
            places: Where agents lie in the repository.
        """
        is_in_actions = environment.get(ACTIONS_VARIABLE) == "true"
        self._is_told = when == "always" or (when == "in_actions" and is_in_actions)
        self._summary = environment.get(SUMMARY_VARIABLE, "")
        self._stream = stream
        self._places = places

    def write(self, report: Report, destination: Path) -> Sequence[Path]:
        """Write both files, and tell the runner.

        Raises:
            EnvironmentFaultError: If the place, or the summary, cannot be written.
        """
        lines = [item.line for item in annotations_of(report, breaks_of(report, self._places))]
        # An empty file is written as well: the one of an earlier run would be taken for this one's.
        annotations = "".join(f"{line}\n" for line in lines) or "\n"
        summary = render(report, SUMMARY_LENGTH)
        written = place(
            {SUMMARY_NAME: summary.encode("utf-8"), ANNOTATIONS_NAME: annotations.encode("utf-8")}, destination
        )
        if self._is_told:
            self._tell(report, summary, lines)
        return written

    def _tell(self, report: Report, summary: str, lines: Sequence[str]) -> None:
        if lines:
            print("\n".join(lines), file=self._stream, flush=True)
        if self._summary:
            try:
                with Path(self._summary).open("a", encoding="utf-8") as file:
                    # Other commands of the step may have written a summary before.
                    room = _SUMMARY_ROOM - os.fstat(file.fileno()).st_size - 2
                    text = summary if len(summary.encode("utf-8")) <= room else render(report, max(room, SHORTEST))
                    if len(text.encode("utf-8")) <= room:
                        file.write(f"{text}\n")
            except OSError as error:
                message = f"cannot write {self._summary!r}, which {SUMMARY_VARIABLE} names: {error.strerror}"
                hint = "correct the variable, or write `when: never` for the reporter `github`"
                raise EnvironmentFaultError(message, hint=hint) from error
