"""Criteria on files: those that an answer delivers, and those that a product touched in its workspace."""

from collections.abc import Sequence
from typing import Annotated

from pydantic import Field, model_validator

from passmuster.adapters.criteria.matching import fits
from passmuster.adapters.criteria.options import Bounds, CriterionOptions, DefaultPath
from passmuster.components import BuildContext, Component
from passmuster.domain.activities import ChangeKind, FileChange
from passmuster.domain.answer_files import AnswerFiles
from passmuster.domain.answers import Completion
from passmuster.domain.budgets import counted
from passmuster.domain.errors import CriterionUnavailableError
from passmuster.domain.results import Exhibit, Score
from passmuster.extraction.files import files_of
from passmuster.ports import Criterion

_SHOWN = 20
_LISTED = 3

PathPattern = Annotated[str, Field(min_length=1, max_length=200)]


class FilesDeliveredOptions(CriterionOptions):
    """Options of ``files_delivered``."""

    minimum: int = Field(default=1, ge=0, description="At least so many files.")
    maximum: int | None = Field(default=None, ge=0, description="At most so many files.")
    wanted: tuple[PathPattern, ...] = Field(
        default=(), description="Patterns of paths, each of which a file fits: `app/*.py`, `**/test_*.py`."
    )
    forbidden: tuple[PathPattern, ...] = Field(default=(), description="Patterns of paths that no file fits.")
    default_path: DefaultPath = ""
    allow_refused: bool = Field(default=False, description="Whether files may have been refused.")
    allow_elided: bool = Field(
        default=True, description="Whether files may have parts left out, as by `# ... existing code ...`."
    )

    @model_validator(mode="after")
    def _check(self) -> "FilesDeliveredOptions":
        self.bounds.refuse_if_empty()
        return self

    @property
    def bounds(self) -> Bounds:
        """The numbers of files that pass."""
        return Bounds(minimum=self.minimum, maximum=self.maximum)


class FilesTouchedOptions(CriterionOptions):
    """Options of ``files_touched``."""

    wanted: tuple[PathPattern, ...] = Field(
        default=(), description="Patterns of paths, each of which something fits that was touched: `app/**`."
    )
    forbidden: tuple[PathPattern, ...] = Field(
        default=(), description="Patterns of paths that nothing fits that was touched."
    )
    only: tuple[PathPattern, ...] = Field(
        default=(), description="Patterns of paths, one of which everything fits that was touched; default: anything."
    )
    may_delete: bool = Field(default=True, description="Whether files may be deleted.")

    @model_validator(mode="after")
    def _check(self) -> "FilesTouchedOptions":
        if not self.wanted and not self.forbidden and not self.only and self.may_delete:
            message = "give 'wanted', 'forbidden', 'only', or 'may_delete: false'"
            raise ValueError(message)
        return self


class FilesDeliveredCriterion:
    """Whether files can be read from an answer, so that bad form is not taken for bad code."""

    def __init__(self, options: FilesDeliveredOptions) -> None:
        self._options = options

    async def assess(self, exhibit: Exhibit) -> Score:
        """Read the files."""
        options = self._options
        found = files_of(exhibit.completion, default_path=options.default_path)
        paths = [file.path for file in found]
        complaints = list(self._complaints(found, paths))
        return Score(
            criterion=options.name,
            value=float(not complaints),
            passed=not complaints,
            reason="; ".join(complaints) or f"the answer delivers {counted(len(paths), 'file')}",
            evidence={
                "files": len(paths),
                "paths": [f"{file.path} ({file.source})" for file in found.files[:_SHOWN]],
                "places": [
                    {"file": refused.path, "line": refused.line, "message": refused.reason}
                    for refused in found.refused[:_SHOWN]
                ],
                "warnings": list(found.warnings[:_SHOWN]),
            },
        )

    def _complaints(self, found: AnswerFiles, paths: Sequence[str]) -> list[str]:
        options = self._options
        missing, crossed = _missing(options.wanted, paths), _crossing(options.forbidden, paths)
        elided = [file.path for file in found if file.is_elided]
        checks = (
            (
                len(paths) not in options.bounds,
                f"the answer delivers {counted(len(paths), 'file')}; wanted {options.bounds}",
            ),
            (bool(missing), f"no file fits {_listed(missing)}"),
            (bool(crossed), f"{_listed(crossed)} is forbidden"),
            (
                bool(found.refused) and not options.allow_refused,
                f"refused: {_listed([f'{refused.path} ({refused.reason})' for refused in found.refused])}",
            ),
            (bool(elided) and not options.allow_elided, f"{_listed(elided)} has parts left out"),
        )
        return [complaint for is_so, complaint in checks if is_so]


class FilesTouchedCriterion:
    """Whether files of the workspace were touched, and others not."""

    def __init__(self, options: FilesTouchedOptions) -> None:
        self._options = options

    async def assess(self, exhibit: Exhibit) -> Score:
        """Look at what is not as it was.

        Raises:
            CriterionUnavailableError: If nobody looked at the product's workspace.
        """
        options = self._options
        changes = _changes(exhibit.completion)
        paths = [change.path for change in changes]
        missing, crossed = _missing(options.wanted, paths), _crossing(options.forbidden, paths)
        outside = _outside(options.only, paths)
        deleted = [change.path for change in changes if change.kind is ChangeKind.DELETED]
        checks = (
            (bool(missing), f"nothing that was touched fits {_listed(missing)}"),
            (bool(crossed), f"{_listed(crossed)} was touched, which is forbidden"),
            (bool(outside), f"{_listed(outside)} was touched and fits no pattern of what may be"),
            (bool(deleted) and not options.may_delete, f"{_listed(deleted)} was deleted"),
        )
        complaints = [complaint for is_so, complaint in checks if is_so]
        wrong = dict.fromkeys([*crossed, *outside, *([] if options.may_delete else deleted)])
        kinds = {change.path: str(change.kind) for change in changes}
        return Score(
            criterion=options.name,
            value=float(not complaints),
            passed=not complaints,
            reason="; ".join(complaints) or f"{counted(len(paths), 'file')} touched, as asked for",
            evidence={
                "files": len(paths),
                "touched": [f"{path} ({kinds[path]})" for path in paths[:_SHOWN]],
                "missing": missing[:_SHOWN],
                "places": [{"file": path, "line": 0, "message": kinds[path]} for path in list(wrong)[:_SHOWN]],
            },
        )


def _changes(completion: Completion) -> tuple[FileChange, ...]:
    """Return what was touched; a model alone touches nothing but writes the files of its answer."""
    activity = completion.activity
    if activity is None:
        files = files_of(completion)
        return tuple(FileChange(path=file.path, kind=ChangeKind.WRITTEN, text=file.text) for file in files)
    if activity.changes is None:
        message = "nobody looked at the workspace of this answer"
        raise CriterionUnavailableError(message, hint="run the product; a saved transcript does not tell")
    return activity.changes


def _missing(patterns: Sequence[str], paths: Sequence[str]) -> list[str]:
    return [pattern for pattern in patterns if not any(fits(pattern, path) for path in paths)]


def _crossing(patterns: Sequence[str], paths: Sequence[str]) -> list[str]:
    return [path for path in paths if any(fits(pattern, path) for pattern in patterns)]


def _outside(patterns: Sequence[str], paths: Sequence[str]) -> list[str]:
    return [path for path in paths if patterns and not any(fits(pattern, path) for pattern in patterns)]


def _listed(words: Sequence[str]) -> str:
    more = len(words) - _LISTED
    # Paths are what strangers wrote, and a reason is one line.
    named = [word if word.isprintable() else repr(word) for word in words[:_LISTED]]
    return ", ".join(named) + (f" and {more} more" if more > 0 else "")


def _build_files_delivered(options: FilesDeliveredOptions, _context: BuildContext) -> Criterion:
    return FilesDeliveredCriterion(options)


def _build_files_touched(options: FilesTouchedOptions, _context: BuildContext) -> Criterion:
    return FilesTouchedCriterion(options)


FILES_DELIVERED = Component(
    options=FilesDeliveredOptions, build=_build_files_delivered, is_deterministic=lambda _options: True
)
"""``files_delivered``: files can be read from the answer."""

FILES_TOUCHED = Component(
    options=FilesTouchedOptions, build=_build_files_touched, is_deterministic=lambda _options: True
)
"""``files_touched``: files of the workspace were touched, and others not."""
