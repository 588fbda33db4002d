"""The command `comment`: what a run has shown, said where its change is reviewed."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from passmuster.cli.console import safe, terminal
from passmuster.cli.leaving import say
from passmuster.cli.opening import opened
from passmuster.cli.printing import print_json
from passmuster.composition.commenting import Told, code_host_of, comment_on, name_of_suite, review_as_told
from passmuster.configuration.discussions import Review
from passmuster.domain.comments import Comment, Unjudged
from passmuster.domain.errors import EnvironmentFaultError, InvalidConfigurationError, PermissionMissingError
from passmuster.domain.findings import Finding, Severity

USUAL_FILE: Final = "report.md"

LARGEST: Final = 1_000_000
"""Characters: no code host takes a longer comment."""

NOT_THERE: Final = "left out"
"""What became of a comment that could not be placed, for a reason that is nobody's mistake."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """A verdict that is missing.

    Attributes:
        reasons: A file with a line for each reason; without it, nobody knows why.
        status: What the command ended with that was to judge.
        suite: The suite; ``None`` is the only one.
    """

    reasons: Path
    status: int
    suite: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What the command line asks for.

    Attributes:
        files: The comments; empty means the one of the only suite.
        told: What it says of the change.
        missing: What is to be said instead of a verdict; ``None`` where there is one.
        as_json: Whether a machine reads the result.
    """

    files: Sequence[Path]
    told: Told
    missing: Missing | None = None
    as_json: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Done:
    """What became of one comment."""

    file: Path
    act: str
    address: str = ""
    reason: str = ""


def run_comment(wish: Wish) -> int:
    """Put every comment into its place.

    A job that nobody gave a pull request to, and one of a stranger's whose token can only read, are no failures: what
    was to be said is said beside the job, and the status is 0.
    """
    review = review_as_told(wish.told)
    if wish.missing is None:
        comments = [(file, _of_commit(comment, review)) for file, comment in _comments(wish.files)]
    else:
        comments = _unjudged(wish, wish.missing, review)
    if review.host and not review.number:
        reason = "this job belongs to no pull request"
        return _show([_Done(file=file, act=NOT_THERE, reason=reason) for file, _ in comments], review, wish)
    code_host = code_host_of(_named(review))
    done = []
    if wish.missing is not None:
        # Without a report, nothing else tells it on the page of the job.
        _summarise(comments[0][1], review)
    for file, comment in comments:
        try:
            placed = code_host.put(comment)
        except PermissionMissingError as error:
            if not review.is_foreign:
                raise
            _summarise(comment, review)
            done.append(_Done(file=file, act=NOT_THERE, reason=_for_strangers(error, review)))
        else:
            done.append(_Done(file=file, act=placed.act, address=placed.address))
    return _show(done, review, wish)


def _of_commit(comment: Comment, review: Review) -> Comment:
    """Say which push it is about: CI judges a merge that nobody has pushed, and the run knows only its name."""
    if not review.commit:
        return comment
    return replace(comment, text=f"{comment.text.rstrip()} Judged for the pushed commit {review.commit[:12]}.\n")


def _unjudged(wish: Wish, missing: Missing, review: Review) -> list[tuple[Path, Comment]]:
    if wish.files:
        finding = Finding(
            rule="contradiction",
            severity=Severity.ERROR,
            message="--unjudged says that there is no verdict, and the files that are named have one",
            hint="leave one of them out",
        )
        raise InvalidConfigurationError([finding])
    try:
        lines = _text(missing.reasons).splitlines()
    except (OSError, ValueError):
        # The comment says where to look then.
        lines = []
    trouble = Unjudged(
        suite=name_of_suite(missing.suite),
        status=missing.status,
        commit=review.commit,
        complaints=tuple(line.strip() for line in lines if line.strip()),
    )
    return [(missing.reasons, comment_on(trouble))]


def _named(review: Review) -> Review:
    if review.host:
        return review
    finding = Finding(
        rule="no-discussion",
        severity=Severity.ERROR,
        message="this is no job of GitHub Actions or GitLab CI, so that nobody says which change is meant",
        hint="name it with --host, --address, --repository and --number",
    )
    raise InvalidConfigurationError([finding])


def _comments(files: Sequence[Path]) -> list[tuple[Path, Comment]]:
    """Read every comment, and complain about all that are none."""
    comments: list[tuple[Path, Comment]] = []
    findings: list[Finding] = []
    for file in files or (_usual_file(),):
        try:
            comments.append((file, Comment.read(_text(file))))
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
            message = f"{str(file)!r} is no comment that could be placed: {reason}"
            hint = "name a report.md that a run, or `passmuster report`, has written"
            findings.append(Finding(rule="not-a-comment", severity=Severity.ERROR, message=message, hint=hint))
    if findings:
        raise InvalidConfigurationError(findings)
    return comments


def _usual_file() -> Path:
    with opened(None) as bench:
        return bench.reports_location / USUAL_FILE


def _text(file: Path) -> str:
    with file.open(encoding="utf-8") as stream:
        text = stream.read(LARGEST + 1)
    if len(text) > LARGEST:
        message = f"it is longer than {LARGEST} characters"
        raise ValueError(message)
    return text


def _for_strangers(error: PermissionMissingError, review: Review) -> str:
    where = "; the text stands in the summary of the job" if review.summary else ""
    return f"the pull request comes from a fork, whose jobs get a token that can only read ({error.message}){where}"


def _summarise(comment: Comment, review: Review) -> None:
    """Let the comment stand beside the job, unless it stands there already."""
    if not review.summary:
        return
    file = Path(review.summary)
    try:
        said = file.read_text(encoding="utf-8") if file.exists() else ""
        if comment.marker not in said:
            with file.open("a", encoding="utf-8") as stream:
                stream.write(f"{comment.text}\n")
    except (OSError, ValueError) as error:
        message = f"the summary of the job cannot be written: {error}"
        raise EnvironmentFaultError(message) from error


def _show(done: Sequence[_Done], review: Review, wish: Wish) -> int:
    if wish.as_json:
        rows = [
            {"file": str(item.file), "act": item.act, "address": item.address, "reason": item.reason} for item in done
        ]
        where = {"host": review.host, "repository": review.repository, "number": review.number}
        print_json({**where, "comments": rows})
        return 0
    for item in done:
        if item.reason:
            say(f"no comment: {item.reason}")
        else:
            place = item.address or f"{review.repository} {review.number}"
            terminal().print(safe(f"comment {item.act}: {place}"), soft_wrap=True)
    return 0
