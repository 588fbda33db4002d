"""Findings that an author has decided to live with, by a comment in the front matter with the reason.

``# passmuster: ignore long-description – the examples earn their place``
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from passmuster.analysis.roster_checks.material import AgentText
from passmuster.analysis.roster_checks.rules import RULES, complaint
from passmuster.domain.findings import Finding

# At the beginning of a line, where it is a comment whatever stands around it; within a block of text it would be text.
_COMMENT = re.compile(
    r"#[ \t]*passmuster[ \t]*:[ \t]*ignore\b[ \t]*(?P<rules>[\w-]*(?:[ \t]*,[ \t]*[\w-]+)*)(?P<rest>.*)"
)
_DASH = re.compile(r"[ \t]*(?:–|—|--|-|:|because\b)[ \t]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Suppression:
    """One rule that one file is freed from.

    Attributes:
        rule: The rule's name.
        reason: Why; may be empty, which is a finding of its own.
        path: The file.
        line: The comment's line.
    """

    rule: str
    reason: str
    path: str
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Suppressed:
    """A finding that is not to be shown, and why."""

    finding: Finding
    reason: str


def suppressions_of(text: AgentText) -> Iterator[Suppression]:
    """Read the comments of one file; a comment that names several rules gives several suppressions."""
    for number, line in text.front_matter:
        match = _COMMENT.fullmatch(line)
        if match is None:
            continue
        dash = _DASH.match(match["rest"])
        reason = match["rest"][dash.end() :].strip() if dash else match["rest"].strip()
        names = [name.strip() for name in match["rules"].split(",") if name.strip()]
        for name in names or [""]:
            yield Suppression(rule=name, reason=reason, path=text.path, line=number)


def apply(
    findings: Sequence[Finding], texts: Mapping[str, AgentText], is_looked_at: Callable[[str], bool]
) -> tuple[tuple[Finding, ...], tuple[Suppressed, ...]]:
    """Take out what is to be ignored, and complain about comments that cannot be meant.

    Args:
        findings: All findings.
        texts: The files whose comments count.
        is_looked_at: Whether a rule was looked at; comments about others may seem unused and are not.

    Returns:
        The findings that stay, with the complaints about comments; and those that were taken out.
    """
    comments = [item for path in sorted(texts) for item in suppressions_of(texts[path])]
    wanted = {(item.path, item.rule): item for item in comments}
    kept: list[Finding] = []
    gone: list[Suppressed] = []
    used: set[tuple[str, str]] = set()
    for finding in findings:
        key = (finding.location.path if finding.location else "", finding.rule)
        if key in wanted:
            used.add(key)
            gone.append(Suppressed(finding=finding, reason=wanted[key].reason))
        else:
            kept.append(finding)
    for item in comments:
        is_idle = (item.path, item.rule) not in used and is_looked_at(item.rule)
        kept.extend(_complaints(texts[item.path], item, is_idle=is_idle))
    return tuple(kept), tuple(gone)


def _complaints(text: AgentText, item: Suppression, *, is_idle: bool) -> Iterator[Finding]:
    place = text.at(item.line)
    if item.rule not in RULES:
        near = get_close_matches(item.rule, list(RULES), n=1)
        hint = f"did you mean {near[0]!r}?" if near else "write a rule's name, as the findings show it in brackets"
        yield complaint("unknown-suppression", place, f"there is no rule {item.rule!r} to ignore", hint)
        return
    if not item.reason:
        yield complaint(
            "unexplained-suppression",
            place,
            f"findings of {item.rule!r} are ignored without a reason",
            f"write # passmuster: ignore {item.rule} – and why",
        )
    if is_idle:
        yield complaint(
            "unused-suppression", place, f"there is no finding of {item.rule!r} to ignore", "delete the comment"
        )
