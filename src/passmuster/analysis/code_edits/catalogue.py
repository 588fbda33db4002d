"""All mutators, in the order in which they are told."""

from typing import Final

from passmuster.analysis.code_edits import (
    blocking_edits,
    cheat_edits,
    configuration_edits,
    failure_edits,
    form_edits,
    surface_edits,
    testing_edits,
    typing_edits,
)
from passmuster.analysis.code_edits.mutator import Mutator

MUTATORS: Final[tuple[Mutator, ...]] = (
    *typing_edits.MUTATORS,
    *form_edits.MUTATORS,
    *failure_edits.MUTATORS,
    *configuration_edits.MUTATORS,
    *testing_edits.MUTATORS,
    *surface_edits.MUTATORS,
    *blocking_edits.MUTATORS,
    *cheat_edits.MUTATORS,
)
"""Names are unique."""
