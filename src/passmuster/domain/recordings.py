"""Answers that are kept in the user's repository, as text that people review."""

from dataclasses import dataclass, field

from passmuster.domain.answers import Completion
from passmuster.domain.values import UNKNOWN, Fingerprint, JsonObject


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """One completion, what it answers, and where it comes from.

    Attributes:
        path: The file, relative to the suite's folder.
        case: The case whose request it answers, for people; a request may belong to several.
        request: The fingerprint of the request that it answers.
        conversation: The fingerprint of that request without instructions and sampling.
        completion: What is played.
        date: The day on which it was written, as YYYY-MM-DD.
        instructions: The fingerprint of the system prompt; empty where not known.
        settings: How the model was to draw, and what else was asked of it; ``None`` where not known.
        subject: The subject for which it was recorded; empty where not known.
        repetition: Counted from 0.
        provider: The kind of service that answered; empty where none did, or it is not known.
        version: The version of passmuster that wrote the file; empty for one that people wrote.
        note: What the next reader should know.
    """

    path: str
    case: str
    request: Fingerprint
    conversation: Fingerprint
    completion: Completion
    date: str = ""
    instructions: Fingerprint = UNKNOWN
    settings: JsonObject | None = field(default=None)
    subject: str = ""
    repetition: int = 0
    provider: str = ""
    version: str = ""
    note: str = ""
