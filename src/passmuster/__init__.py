"""passmuster finds what a change to a roster of coding agents breaks, before it is merged."""

__all__ = ["__version__"]


def __getattr__(name: str) -> str:
    """Look the version up when it is asked for: package metadata cost a sixth of the time that `--help` may take."""
    if name != "__version__":
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    # Imported here for the same reason.
    from importlib.metadata import version  # noqa: PLC0415 - see above

    return version("passmuster")
