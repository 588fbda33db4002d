"""Real servers, started on the loopback interface; `make test-servers` installs them and runs these tests."""

import os
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
import yaml

from passmuster.components import BuildContext
from passmuster.composition.catalogue import Catalogue
from passmuster.ports import LiveBackend

PLACE = "PASSMUSTER_SERVERS"
HERE = Path(__file__).parent
KEY = "sk-made-up-master-key"
PATIENCE = 180
"""Seconds that a server gets to start: both import for long."""

MODELS: dict[str, dict[str, object]] = {
    "says": {"mock_response": "I have read it."},
    "calls": {
        "mock_response": "I call.",
        "mock_tool_calls": [
            {"id": "call_1", "type": "function", "function": {"name": "choose", "arguments": '{"agent": "a"}'}}
        ],
    },
    "refuses": {"mock_response": "litellm.RateLimitError"},
    "breaks": {"mock_response": "litellm.InternalServerError"},
    "overflows": {"mock_response": "litellm.ContextWindowExceededError"},
    "sleeps": {"mock_response": "late", "mock_delay": 30},
}


@dataclass(frozen=True)
class Server:
    """A server that is running.

    Attributes:
        address: Where it is.
        model: What it serves.
    """

    address: str
    model: str = ""

    def backend(self, use: str, path: str = "", *, key: str = KEY, **options: object) -> LiveBackend:
        """Return a backend of ours that asks it."""
        component = Catalogue(folder=Path()).component("backends", use)
        chosen = component.options(base_url=self.address + path, secret="MASTER_KEY", **options)  # noqa: S106 - a name
        built = component.build(chosen, BuildContext(folder=Path(), secret={"MASTER_KEY": key}.get))
        assert isinstance(built, LiveBackend)
        return built


@pytest.fixture(scope="session")
def program() -> Callable[[str, str], Path]:
    """Give what finds a program of a server's environment."""

    def find(environment: str, name: str) -> Path:
        place = os.environ.get(PLACE)
        if place is None:
            pytest.skip(f"{environment} is heavy: `make test-servers` installs it and runs this")
        return Path(place).absolute() / environment / "bin" / name

    return find


@pytest.fixture(scope="session")
def litellm(program: Callable[[str, str], Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """LiteLLM's proxy, whose models only pretend."""
    folder = tmp_path_factory.mktemp("litellm")
    pretending = [
        {"model_name": name, "litellm_params": {"model": "openai/made-up", "api_key": "none", **how}}
        for name, how in MODELS.items()
    ]
    configuration = {
        "model_list": pretending,
        "general_settings": {"master_key": KEY},
        "router_settings": {"num_retries": 0, "disable_cooldowns": True},
        "litellm_settings": {"num_retries": 0, "telemetry": False},
    }
    (folder / "proxy.yaml").write_text(yaml.safe_dump(configuration))
    port = _free_port()
    arguments = [program("litellm", "litellm"), "--config", folder / "proxy.yaml", "--host", "127.0.0.1"]
    with _running(
        [*arguments, "--port", str(port)], folder, f"http://127.0.0.1:{port}", "/health/liveliness"
    ) as server:
        yield server


@pytest.fixture(scope="session")
def transformers(program: Callable[[str, str], Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The server of the package transformers, with a model of random weights that is made on the spot."""
    folder = tmp_path_factory.mktemp("transformers")
    python = program("transformers", "python")
    making = [python, HERE / "tiny_model.py", folder / "tiny"]
    subprocess.run(making, check=True, capture_output=True, env=_apart(folder))  # noqa: S603 - our own script
    port = _free_port()
    arguments = [program("transformers", "transformers"), "serve", folder / "tiny", "--host", "127.0.0.1"]
    with _running(
        [*arguments, "--port", str(port), "--device", "cpu"], folder, f"http://127.0.0.1:{port}", "/health"
    ) as server:
        yield Server(address=server.address, model=str(folder / "tiny"))


@contextmanager
def _running(arguments: list[str | Path], folder: Path, address: str, health: str) -> Iterator[Server]:
    log = folder / "server.log"
    with log.open("wb") as output:
        process = subprocess.Popen(arguments, cwd=folder, env=_apart(folder), stdout=output, stderr=output)  # noqa: S603 - installed by `make test-servers`
    try:
        _wait_for(process, address + health, log)
        yield Server(address=address)
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_for(process: subprocess.Popen[bytes], address: str, log: Path) -> None:
    until = time.monotonic() + PATIENCE
    while process.poll() is None and time.monotonic() < until:
        try:
            if httpx.get(address, timeout=5).status_code == httpx.codes.OK:
                return
        except httpx.TransportError:
            time.sleep(0.3)
    pytest.fail(f"the server did not start:\n{log.read_text(errors='replace')[-3000:]}")


def _free_port() -> int:
    """Return a port that was free a moment ago; neither server can be told to choose one."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


def _apart(folder: Path) -> dict[str, str]:
    """Return an environment in which a server neither finds the user's files nor looks for anything far away."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "TMPDIR") if name in os.environ}
    quiet = {"HF_HUB_OFFLINE": "1", "HF_HUB_DISABLE_TELEMETRY": "1", "LITELLM_LOCAL_MODEL_COST_MAP": "True"}
    return {**kept, **quiet, "HOME": str(folder), "HF_HOME": str(folder)}
