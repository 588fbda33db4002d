"""Programs of ours that examine an answer's files inside a sandbox, each answer once for all criteria that ask."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from passmuster.domain.answer_files import AnswerFiles
from passmuster.domain.sandboxes import Limit, SandboxLimits
from passmuster.domain.values import JsonObject


@dataclass(frozen=True, slots=True, kw_only=True)
class Examination:
    """What is to be found out about an answer's files.

    Attributes:
        name: Of the examination, such as ``ruff``; in the singular for one tool, whatever criteria read of it.
        version: Raised whenever equal files begin to give other results.
        program: A Python file of ours. It is run inside the sandbox by the environment's interpreter, in the folder
            that holds the answer's files; it reads its question as JSON from standard input and writes its result as
            one JSON object to the descriptor in ``PASSMUSTER_RESULTS``. Its whole folder can be read there.
        question: The question, plain data.
        limits: How much it may use.
        needs_types: Whether mypy's warm cache is to be readable inside, at the path in ``PASSMUSTER_TYPE_CACHE``.
    """

    name: str
    version: str
    program: Path
    question: JsonObject = field(default_factory=dict)
    limits: SandboxLimits = field(default_factory=SandboxLimits)
    needs_types: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Examined:
    """What an examination found.

    Attributes:
        result: What the program wrote; ``None`` if it ended without a result, which the answer's own code can bring
            about: a missing report is no success.
        status: The program's exit status.
        ended_by: The limit that it went over, if it did.
        errors: The last part of its standard error.
        processor_seconds: What it took when it was made; ``None`` where the sandbox cannot tell.
        wall_seconds: Likewise, from start to end.
        is_kept: Whether it was kept from before.
    """

    result: JsonObject | None
    status: int = 0
    ended_by: Limit | None = None
    errors: str = ""
    processor_seconds: float | None = None
    wall_seconds: float = 0.0
    is_kept: bool = False


class Examiner(Protocol):
    """Has examinations made, as many at once as the machine has processors, and each only once."""

    async def examine(self, files: AnswerFiles, examination: Examination) -> Examined:
        """Examine files; equal questions about equal files are answered from what is kept.

        Raises:
            SandboxError: If the sandbox could not do its part; that is not the answer's fault.
        """
        ...
