"""A planted key is in nothing that the tool writes, whatever happens to it."""

import gzip
import json
import sqlite3
import zipfile
import zlib
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path
from urllib.parse import quote

import pytest

from passmuster.testing.fault_server import FaultServer
from passmuster.testing.faults import WELL, Asked, Delivery
from passmuster.testing.service_answers import Said

from .conftest import Outcome, Repository
from .planted_key import KEY, found, notations

AGENTS = "roster: {use: claude_code, location: ./agents}\n"
CRASHING = """\
from pydantic import BaseModel, ConfigDict

from passmuster.components import BuildContext, Component


class Options(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    secret: str


class Broken:
    def __init__(self, key):
        self.key = key

    async def complete(self, request):
        raise RuntimeError(f"something went wrong with {self.key} and {self.key!r}")


def build(options: Options, context: BuildContext):
    return Broken(context.secret(options.secret))


COMPONENT = Component(options=Options, build=build)
"""
# How a service repeats the key that it was sent: in its complaints, and in what it calls answers.
ECHOES: dict[str, Callable[[str], Delivery]] = {
    "echo refused": lambda key: Delivery(status=401, complaint=f"Incorrect API key provided: {key}. See the docs."),
    "refused-in-base64": lambda key: Delivery(status=403, complaint=f"token {b64encode(f'u:{key}'.encode()).decode()}"),
    "echo refused-in-an-address": lambda key: Delivery(
        status=400, complaint=f"GET /?key={quote(key, safe='')} is wrong"
    ),
    "echo refused-at-the-edge": lambda key: Delivery(status=400, complaint="x" * 290 + key),
    "echo unavailable": lambda key: Delivery(status=500, complaint=f"while handling {{'authorization': {key!r}}}"),
    "echo asked-to-wait": lambda key: Delivery(status=429, complaint=f"account {key}", headers={"retry-after": "0"}),
    "echo a-page": lambda key: Delivery(status=502, body=f"<html><title>{key}</title>{key}</html>".encode()),
    "echo a-page-for-an-answer": lambda key: Delivery(
        body=f"<p>{key}</p>".encode(), headers={"content-type": "text/html"}
    ),
    "echo no-json": lambda key: Delivery(body=f'{{"choices": {key}'.encode()),
    "echo wrong-shape": lambda key: Delivery(body=json.dumps({"choices": [{"message": key}], key: key}).encode()),
    "echo an-error-within": lambda key: Delivery(body=json.dumps({"error": {"message": f"bad key {key}"}}).encode()),
    "echo elsewhere": lambda key: Delivery(status=302, headers={"location": f"/{key}"}, body=key.encode()),
    "echo no-http": lambda key: Delivery(raw=f"Hello {key}\r\n\r\n".encode()),
    "echo a-header": lambda key: Delivery(headers={"x-request-key": key, "x-ratelimit-remaining-requests": key}),
    "echo a-bad-header": lambda key: Delivery(raw=f"HTTP/1.1 200 {key}\r\n{key}\r\n\r\n".encode()),
    "echo a-stream": lambda key: Delivery(stream_failure=f"overloaded while serving {key}"),
    "echo well": lambda _key: WELL,
}


def echoing(asked: Asked) -> Delivery:
    """Answer as the request says; a router's has the user's words somewhere in it."""
    name = max((name for name in ECHOES if name in asked.key), key=len, default="echo well")
    return ECHOES[name](_key_in(asked))


def repeating(asked: Asked) -> Said:
    """Say the key in the answer itself, as a server does that shows what it was sent."""
    key = _key_in(asked)
    return Said(
        text=f"I was sent {json.dumps(dict(asked.headers))}", tool="look", arguments={key: [key]}, model=f"m-{key}"
    )


def _key_in(asked: Asked) -> str:
    header = asked.headers.get("authorization") or asked.headers.get("x-api-key") or ""
    return header.removeprefix("Bearer ")


def command_lines() -> Iterator[bytes]:
    """Yield the command line of every process, as anybody on this machine sees it."""
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        # A process may end while it is looked at.
        with suppress(OSError):
            yield path.read_bytes()


class Watched:
    """A repository whose every output is kept, with a home and a temporary folder of its own."""

    def __init__(self, repository: Repository) -> None:
        self.repository = repository
        self.folder = repository.folder
        for name in ("home", "temporary"):
            (self.folder / name).mkdir()
        self._outcomes = 0

    def passmuster(self, *arguments: str, **environment: str) -> Outcome:
        """Run the real command line, and keep what it printed beside what it wrote."""
        places = {"HOME": str(self.folder / "home"), "TMPDIR": str(self.folder / "temporary"), "XDG_CACHE_HOME": ""}
        outcome = self.repository.passmuster(*arguments, **{**places, **environment})
        self._outcomes += 1
        shown = f"{outcome.status}\n{outcome.output}\n{outcome.errors}"
        (self.folder / f"shown-{self._outcomes}.txt").write_text(shown, encoding="utf-8")
        return outcome

    def write(self, *backends: str, requests: tuple[str, ...], only: str = "") -> None:
        """Write a suite with a subject for each backend, which is one line of YAML, or with one for this one only."""
        names = [only] if only else [line.partition(":")[0] for line in backends]
        subjects = [
            f"  {name}: {{use: routed, router: {{use: language_model, backend: {name}}}, backend: {name}}}"
            for name in names
        ]
        self.repository.suite.write_text(
            f"name: team\n{AGENTS}datasets: [{{use: files, location: ../../datasets/team/routing.jsonl}}]\nbackends:\n"
            + "".join(f"  {line}\n" for line in backends)
            + "subjects:\n"
            + "\n".join(subjects)
        )
        expected = {"agent": "database-engineer"}
        rubric = {"criteria": [{"use": "contains", "text": "sent"}]}
        cases = [
            {"identifier": f"c-{at}", "request": text, "expect": expected, "rubric": rubric}
            for at, text in enumerate(requests)
        ]
        self.repository.write_cases([json.dumps(case) for case in cases])


@pytest.fixture
def watched(repository: Repository) -> Watched:
    """A repository that is watched."""
    return Watched(repository)


@pytest.fixture
def server() -> Iterator[FaultServer]:
    """A service that repeats the key wherever it can."""
    with FaultServer(echoing, says=repeating) as serving:
        yield serving


def services(server: FaultServer) -> tuple[str, ...]:
    """Return every kind of backend that has a key, as lines of a suite."""
    limits = "limits: {attempts: 2, first_token: 60}, model: made-up, secret: PLANTED"
    return (
        f"chat: {{use: openai_compatible, base_url: '{server.address}/v1', {limits}}}",
        f"plain: {{use: openai_compatible, base_url: '{server.address}/v1', {limits}, transport: httpx, stream: true}}",
        f"responses: {{use: openai_compatible, base_url: '{server.address}/v1', {limits}, api: responses}}",
        f"messages: {{use: anthropic, base_url: '{server.address}', {limits}}}",
    )


def test_search_finds_a_planted_key_wherever_it_is(tmp_path: Path) -> None:
    """In every notation, and however it is packed; otherwise the tests below would prove nothing."""
    for name, form in notations(KEY).items():
        text = b"before " + form + b" after"
        folder = tmp_path / name
        folder.mkdir()
        (folder / "plain").write_bytes(text)
        (folder / "packed.gz").write_bytes(gzip.compress(zlib.compress(text)))
        with zipfile.ZipFile(folder / "archive.zip", "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("inner", text)
        with closing(sqlite3.connect(folder / "base.sqlite")) as connection, connection:
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("CREATE TABLE t (a, b)")
            connection.execute("INSERT INTO t VALUES (?, ?)", (text.decode("utf-8", "replace"), zlib.compress(text)))

        places = {place.rpartition(":")[0] for place in found(folder)}

        assert {"plain", "packed.gz, unpacked, unpacked", "archive.zip, inner"} <= places, name
        assert {"base.sqlite, t 0 0", "base.sqlite, t 0 1, unpacked"} <= places, name
    assert found(tmp_path, "another key that nobody planted") == []


def test_key_is_nowhere_after_a_run(watched: Watched, server: FaultServer) -> None:
    """Not even if the service says it in its answers: store, reports, cache and screen have none of it."""
    watched.write(*services(server), requests=("echo well", "echo a-header", "what now"))

    outcome = watched.passmuster("run", PLANTED=KEY)

    assert outcome.status in {1, 4}, outcome.screen
    assert all(KEY in asked.headers.get("authorization", asked.headers.get("x-api-key", "")) for asked in server.asked)
    assert (watched.folder / ".passmuster" / "runs.sqlite").exists()
    assert (watched.folder / "reports" / "team" / "report.html").exists()
    assert found(watched.folder) == []


def test_key_is_nowhere_after_refusals(watched: Watched, server: FaultServer) -> None:
    """Services repeat what they do not like, in whichever notation."""
    watched.write(*services(server), requests=tuple(ECHOES))

    outcome = watched.passmuster("run", PLANTED=KEY)
    explained = watched.passmuster("explain", "--text", "echo refused", PLANTED=KEY)
    printed = watched.passmuster("run", "--json", "--resume", PLANTED=KEY)

    assert outcome.status in {1, 4}, outcome.screen
    assert explained.status == 3
    assert "<secret>" in explained.screen
    assert printed.status in {1, 2, 4}
    assert set(server.counts) >= set(ECHOES)
    assert found(watched.folder) == []


def test_key_is_in_no_log_no_trace_and_no_command_line(watched: Watched) -> None:
    """Whoever may see the processes of this machine sees none of it while services are asked."""
    seen: list[bytes] = []
    shown: list[str] = []

    def looking(asked: Asked) -> Delivery:
        lines = list(command_lines())
        seen.extend(lines)
        shown.extend(name for line in lines for name, form in notations(KEY).items() if form in line)
        return echoing(asked)

    with FaultServer(looking, says=repeating) as server:
        watched.write(*services(server), requests=tuple(ECHOES))

        # An interpreter of its own, whose command line is seen; another seed of hashing asks for one.
        outcome = watched.passmuster("run", "--log", "run.jsonl", PLANTED=KEY, PYTHONHASHSEED="0")
        traced = watched.passmuster("run", "--trace", "c-0", "--log", "traced.jsonl", PLANTED=KEY)

    assert outcome.status in {1, 4}, outcome.screen
    assert "c-0" in traced.screen
    assert "<secret>" in (watched.folder / "run.jsonl").read_text()
    assert "<secret>" in traced.screen + (watched.folder / "traced.jsonl").read_text()
    assert any(b"passmuster" in line and b"run.jsonl" in line for line in seen)
    assert shown == []
    assert found(watched.folder) == []


def test_key_is_nowhere_after_recording(watched: Watched, server: FaultServer) -> None:
    """Recordings are committed, so that a key in one would be everybody's."""
    recorded = "played: {use: recorded, location: ../../datasets/team/recordings, source: chat}"
    watched.write(services(server)[0], recorded, requests=("echo well", "echo a-header", "echo refused"), only="played")

    refused = watched.passmuster("record", "--yes")
    outcome = watched.passmuster("record", "--yes", PLANTED=KEY)
    played = watched.passmuster("run")

    assert refused.status == 2
    assert "[secret-not-set]" in refused.screen
    assert "suite.yaml:5:" in refused.screen
    files = list((watched.folder / "datasets" / "team" / "recordings").rglob("*.md"))
    assert files, outcome.screen
    assert any("<secret>" in file.read_text() for file in files)
    assert played.status in {1, 2, 4}
    assert found(watched.folder) == []


def test_key_is_nowhere_after_a_crash(watched: Watched) -> None:
    """The traceback that a user is asked to send has the message of the error, and not the key in it."""
    (watched.repository.suite.parent / "crashing.py").write_text(CRASHING)
    watched.write("broken: {use: ./crashing.py:COMPONENT, secret: PLANTED}", requests=("crash",))

    outcome = watched.passmuster("run", PLANTED=KEY)

    assert outcome.status == 3
    [traceback] = (watched.folder / "temporary").glob("*.traceback.txt")
    assert "RuntimeError: something went wrong with <secret>" in traceback.read_text()
    assert found(watched.folder) == []


def test_keys_come_from_a_chosen_file_alone(watched: Watched, server: FaultServer) -> None:
    """A file that nobody names is not read, though it lies where everybody has it."""
    watched.write(*services(server), requests=("echo well",))
    planted = watched.folder / ".env"
    planted.write_text(f"PLANTED='{KEY.replace(chr(92), chr(92) * 2)}'\n")

    unread = watched.passmuster("run")
    read = watched.passmuster("run", "--env-file", ".env")
    named = watched.passmuster("run", PASSMUSTER_ENV_FILE=".env")

    assert unread.status == 2
    assert unread.screen.count("[secret-not-set]") == 4
    assert "suite.yaml:5:" in unread.screen
    assert read.status in {1, 4}, read.screen
    assert named.status in {1, 4}, named.screen
    assert all(_key_in(asked) == KEY for asked in server.asked)
    planted.unlink()
    assert found(watched.folder) == []


@pytest.mark.parametrize("text", [None, "PLANTED=made-up\nthis is none\n", "PLANTED='made-up\n"])
def test_a_file_that_cannot_be_read_is_said(watched: Watched, server: FaultServer, text: str | None) -> None:
    """With the status of wrong input: a file of variables is no verdict, and its lines are not repeated."""
    watched.write(*services(server), requests=("echo well",))
    if text is not None:
        (watched.folder / ".env").write_text(text)

    outcome = watched.passmuster("run", "--env-file", ".env")

    assert (outcome.status, server.asked) == (2, [])
    assert "[environment-file]" in outcome.screen
    assert "Traceback" not in outcome.screen
    assert "made-up" not in outcome.screen


def test_nothing_is_refused_that_asks_nobody(watched: Watched, server: FaultServer) -> None:
    """Whoever looks at a suite needs none of its keys."""
    watched.write(*services(server), requests=("echo well",))

    for arguments in (("plan",), ("lint",), ("dataset", "check"), ("history",)):
        outcome = watched.passmuster(*arguments)
        assert "PLANTED" not in outcome.screen
        assert arguments != ("plan",) or outcome.status == 0, outcome.screen

    assert server.asked == []


def test_key_that_stands_in_a_suite_is_refused_and_not_repeated(watched: Watched) -> None:
    """It would be stored with every run."""
    key = "sk-" + "proj-" + "Ab1" * 14
    watched.write(
        f"chat: {{use: openai_compatible, base_url: 'http://127.0.0.1:1/v1', model: m, secret: '{key}'}}",
        requests=("echo well",),
    )

    outcome = watched.passmuster("run")

    assert outcome.status == 2
    assert "[secret-in-suite]" in outcome.screen
    assert "suite.yaml:5:" in outcome.screen
    assert key not in outcome.screen
