"""Packages that only some backends need: looked for when the backend is built, and imported when it is first asked."""

from importlib.util import find_spec

from passmuster.domain.errors import MissingExtraError


def need(*packages: str, extra: str) -> None:
    """Refuse to go on without packages; nothing is imported, since that takes seconds.

    Raises:
        MissingExtraError: If one is not installed.
    """
    missing = next((package for package in packages if find_spec(package) is None), None)
    if missing is not None:
        message = f"{extra!r} needs the package {missing!r}, which is not installed"
        raise MissingExtraError(message, hint=f"pip install 'passmuster[{extra}]'")
