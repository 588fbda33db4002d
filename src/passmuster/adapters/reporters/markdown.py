"""The report as a comment on a pull request, and as the summary of a job.

Everything that is not ours is escaped for GitHub Flavored Markdown (https://github.github.com/gfm/), and mentions,
references to issues and addresses are parted by an invisible space, so that a request in a dataset notifies nobody.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final
from urllib.parse import quote

from passmuster.adapters.reporters.comment_sections import sections_of
from passmuster.adapters.reporters.fitting import fitted, size
from passmuster.adapters.reporters.markdown_text import NAME_LENGTH, escape
from passmuster.adapters.reporters.rule_views import SHOWN_REASONS
from passmuster.adapters.reporters.unjudged_comment import unjudged_lines
from passmuster.adapters.reporters.views import verdict_reasons
from passmuster.adapters.reporters.wording import VERDICTS
from passmuster.domain.comments import Comment, Unjudged
from passmuster.domain.reports import Report
from passmuster.domain.verdicts import GateOutcome
from passmuster.placing import place
from passmuster.texts.numbers import count

FILE_NAME = "report.md"

COMMENT_LENGTH: Final = 65_000
"""Bytes that a comment has at most, if nothing else is said: GitHub takes 65,536 characters."""

SUMMARY_LENGTH: Final = 1_000_000
"""Bytes that the summary of a job has at most: GitHub takes 1 MiB, and GitLab's notes 1,000,000 characters."""

SHORTEST: Final = 20_000
"""With less room the verdict itself might not fit."""

_HOLDS = frozenset({GateOutcome.PASSED, GateOutcome.EQUAL})
_ROWS = 50
_MANY_ROWS = 500


class MarkdownReporter:
    """Writes ``report.md``."""

    def __init__(self, *, maximum_length: int = COMMENT_LENGTH) -> None:
        """Take how many bytes the comment may have."""
        self._maximum_length = maximum_length

    def write(self, report: Report, destination: Path) -> Sequence[Path]:
        """Write the comment.

        Raises:
            EnvironmentFaultError: If the place cannot be written.
        """
        text = render(report, self._maximum_length)
        return place({FILE_NAME: text.encode("utf-8")}, destination)

    def unjudged(self, trouble: Unjudged) -> Comment:
        """Return the comment that takes the place of an earlier verdict, where a commit has none."""
        marker = marker_of(trouble.suite)
        return Comment(marker=marker, text="\n".join([marker, *unjudged_lines(trouble)]) + "\n")


def render(report: Report, maximum_length: int = COMMENT_LENGTH) -> str:
    """Return the comment; equal reports give equal comments.

    What there is no room for is left out, the least grave first, and the comment says so.

    Args:
        report: The report.
        maximum_length: How many bytes it may have, at least ``SHORTEST``.
    """
    first = [marker_of(report.manifest.suite), *_verdict(report)]
    last = list(_footer(report))
    room = maximum_length - size([*first, *last])
    rows = _ROWS if maximum_length <= COMMENT_LENGTH else _MANY_ROWS
    return "\n".join([*first, *fitted(sections_of(report, rows), room), *last]) + "\n"


def marker_of(suite: str) -> str:
    """Return the comment's first line, which nobody sees: by it a later comment finds the one that it replaces."""
    # No comment of HTML may hold two hyphens in a row, or what ends it.
    name = quote(suite.encode("utf-8", "replace"), safe="").replace("--", "-%2D")
    return f"<!-- passmuster:{name} -->"


def _verdict(report: Report) -> Iterator[str]:
    mark = VERDICTS[report.verdict.outcome]
    first, *others = verdict_reasons(report)
    yield f"### {mark.sign} {mark.word}: {escape(report.manifest.suite, NAME_LENGTH)}"
    yield ""
    said = escape(first)
    yield said if said.endswith("…") else f"{said}."
    if report.verdict.outcome in _HOLDS:
        # Every rule has the same to say, and the table of rules says it.
        others = []
    shown = others[: SHOWN_REASONS - 1]
    yield from (f"- {escape(sentence)}" for sentence in shown)
    if len(others) > len(shown):
        yield f"- and {count(len(others) - len(shown))} more"
    yield ""


def _footer(report: Report) -> Iterator[str]:
    manifest = report.manifest
    revision = "" if manifest.revision is None else f", commit {escape(manifest.revision.commit[:12])}"
    if report.spent:
        yield escape(report.spent)
        yield ""
    yield f"Run {escape(manifest.identifier, NAME_LENGTH)}{revision}, {count(len(report.cases), 'row')} of results."
