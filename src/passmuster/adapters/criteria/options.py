"""What the options of the built-in criteria have in common."""

from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict, Field


class CriterionOptions(BaseModel):
    """Options of a criterion; whoever builds it fills in the name that the rubric gives it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(min_length=1, description="The criterion's name in the rubric; filled in from there.")


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
