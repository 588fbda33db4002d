"""What the options of the built-in criteria have in common."""

import re
import warnings
from dataclasses import dataclass
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from passmuster.extraction.paths import plain_path, why_refused


class CriterionOptions(BaseModel):
    """Options of a criterion; whoever builds it fills in the name that the rubric gives it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(min_length=1, description="The criterion's name in the rubric; filled in from there.")


def valid_pattern(pattern: str, flags: re.RegexFlag = re.NOFLAG) -> str:
    """Return a regular expression that Python understands.

    Raises:
        ValueError: In words for whoever wrote the options.
    """
    try:
        with warnings.catch_warnings():
            # Python warns of a pattern that it will understand differently one day.
            warnings.simplefilter("error")
            re.compile(pattern, flags)
    except re.error as error:
        place = "" if error.pos is None else f" at character {error.pos + 1}"
        message = f"the pattern {pattern!r} is not valid: {error.msg}{place}"
        raise ValueError(message) from error
    except (OverflowError, RecursionError, Warning) as error:
        message = f"the pattern {pattern!r} is not valid: {error}"
        raise ValueError(message) from error
    return pattern


Pattern = Annotated[str, Field(min_length=1), AfterValidator(valid_pattern)]
"""A regular expression as Python's `re` understands it."""


def _deliverable(path: str) -> str:
    reason = why_refused(plain_path(path)) if path else ""
    if reason:
        message = f"'default_path' is {path!r}, which {reason}; write a path within the folder, as 'app/main.py'"
        raise ValueError(message)
    return path


DefaultPath = Annotated[
    str,
    Field(description="The path of the one block of code that names none; empty: such a block is no file."),
    AfterValidator(_deliverable),
]
"""A path that an answer's file may have, or nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """How many of something there may be; a bound that is ``None`` does not limit."""

    minimum: int | None
    maximum: int | None

    def refuse_if_empty(self) -> None:
        """Complain if no number lies within.

        Raises:
            ValueError: In words for whoever wrote the options.
        """
        if self.minimum is not None and self.maximum is not None and self.minimum > self.maximum:
            message = f"nothing is at least {self.minimum} and at most {self.maximum}"
            raise ValueError(message)

    def __contains__(self, count: int) -> bool:
        """Return whether a number lies within."""
        return (self.minimum is None or count >= self.minimum) and (self.maximum is None or count <= self.maximum)

    def __str__(self) -> str:
        """Return the bounds in words."""
        bounds = (("at least", self.minimum), ("at most", self.maximum))
        return " and ".join(f"{word} {bound}" for word, bound in bounds if bound is not None)
