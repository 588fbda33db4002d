"""FastAPI, and any other application that speaks ASGI."""

import inspect
import json
from pathlib import Path
from typing import Any

from .asgi import Client
from .authorizing import Guard, routes_of
from .engines import Engines
from .finding import Source, applications, named
from .loading import ABSENT, BROKEN, Stopped, load, stop
from .places import Places
from .seeding import Table
from .sides import TIME_LIMIT, run_hook


class ApplicationSide:
    """An application that a module of the answer holds or makes."""

    def __init__(
        self, question: dict[str, Any], read: list[Source], folder: Path, places: Places, engines: Engines | None
    ) -> None:
        self._question = question
        self._read = read
        self._folder = folder
        self._places = places
        self._engines = engines
        self._application: Any = None
        self._client: Client | None = None
        self._guard: Guard | None = None

    def load(self) -> dict[str, Any]:
        """Import it, start it, and return what it declares."""
        option = self._question.get("application")
        found = [named(option, self._read)] if option else applications(self._read)
        if not found:
            raise Stopped(ABSENT, "no application of FastAPI, Starlette or Django was found in the files")
        application = load(found[0], self._folder, self._places, self._read)
        if not callable(application):
            raise Stopped(BROKEN, f"{found[0].module}:{found[0].name} is no application")
        self._application = application
        self._seed_early()
        self._client = Client(application, self._places, time_limit=TIME_LIMIT)
        failed = self._client.start()
        if failed is not None:
            stop(failed, self._places, self._folder, "starting the application")
        if hasattr(application, "dependency_overrides"):
            self._provide_sessions()
        return {
            "framework": "fastapi" if hasattr(application, "openapi") else "asgi",
            "application": f"{found[0].module}:{found[0].name}",
            "document": self._document(),
            "operations": self._operations(),
            "bodies": {},
            "guards": self._guarded(),
        }

    def seed(self, rows: int) -> list[Table]:
        """Fill the tables that the answer's modules declare."""
        return self._engines.seed(rows) if self._engines is not None else []

    def seed_by(self, hook: str, rows: int) -> None:
        """Have a hook fill them."""
        if self._engines is not None:
            self._engines.make_tables()
        run_hook(hook, rows, self._folder, self._places, self._client)

    def ask(self, command: dict[str, Any]) -> dict[str, Any]:
        """Send one request, past the guard if that is wanted."""
        assert self._client is not None  # noqa: S101 - loaded before it is asked
        if self._guard is not None and command.get("authorized"):
            self._guard.open()
        try:
            return self._client.ask(command)
        finally:
            if self._guard is not None:
                self._guard.close()

    def _seed_early(self) -> None:
        # What an application reads while it starts must be there.
        if self._engines is not None and not self._question.get("seed"):
            self._engines.make_tables()

    def _guarded(self) -> int:
        if self._question.get("headers") or not hasattr(self._application, "dependency_overrides"):
            return 0
        if self._engines is not None and not self._question.get("seed"):
            self._engines.seed(1)
        self._guard = Guard(self._application, self._row)
        return self._guard.count

    def _row(self, kind: type) -> Any:  # noqa: ANN401 - a row of any table
        return None if self._engines is None else self._engines.row_of(kind)

    def _provide_sessions(self) -> None:
        # An answer may leave it to its user where sessions come from.
        if self._engines is None or self._engines.count:
            return
        overrides = self._application.dependency_overrides
        for route in routes_of(self._application):
            for call in _calls(getattr(route, "dependant", None)):
                provider = self._engines.session_provider(call)
                if provider is not None:
                    overrides.setdefault(call, provider)

    def _document(self) -> Any:  # noqa: ANN401 - plain data
        if hasattr(self._application, "openapi"):
            try:
                return self._application.openapi()
            except Exception as error:  # noqa: BLE001 - schemas of the answer may be anything
                stop(error, self._places, self._folder, "making the OpenAPI document")
        for path in sorted(self._folder.rglob("openapi.json")):
            return json.loads(path.read_text(encoding="utf-8"))
        return None

    def _operations(self) -> list[dict[str, Any]]:
        return [
            {
                "method": method,
                "path": getattr(route, "path_format", None) or route.path,
                "place": self._places.of_function(route.endpoint),
                "is_async": inspect.iscoroutinefunction(inspect.unwrap(route.endpoint)),
            }
            for route in routes_of(self._application)
            if getattr(route, "endpoint", None) is not None and self._places.of_function(route.endpoint)
            for method in sorted(getattr(route, "methods", None) or ())
            if method not in {"HEAD", "OPTIONS"}
        ]


def _calls(dependant: Any) -> list[Any]:  # noqa: ANN401 - FastAPI's own
    if dependant is None:
        return []
    inner = [call for item in dependant.dependencies for call in _calls(item)]
    return [*inner, *(item.call for item in dependant.dependencies if item.call is not None)]
