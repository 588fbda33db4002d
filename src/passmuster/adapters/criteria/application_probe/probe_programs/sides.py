"""What the child can do with an application, whichever framework it is made with; and Django."""

import importlib
from pathlib import Path
from typing import Any, Protocol

from . import django_side
from .asgi import Client, told
from .finding import Found
from .loading import make_importable, stop, taken
from .places import Places
from .seeding import Table

TIME_LIMIT = 5.0
"""Seconds for one request, by the application's own event loop."""


class Side(Protocol):
    """An application that can be asked."""

    def load(self) -> dict[str, Any]:
        """Import and start it, and return what it says of itself."""
        ...

    def seed(self, rows: int) -> list[Table]:
        """Put rows into its database, and return them."""
        ...

    def seed_by(self, hook: str, rows: int) -> None:
        """Have a function of the answer, or of the case's own files, put the rows there."""
        ...

    def ask(self, command: dict[str, Any]) -> dict[str, Any]:
        """Send one request."""
        ...


def run_hook(hook: str, rows: int, folder: Path, places: Places, client: Client | None) -> None:
    """Call ``module:function`` with the number of rows; it may be a coroutine function.

    Raises:
        Stopped: If it raises.
    """
    module, _, name = hook.partition(":")
    found = Found(root="", module=module, name=name, kind="instance")
    make_importable(found, folder)
    try:
        result = taken(importlib.import_module(module), name or "seed")(rows)
        if hasattr(result, "__await__") and client is not None:
            client.run(result)
    except Exception as error:  # noqa: BLE001 - it may raise anything
        stop(error, places, folder, f"the hook {hook!r}")


class DjangoSide:
    """A Django project, or as much of one as the answer has."""

    def __init__(self, settings: str, folder: Path, places: Places) -> None:
        self._settings = settings
        self._folder = folder
        self._places = places
        self._client: Client | None = None
        self._error: dict[str, Any] = {}
        self._cookie = ""

    def load(self) -> dict[str, Any]:
        """Make the tables, and return the addresses."""
        try:
            django_side.make_tables()
            self._cookie = self._session()
            operations = django_side.operations(self._places)
        except Exception as error:  # noqa: BLE001 - code of the answer may raise anything
            stop(error, self._places, self._folder, "setting Django up")
        importlib.import_module("django.core.signals").got_request_exception.connect(self._failed, weak=False)
        application = importlib.import_module("django.core.asgi").get_asgi_application()
        self._client = Client(application, self._places, time_limit=TIME_LIMIT)
        self._client.start()
        return {
            "framework": "django",
            "application": self._settings,
            "document": None,
            "operations": operations,
            "bodies": django_side.bodies(self._places),
            "guards": 1 if self._cookie else 0,
        }

    def seed(self, rows: int) -> list[Table]:
        """Fill the tables of the answer's models."""
        return django_side.seed(rows, self._places)

    def seed_by(self, hook: str, rows: int) -> None:
        """Have a hook fill them."""
        run_hook(hook, rows, self._folder, self._places, self._client)

    def ask(self, command: dict[str, Any]) -> dict[str, Any]:
        """Send one request, with what Django wants against forged ones."""
        assert self._client is not None  # noqa: S101 - loaded before it is asked
        self._error = {}
        token = "a" * 32
        cookies = [f"csrftoken={token}", *([self._cookie] if command.get("authorized") and self._cookie else [])]
        headers = {"cookie": "; ".join(cookies), "x-csrftoken": token, **command.get("headers", {})}
        answer = self._client.ask({**command, "headers": headers})
        return {**answer, **({"error": self._error} if self._error else {})}

    def _session(self) -> str:
        try:
            return django_side.session_cookie()
        except Exception:  # noqa: BLE001 - a project need have no users
            return ""

    def _failed(self, **_details: Any) -> None:  # noqa: ANN401 - Django's own
        error = importlib.import_module("sys").exc_info()[1]
        if error is not None:
            self._error = told(error, self._places)
