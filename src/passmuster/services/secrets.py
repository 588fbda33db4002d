"""The key of a service: asked for at every use, and kept nowhere."""

from collections.abc import Callable

from passmuster.domain.errors import BackendRefusedError


def secret_value(name: str | None, values: Callable[[str], str | None]) -> str | None:
    """Return the value of a secret; ``None`` if none is to be sent.

    Args:
        name: What the suite calls it, an environment variable most often; ``None`` for no secret.
        values: Returns a value by its name.

    Raises:
        BackendRefusedError: If there is none of that name, or no header could carry it.
    """
    if name is None:
        return None
    value = (values(name) or "").strip()
    if not value:
        message = f"the environment variable {name!r} is not set, or empty"
        raise BackendRefusedError(message, hint="set it to the service's key")
    if not is_sendable(value):
        message = f"the environment variable {name!r} holds no key that a header can carry"
        raise BackendRefusedError(message, hint="set it to the key alone, on one line and without quotes")
    return value


def is_sendable(value: str) -> bool:
    """Return whether a header can carry a value as a key."""
    return value.isascii() and value.isprintable() and " " not in value
