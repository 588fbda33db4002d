"""Uploading, to a made-up service on this machine."""

import base64
import importlib
import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from passmuster.cli.uploading import TOKEN, is_dataset_name, upload_to
from passmuster.composition.secrets import Secrets
from passmuster.domain.errors import EnvironmentFaultError, InvalidConfigurationError

KEY = "hf_made_up_for_this_test"


class MadeUpHub(ThreadingHTTPServer):
    """Takes what the official client sends, and remembers it."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answering)
        self.asked: list[tuple[str, str, bytes]] = []
        self.status = 200

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Answering(BaseHTTPRequestHandler):
    server: MadeUpHub

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.server.asked.append((self.path, self.headers.get("Authorization", ""), body))
        address = f"{self.server.address}/datasets/my-team/agent-runs"
        if self.path.endswith("/create"):
            answer: dict[str, object] = {"url": address, "name": "my-team/agent-runs", "id": "1"}
        elif "/preupload/" in self.path:
            files = [{**file, "uploadMode": "regular", "shouldIgnore": False} for file in json.loads(body)["files"]]
            answer = {"files": files}
        else:
            answer = {"commitUrl": f"{address}/commit/abc", "commitOid": "abc", "success": True}
        self._answer(answer)

    def do_GET(self) -> None:
        self._answer({"id": "my-team/agent-runs", "private": True, "sha": "abc", "siblings": []})

    def _answer(self, answer: dict[str, object]) -> None:
        written = json.dumps(answer).encode()
        self.send_response(self.server.status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(written)))
        self.end_headers()
        self.wfile.write(written)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[MadeUpHub]:
    """A service, which the official client is sent to."""
    library = pytest.importorskip("huggingface_hub")
    made = MadeUpHub()
    # The client reads the variable when it is imported, which other tests may have done.
    monkeypatch.setattr(importlib.import_module("huggingface_hub.constants"), "ENDPOINT", made.address)
    monkeypatch.setattr(importlib.import_module("huggingface_hub.hf_api"), "ENDPOINT", made.address, raising=False)
    monkeypatch.setattr(
        library, "HfApi", lambda token, client=library.HfApi: client(endpoint=made.address, token=token)
    )
    thread = Thread(target=made.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield made
    made.shutdown()
    made.server_close()
    thread.join()


def with_key() -> Secrets:
    return Secrets(environment={TOKEN: KEY})


def test_a_file_is_put_into_a_private_dataset(hub: MadeUpHub) -> None:
    """The official client makes it with the token of the environment, and sends just this file."""
    address = upload_to("my-team/agent-runs", with_key())("trials/run.parquet", b"a table")

    assert address.endswith("/commit/abc")
    made = [json.loads(body) for path, _, body in hub.asked if path.endswith("/create")]
    assert [(item["name"], item["organization"], item["type"]) for item in made] == [
        ("agent-runs", "my-team", "dataset")
    ]
    # How it is said differs between versions of the client.
    assert made[0].get("private") or made[0].get("visibility") == "private"
    sent = [json.loads(line) for path, _, body in hub.asked if "/commit/" in path for line in body.splitlines()]
    files = {line["value"]["path"]: line["value"]["content"] for line in sent if line["key"] == "file"}
    assert {path: base64.b64decode(content) for path, content in files.items()} == {"trials/run.parquet": b"a table"}
    assert {key for _, key, _ in hub.asked} == {f"Bearer {KEY}"}


@pytest.mark.parametrize("status", [401, 403, 500])
def test_a_refusal_is_said_without_the_token(hub: MadeUpHub, status: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """It names the dataset and the status, and repeats nothing that was sent."""
    monkeypatch.setattr(importlib.import_module("time"), "sleep", lambda _seconds: None)
    hub.status = status

    with pytest.raises(EnvironmentFaultError, match=f"my-team/agent-runs.*{status}") as caught:
        upload_to("my-team/agent-runs", with_key())("trials/run.parquet", b"a table")

    assert KEY not in str(caught.value)


def test_without_a_token_nothing_is_asked(hub: MadeUpHub) -> None:
    """A login that the library keeps somewhere is no wish to upload."""
    with pytest.raises(InvalidConfigurationError, match=f"{TOKEN} is not set"):
        upload_to("my-team/agent-runs", Secrets(environment={}))

    assert hub.asked == []


@pytest.mark.parametrize(
    ("text", "is_name"),
    [("a/b", True), ("my-team/agent.runs_2", True), ("b", False), ("../b", False), ("a/b/c", False), ("a/ b", False)],
)
def test_a_dataset_has_an_owner_and_a_name(text: str, *, is_name: bool) -> None:
    """Nothing else is sent anywhere."""
    assert is_dataset_name(text) is is_name
