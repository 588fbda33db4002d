"""What a subject's backend was sent, where that follows from what is kept: agents, requests and the suite."""

from collections.abc import Mapping
from typing import Final

from passmuster.domain.values import JsonObject

_ROUTED: Final = "routed"
"""The subject that sends the writer's instructions, the history and the request, and nothing else."""


def sending(configuration: JsonObject, subject: str) -> str:
    """Say with which settings a subject's backend was asked; empty where nobody can tell what it was sent.

    Args:
        configuration: The suite as resolved.
        subject: The subject's name.
    """
    subjects = configuration.get("subjects")
    section = subjects.get(subject) if isinstance(subjects, Mapping) else None
    if not isinstance(section, Mapping) or section.get("use") != _ROUTED or not section.get("backend"):
        return ""
    temperature, maximum = section.get("temperature"), section.get("maximum_tokens")
    settings = [
        "" if temperature is None else f"temperature {temperature}",
        "" if maximum is None else f"at most {maximum} tokens",
    ]
    return ", ".join(filter(None, settings)) or "those of the backend"
