"""Exceptions, logging and blocking calls, as the rules find them."""

from pathlib import Path
from typing import Any

import pytest

from passmuster.adapters.criteria.code.programs.blocking import blocking_calls
from passmuster.adapters.criteria.code.programs.failures import failures_told, logging_told

from .examiners import read_files


def failures(folder: Path, text: str) -> dict[str, Any]:
    return failures_told(read_files(folder, {"app/orders.py": text}).good)


def logged(folder: Path, text: str, path: str = "app/orders.py") -> dict[str, Any]:
    return logging_told(read_files(folder, {path: text}).good)


def blocked(folder: Path, files: dict[str, str]) -> list[tuple[str, int, str]]:
    found = blocking_calls(read_files(folder, files).product)
    return sorted((place.file, place.line, place.message) for place, _ in found)


def test_own_exceptions_are_found_through_their_bases(tmp_path: Path) -> None:
    """Also where the base is the answer's own and bears no telling name, and where a class builds itself."""
    text = """
    class Trouble(Exception): ...
    class NotThere(Trouble):
        @classmethod
        def of(cls, name): return cls(name)
    class Plain: ...
    def find(): raise NotThere.of("x")
    def fail(): raise Trouble
    def other(): raise ValueError("x")
    """

    told = failures(tmp_path, text)

    assert [place["message"] for place in told["defined"]] == ["Trouble", "NotThere"]
    assert sorted(place["message"] for place in told["raised"]) == ["NotThere", "Trouble"]


@pytest.mark.parametrize(
    "handler",
    [
        "@app.exception_handler(OrderError)\nasync def handle(request, error): ...\n",
        "app.add_exception_handler(OrderError, handle)\n",
        "app = FastAPI(exception_handlers={OrderError: handle})\n",
        "try:\n    place()\nexcept (KeyError, OrderError):\n    pass\n",
        "def process(error):\n    if isinstance(error, OrderError): ...\n",
        "STATUSES = {Missing: 404}\n",
    ],
)
def test_a_handler_maps_exceptions_and_what_derives_from_them(tmp_path: Path, handler: str) -> None:
    """Registered, caught, or looked up."""
    told = failures(tmp_path, f"class OrderError(Exception): ...\nclass Missing(OrderError): ...\n{handler}")

    assert "Missing" in told["mapped"]


@pytest.mark.parametrize(
    ("handler", "is_swallowed"),
    [
        ("except:\n    pass", True),
        ("except:\n    raise", True),
        ("except Exception:\n    pass", True),
        ("except (ValueError, Exception) as error:\n    print(error)", True),
        ("except BaseException:\n    return None", True),
        ("except Exception:\n    logger.error('failed')", True),
        ("except Exception:\n    logger.exception('failed')", False),
        ("except Exception as error:\n    logger.error('failed', exc_info=error)", False),
        ("except Exception as error:\n    raise OrderError from error", False),
        ("except Exception as error:\n    future.set_exception(error)", False),
        ("except ValueError:\n    pass", False),
    ],
)
def test_what_is_caught_too_broadly_is_swallowed(
    tmp_path: Path,
    handler: str,
    is_swallowed: bool,  # noqa: FBT001 - parametrized
) -> None:
    """Unless it is raised again, logged with its traceback, or handed on."""
    indented = handler.replace("\n", "\n    ")
    told = failures(tmp_path, f"def place():\n    try:\n        call()\n    {indented}\n")

    assert bool(told["swallowed"]) is is_swallowed


def test_suppressing_everything_is_swallowing(tmp_path: Path) -> None:
    """In the form of a context manager, too."""
    text = "with suppress(Exception):\n    call()\nwith suppress(KeyError):\n    call()\n"

    assert [place["line"] for place in failures(tmp_path, text)["swallowed"]] == [1]


@pytest.mark.parametrize(
    ("text", "framework"),
    [("from fastapi import FastAPI\n", "FastAPI"), ("from django.db import models\n", "Django"), ("import os\n", "")],
)
def test_the_framework_is_told(tmp_path: Path, text: str, framework: str) -> None:
    """By what is imported."""
    assert failures(tmp_path, text)["framework"] == framework


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("import logging\nlogger = logging.getLogger(__name__)\n", (1, 0, 0)),
        ("import logging\nlogger = logging.getLogger(__name__)\nlogger.info('x')\n", (1, 1, 0)),
        ("import logging\nlogger = logging.getLogger(__name__)\nlogger.warning('x')\n", (1, 1, 1)),
        ("import structlog\nlog = structlog.get_logger()\nlog.error('x')\n", (1, 1, 1)),
        ("from loguru import logger\nlogger.critical('x')\n", (1, 1, 1)),
        ("class A:\n    def f(self):\n        self._logger.error('x')\n", (0, 1, 1)),
        ("catalog.error('x')\nmath.log(2)\nparser.error('x')\n", (0, 1, 1)),
    ],
)
def test_loggers_and_their_calls_are_counted(tmp_path: Path, text: str, expected: tuple[int, int, int]) -> None:
    """The last line shows the price of going by names: what ends in "log" passes for a logger."""
    told = logged(tmp_path, text)

    assert (len(told["loggers"]), len(told["calls"]), len(told["serious"])) == expected


def test_logging_where_it_fails_is_seen(tmp_path: Path) -> None:
    """In a handler, and in a function that raises."""
    text = """
    import logging
    logger = logging.getLogger(__name__)
    def first():
        try:
            call()
        except ValueError:
            logger.info("x")
    def second():
        logger.info("x")
        raise KeyError
    """

    assert [place["line"] for place in logged(tmp_path, text)["in_handlers"]] == [7, 9]


@pytest.mark.parametrize(
    ("path", "text", "count"),
    [
        ("app/a.py", "print('x')\n", 1),
        ("app/a.py", "import sys\nsys.stderr.write('x')\n", 1),
        ("app/a.py", "import traceback\ntraceback.print_exc()\n", 1),
        ("app/a.py", "if __name__ == '__main__':\n    print('x')\n", 0),
        ("app/__main__.py", "print('x')\n", 0),
        ("shop/management/commands/load.py", "print('x')\n", 0),
        ("app/a.py", "report.print('x')\n", 0),
    ],
)
def test_printing_is_seen(tmp_path: Path, path: str, text: str, count: int) -> None:
    """Except where a program speaks to people."""
    assert len(logged(tmp_path, text, path)["printed"]) == count


@pytest.mark.parametrize(
    "call",
    [
        "time.sleep(1)",
        "requests.get(url)",
        "urllib.request.urlopen(url)",
        "subprocess.run(['ls'])",
        "open('x')",
        "httpx.get(url)",
        "Path('x').read_text()",
        "socket.gethostbyname('x')",
    ],
)
def test_blocking_calls_in_asynchronous_code_are_found(tmp_path: Path, call: str) -> None:
    """Written into it directly; the same in ordinary code is fine."""
    imports = "import time, requests, urllib.request, subprocess, httpx, socket\nfrom pathlib import Path\n"
    text = f"{imports}async def load(url):\n    return {call}\ndef plain(url):\n    return {call}\n"

    assert [line for _, line, _ in blocked(tmp_path, {"app/a.py": text})] == [4]


def test_blocking_calls_are_found_through_helpers(tmp_path: Path) -> None:
    """Through functions of other modules, methods, what a constructor is given, and whoever implements an interface."""
    gateway = """
    from abc import ABC
    import requests
    class Gateway(ABC):
        def fetch(self): ...
    class HttpGateway(Gateway):
        def fetch(self):
            return self._get()
        def _get(self):
            return requests.get("x", timeout=1)
    def rates():
        return HttpGateway().fetch()
    """
    service = """
    from app import gateway as remote
    from app.gateway import Gateway, rates
    class Service:
        def __init__(self, gateway: Gateway) -> None:
            self._gateway = gateway
        async def by_method(self):
            return self._gateway.fetch()
        async def by_function(self):
            return rates()
        async def by_module(self):
            return remote.rates()
        async def by_own_method(self):
            return self._plain()
        def _plain(self):
            return rates()
    """

    found = blocked(tmp_path, {"app/gateway.py": gateway, "app/service.py": service})

    assert [(file, line) for file, line, _ in found] == [("app/service.py", line) for line in (8, 10, 12, 14)]
    assert all("app/gateway.py:10 calls `requests.get`" in message for _, _, message in found)


@pytest.mark.parametrize(
    "body",
    [
        "await asyncio.to_thread(helper)",
        "await run_in_threadpool(helper, 1)",
        "await loop.run_in_executor(None, lambda: helper())",
        "await asyncio.sleep(1)",
        "await client.get(url)",
        "async with httpx.AsyncClient() as client:\n        await client.get(url)",
        "await anyio.Path('x').read_text()",
    ],
)
def test_what_is_handed_to_a_thread_or_awaited_blocks_nobody(tmp_path: Path, body: str) -> None:
    """A helper that is named is not yet called."""
    text = f"import time, httpx, asyncio\ndef helper():\n    time.sleep(1)\nasync def load(client, url):\n    {body}\n"

    assert blocked(tmp_path, {"app/a.py": text}) == []


def test_sessions_that_are_not_asynchronous_are_found(tmp_path: Path) -> None:
    """By the annotation of what is asked, or by what it was made of."""
    text = """
    import requests
    from typing import Annotated
    from fastapi import Depends
    from sqlalchemy.orm import Session
    from sqlalchemy.ext.asyncio import AsyncSession
    pool = requests.Session()
    async def first(session: Session):
        return session.execute("x")
    async def second(session: Annotated[Session, Depends(get)]):
        return session.commit()
    async def third(session: AsyncSession):
        return await session.execute("x")
    async def fourth(session: "Session | None"):
        return session.get(1)
    async def fifth():
        return pool.post("x")
    """

    assert [line for _, line, _ in blocked(tmp_path, {"app/a.py": text})] == [9, 11, 15, 17]


def test_what_runs_once_and_what_is_asynchronous_itself_is_left_alone(tmp_path: Path) -> None:
    """Nobody waits while an application starts; an asynchronous helper is told of by itself; recursion ends."""
    text = """
    import time
    async def lifespan(app):
        time.sleep(1)
    async def outer():
        await inner()
    async def inner():
        time.sleep(1)
    def first(): second()
    def second(): first()
    async def loop():
        first()
    """

    assert [line for _, line, _ in blocked(tmp_path, {"app/a.py": text})] == [8]
