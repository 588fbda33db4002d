"""A criterion of our own: an answer that does not praise itself."""

from pydantic import BaseModel, ConfigDict, Field

from passmuster.components import BuildContext, Component
from passmuster.domain.results import Exhibit, Score
from passmuster.ports import Criterion


class ModestOptions(BaseModel):
    """Options of the criterion; ``name`` is filled in from the rubric."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    words: tuple[str, ...] = Field(default=("robust", "seamless"), description="Words of praise.")


class ModestCriterion:
    """Whether an answer does without words of praise."""

    def __init__(self, options: ModestOptions) -> None:
        self._options = options

    async def assess(self, exhibit: Exhibit) -> Score:
        """Look for the words."""
        found = [word for word in self._options.words if word in exhibit.completion.text.lower()]
        reason = f"praises itself with {found[0]!r}" if found else "does not praise itself"
        return Score(criterion=self._options.name, value=float(not found), passed=not found, reason=reason)


def build(options: ModestOptions, _context: BuildContext) -> Criterion:
    """Make the criterion."""
    return ModestCriterion(options)


MODEST = Component(options=ModestOptions, build=build, is_deterministic=lambda _options: True)
