"""A criterion on the likeness of an answer, or of a file of it, to a reference."""

import math
from pathlib import Path
from typing import Literal, cast

from pydantic import Field, model_validator

from passmuster.adapters.criteria.isolated import TIME_LIMIT, ask
from passmuster.adapters.criteria.options import CriterionOptions
from passmuster.components import BuildContext, Component
from passmuster.domain.errors import CriterionError, EmbeddingError, InvalidConfigurationError
from passmuster.domain.findings import Finding, Severity
from passmuster.domain.results import Exhibit, Score
from passmuster.domain.values import UNKNOWN, Fingerprint, fingerprint_of
from passmuster.extraction.files import files_of
from passmuster.ports import Criterion, Embedder

MAXIMUM_CHARACTERS = 65_536
"""So much of each text is compared; the reason says so where there was more."""

_PROGRAM = Path(__file__).with_name("likeness_program.py")


class SimilarityOptions(CriterionOptions):
    """Options of ``similarity``."""

    reference: str | None = Field(default=None, min_length=1, description="The text to compare with.")
    reference_file: str | None = Field(
        default=None, min_length=1, description="Or a file that holds it, relative to the suite's folder."
    )
    file: str | None = Field(
        default=None, min_length=1, description="The path of a file of the answer that is compared; default: all text."
    )
    measure: Literal["edit", "tokens", "embedding"] = Field(
        default="edit",
        description="By characters in their order, by words whatever their order, or by the angle of vectors.",
    )
    minimum: float = Field(ge=0, le=1, description="At least so alike; 1 is equal.")
    ignore_case: bool = Field(default=False, description="Whether capital and small letters count as equal.")
    embedder: dict[str, object] | None = Field(
        default=None, description="What makes the vectors, such as `{use: onnx, location: …}`; for `embedding` only."
    )

    @model_validator(mode="after")
    def _check(self) -> "SimilarityOptions":
        if (self.reference is None) == (self.reference_file is None):
            message = "give either 'reference' or 'reference_file'"
            raise ValueError(message)
        if (self.embedder is not None) != (self.measure == "embedding"):
            message = "give 'embedder' with 'measure: embedding', and only then"
            raise ValueError(message)
        return self


class SimilarityCriterion:
    """How alike an answer and a reference are. The value is the likeness, from 0 to 1."""

    def __init__(self, options: SimilarityOptions, reference: str, embedder: Embedder | None) -> None:
        self._options = options
        self._reference = _prepared(reference, ignore_case=options.ignore_case)
        self._embedder = embedder

    async def assess(self, exhibit: Exhibit) -> Score:
        """Compare.

        Raises:
            CriterionError: If no vectors could be had, or comparing takes longer than the time limit.
        """
        options = self._options
        text = self._text(exhibit)
        if text is None:
            reason = f"the answer delivers no file {options.file}"
            return Score(criterion=options.name, value=0.0, passed=False, reason=reason, evidence={"likeness": 0.0})
        likeness = await self._likeness(_prepared(text, ignore_case=options.ignore_case))
        passed = likeness >= options.minimum
        reason = f"the likeness to the reference is {likeness:.3f}; wanted at least {options.minimum:g}"
        if max(len(text), len(self._reference)) > MAXIMUM_CHARACTERS:
            reason += f" (compared the first {MAXIMUM_CHARACTERS} characters)"
        evidence: dict[str, object] = {"likeness": likeness, "measure": options.measure}
        return Score(criterion=options.name, value=likeness, passed=passed, reason=reason, evidence=evidence)

    def _text(self, exhibit: Exhibit) -> str | None:
        wanted = self._options.file
        if wanted is None:
            return exhibit.completion.text
        found = files_of(exhibit.completion, default_path=wanted)
        return next((file.text for file in found if file.path == wanted), None)

    async def _likeness(self, text: str) -> float:
        first, second = self._reference[:MAXIMUM_CHARACTERS], text[:MAXIMUM_CHARACTERS]
        if self._embedder is not None:
            return await _angle(self._embedder, first, second)
        question = {"measure": self._options.measure, "first": first, "second": second}
        # The program returns what its function says.
        return cast("float", await ask(_PROGRAM, question, time_limit=TIME_LIMIT, with_packages=False))


def _prepared(text: str, *, ignore_case: bool) -> str:
    """Return a text with single spaces and line ends only, since nobody means the others."""
    lines = (" ".join(line.split()) for line in text.splitlines())
    plain = "\n".join(line for line in lines if line)
    return plain.casefold() if ignore_case else plain


async def _angle(embedder: Embedder, first: str, second: str) -> float:
    """Return the cosine of the angle between the vectors of two texts; 0 where it is negative."""
    try:
        one, other = await embedder.embed([first, second])
    except EmbeddingError as error:
        message = f"no vectors could be had: {error.message}"
        raise CriterionError(message, hint=error.hint) from error
    lengths = math.hypot(*one) * math.hypot(*other)
    product = sum(left * right for left, right in zip(one, other, strict=True))
    return min(1.0, max(0.0, product / lengths)) if lengths else 0.0


def _build(options: SimilarityOptions, context: BuildContext) -> Criterion:
    """Build the criterion.

    Raises:
        InvalidConfigurationError: If the reference cannot be read.
    """
    reference = options.reference
    if options.reference_file is not None:
        reference = _read(context.folder, options.reference_file)
    assert reference is not None  # noqa: S101 - the options demand one of the two
    embedder = None if options.embedder is None else context.embedder(options.embedder)
    return SimilarityCriterion(options, reference, embedder)


def _read(folder: Path, name: str) -> str:
    try:
        return (folder / name).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        finding = Finding(
            rule="no-reference",
            severity=Severity.ERROR,
            message=f"the reference {name!r} cannot be read: {error}",
            hint="correct reference_file; a relative place starts at the suite's folder, and the file is UTF-8",
        )
        raise InvalidConfigurationError([finding]) from error


def _content(options: SimilarityOptions, folder: Path) -> Fingerprint:
    if options.reference_file is None:
        return UNKNOWN
    try:
        return fingerprint_of((folder / options.reference_file).read_bytes().hex())
    except OSError:
        return UNKNOWN


COMPONENT = Component(
    options=SimilarityOptions,
    build=_build,
    is_deterministic=lambda options: options.measure != "embedding",
    content=_content,
)
"""``similarity``: the answer is like a reference."""
