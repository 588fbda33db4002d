"""The page's script and stylesheet, each joined of its parts.

A part of the script is a module that a test can import by itself. In the page all of them are one: what they import
from one another is there already, and nothing is exported.
"""

import re
from importlib.resources import files
from typing import Final

_IMPORT: Final = re.compile(r'^import \{[^}]*\} from "\./[^"]+";\n', re.MULTILINE)
_EXPORT: Final = re.compile(r"^export (?=(?:async )?(?:function|class|const|let)\b)", re.MULTILINE)
_ORDER = "order.txt"


def joined_script() -> str:
    """Return the modules of the page's script as one."""
    return "\n".join(_EXPORT.sub("", _IMPORT.sub("", part)) for part in _parts("script"))


def joined_style() -> str:
    """Return the page's stylesheet."""
    return "\n".join(_parts("style"))


def _parts(folder: str) -> list[str]:
    place = files("passmuster.adapters.reporters").joinpath("templates", folder)
    names = place.joinpath(_ORDER).read_text(encoding="utf-8").split()
    return [place.joinpath(name).read_text(encoding="utf-8").replace("\r\n", "\n") for name in names]
