"""Imports an answer's application, and says whose fault it is where that fails."""

import importlib
import re
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final, NoReturn

from .asgi import told
from .finding import Found, Source
from .places import Places

# What answers often use and the environment does not have: no fault of the answer's.
_KNOWN: Final = frozenset(
    {
        "aiofiles",
        "aiohttp",
        "aiokafka",
        "aiomysql",
        "aioredis",
        "beanie",
        "boto3",
        "botocore",
        "celery",
        "channels",
        "corsheaders",
        "databases",
        "decouple",
        "dependency_injector",
        "django_filters",
        "drf_spectacular",
        "elasticsearch",
        "environ",
        "factory",
        "faker",
        "flask",
        "google",
        "grpc",
        "gunicorn",
        "hypothesis",
        "jose",
        "kombu",
        "loguru",
        "minio",
        "motor",
        "MySQLdb",
        "mysqlclient",
        "ninja",
        "opentelemetry",
        "oracledb",
        "orjson",
        "passlib",
        "peewee",
        "prometheus_client",
        "psycopg2",
        "pymongo",
        "pymysql",
        "rest_framework_simplejwt",
        "sentry_sdk",
        "slowapi",
        "sqlmodel",
        "storages",
        "strawberry",
        "stripe",
        "tortoise",
        "ujson",
        "uvloop",
        "whitenoise",
    }
)
BROKEN: Final = "broken"
"""The application cannot be asked, and the answer is to blame."""

ABSENT: Final = "absent"
"""There is none."""

UNDRIVABLE: Final = "undrivable"
"""It cannot be asked by us."""

CHEATED: Final = "cheated"
"""The answer did what no application does."""

_OUTSIDE: Final = (ConnectionError, TimeoutError)


class Stopped(Exception):  # noqa: N818 - it ends the work, whether or not something went wrong
    """The application cannot be asked.

    Attributes:
        finding: ``state`` (``broken``: the answer's fault; ``undrivable``: ours; ``cheated``), ``reason``, a place.
    """

    def __init__(self, state: str, reason: str, **place: Any) -> None:  # noqa: ANN401 - plain data
        """Keep why."""
        super().__init__(reason)
        self.finding: dict[str, Any] = {"state": state, "reason": reason, **place}


def load(found: Found, folder: Path, places: Places, read: list[Source]) -> Any:  # noqa: ANN401 - any application
    """Import and return the application.

    Raises:
        Stopped: If there is none.
    """
    make_importable(found, folder)
    try:
        value = taken(importlib.import_module(found.module), found.name)
        if found.kind == "factory":
            value = value()
        if found.kind == "router":
            value = _with_routers(read, folder)
    except BaseException as error:  # noqa: BLE001 - code of the answer may raise anything
        stop(error, places, folder, f"importing {found.module!r}")
    return value


def make_importable(found: Found, folder: Path) -> None:
    """Have the answer's modules found first."""
    for path in (folder / "src", folder, folder / found.root):
        if path.is_dir() and str(path) not in sys.path:
            sys.path.insert(0, str(path))


def taken(module: Any, name: str) -> Any:  # noqa: ANN401 - any object
    """Return what a dotted name leads to within a module."""
    for part in name.split("."):
        module = getattr(module, part)
    return module


def stop(error: BaseException, places: Places, folder: Path, doing: str) -> NoReturn:
    """Say whose fault an exception is.

    Raises:
        Stopped: Always.
    """
    if isinstance(error, Stopped):
        raise error
    place = told(error, places)
    what = f"{doing} raised {place['type']}: {place['message']}"
    at = {"file": place.get("file", ""), "line": place.get("line", 0)}
    if isinstance(error, SystemExit):
        raise Stopped(CHEATED, f"early_exit: {what}", **at)
    if isinstance(error, ModuleNotFoundError) and _is_missing(error.name or "", folder):
        raise Stopped(UNDRIVABLE, f"the environment of answers has no package {error.name!r}", **at)
    if isinstance(error, _OUTSIDE) or "Connection" in type(error).__name__:
        raise Stopped(UNDRIVABLE, f"{what}: it needs something that is not there", **at)
    raise Stopped(BROKEN, what, **at)


def shadowed(folder: Path) -> list[str]:
    """Return the installed packages that files of the answer stand in for."""
    watched = (
        "fastapi",
        "starlette",
        "sqlalchemy",
        "django",
        "pydantic",
        "sqlite3",
        "asyncio",
        "greenlet",
        "aiosqlite",
    )
    return [
        name for name in watched if str(getattr(sys.modules.get(name), "__file__", None) or "").startswith(f"{folder}/")
    ]


def _is_missing(name: str, folder: Path) -> bool:
    first = name.partition(".")[0]
    if (folder / first).is_dir() or (folder / f"{first}.py").is_file() or find_spec(first) is not None:
        return False
    if first in _KNOWN:
        return True
    declared = [path for path in (folder / "requirements.txt", folder / "pyproject.toml") if path.is_file()]
    text = "\n".join(path.read_text(encoding="utf-8", errors="replace") for path in declared)
    return re.search(rf"(?mi)^\W*{re.escape(first).replace('_', '[-_]')}\b", text) is not None


def _with_routers(read: list[Source], folder: Path) -> Any:  # noqa: ANN401 - an application
    # An answer that gives routers only is meant for an application that is there already.
    application = importlib.import_module("fastapi").FastAPI()
    kind = importlib.import_module("fastapi").APIRouter
    routers: dict[int, Any] = {}
    for module in [module for module in list(sys.modules.values()) if _is_own(module, folder)]:
        routers |= {id(value): value for value in vars(module).values() if isinstance(value, kind)}
    del read
    for router in routers.values():
        application.include_router(router)
    return application


def _is_own(module: Any, folder: Path) -> bool:  # noqa: ANN401 - any module
    return str(getattr(module, "__file__", None) or "").startswith(f"{folder}/")
