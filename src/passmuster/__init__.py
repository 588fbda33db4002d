"""passmuster finds what a change to a roster of coding agents breaks, before it is merged."""

from importlib.metadata import version

__version__ = version("passmuster")

__all__ = ["__version__"]
