"""Settings that an application wants from its environment, where nobody gave them."""

import os
import re
import sys
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Final

from .loading import UNDRIVABLE, Stopped
from .places import Places

_VALUES: Final = (
    (("DATABASE", "DB_URL", "DSN", "SQLALCHEMY"), "sqlite:///./application.db"),
    (("EMAIL", "SENDER", "MAIL_FROM"), "somebody@example.com"),
    (("URL", "URI", "ENDPOINT", "ORIGIN"), "http://localhost:9"),
    (("HOST",), "localhost"),
    (("PORT", "SECONDS", "MINUTES", "TIMEOUT", "LIMIT", "SIZE", "COUNT", "DAYS", "RETRIES"), "30"),
    (("DEBUG", "ENABLED", "VERBOSE"), "false"),
    (("ALGORITHM",), "HS256"),
)
_TRIES: Final = 5
TOKEN: Final = "0123456789abcdef" * 4
"""What stands for any secret that an application is to know."""


def guessed(name: str) -> str:
    """Return a value that a setting of this name may have."""
    upper = name.upper()
    for words, value in _VALUES:
        if any(word in upper for word in words):
            return value
    return TOKEN


def fill_settings() -> None:
    """Have settings of pydantic that lack a value take a guessed one."""
    if find_spec("pydantic_settings") is None:
        return
    base = import_module("pydantic_settings").BaseSettings
    refused = import_module("pydantic").ValidationError
    original = base.__init__

    def initialize(settings: Any, *arguments: Any, **values: Any) -> None:  # noqa: ANN401 - handed on as they are
        for _try in range(_TRIES):
            try:
                original(settings, *arguments, **values)
            except refused as error:
                if not _fill(type(settings), error):
                    told = "; ".join(f"{'.'.join(map(str, item['loc']))}: {item['msg']}" for item in error.errors())
                    name = type(settings).__name__
                    raise Stopped(UNDRIVABLE, f"{name} wants settings that were not guessed: {told}"[:400]) from error
            else:
                return
        raise Stopped(UNDRIVABLE, f"{type(settings).__name__} wants settings that were not guessed")

    base.__init__ = initialize


def fill_environment(places: Places) -> None:
    """Have ``os.environ["NAME"]`` in the answer's own code take a guessed value where there is none."""
    kind = type(os.environ)
    original = kind.__getitem__

    def lookup(environment: Any, name: str) -> Any:  # noqa: ANN401 - as the method that it stands for
        try:
            return original(environment, name)
        except KeyError:
            # Whoever asks whether a name is there at all comes through the standard library.
            caller = sys._getframe(1)  # noqa: SLF001 - the documented way to the caller's frame
            if not places.is_own(caller.f_code.co_filename):
                raise
            return guessed(name)

    kind.__getitem__ = lookup  # type: ignore[method-assign] # there is no other way in


def _fill(kind: Any, error: Any) -> bool:  # noqa: ANN401 - pydantic's own
    is_filled = False
    prefix = kind.model_config.get("env_prefix", "")
    for complaint in error.errors():
        if complaint["type"] not in {"missing", "url_scheme"} or len(complaint["loc"]) != 1:
            continue
        name = str(complaint["loc"][0])
        field = kind.model_fields.get(name)
        value = _suiting(guessed(name), None if field is None else field.annotation)
        if complaint["type"] == "url_scheme":
            scheme = re.sub(r"\W.*", "", str(complaint["ctx"]["expected_schemes"]).lstrip("'\""))
            value = f"{scheme}://somebody@localhost:9/application"
            if os.environ.get(f"{prefix}{name}".upper()) == value:
                continue
        os.environ[f"{prefix}{name}".upper() if field is not None else name] = value
        is_filled = True
    return is_filled


def _suiting(value: str, annotation: Any) -> str:  # noqa: ANN401 - any annotation
    if annotation in (int, float):
        return value if value.isdigit() else "30"
    if annotation is bool:
        return "false"
    origin = getattr(annotation, "__origin__", annotation)
    return "[]" if origin in (list, tuple, set, frozenset) else "{}" if origin is dict else value
