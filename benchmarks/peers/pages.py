"""The pages that other tools write of answers which are there already."""

import json
import resource
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from time import perf_counter

from tools import HERE, PEERS, Tool, environment

PATIENCE = 3600
"""Seconds until a tool is given up."""

MOST_HEAP = 16_000
"""Megabytes that Node may use; with its own bound, promptfoo ends before it has written such a page."""

PROVIDER = """\
const fs = require("node:fs");
const path = require("node:path");
const lines = fs.readFileSync(path.join(__dirname, "answers.jsonl"), "utf8").trimEnd().split("\\n");
module.exports = class {
  id() { return "written"; }
  async callApi(prompt, context) { return { output: JSON.parse(lines[Number(context.vars.number)]).answer }; }
};
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenPage:
    """What a tool wrote.

    Attributes:
        story: How long that took, or why there is nothing.
        size: Bytes of all files.
        files: How many there are.
        address: Where a browser finds it; empty where there is nothing to open.
        is_ready: A selector of what is there once a person can use the page.
    """

    story: str
    size: int = 0
    files: int = 0
    address: str = ""
    is_ready: str = "body"


@dataclass(frozen=True, slots=True, kw_only=True)
class PeerPage:
    """A tool that writes pages; ``written`` gives the page for as long as it can be opened."""

    name: str
    needs: Path
    written: Callable[[Iterator[tuple[str, str]], Path], AbstractContextManager[WrittenPage]]


def write_rows(rows: Iterator[tuple[str, str]], folder: Path) -> int:
    """Write questions and answers where the tools read them, and say how many there are."""
    number = 0
    with (folder / "answers.jsonl").open("w", encoding="utf-8") as file:
        for question, answer in rows:
            file.write(json.dumps({"question": question, "answer": answer}) + "\n")
            number += 1
    return number


def run(command: list[str], folder: Path, **variables: str) -> tuple[float, str]:
    """Run a tool, and return the seconds and what it said last if it failed."""
    tool = Tool(name="page", needs=HERE, prepare=lambda _: command, environment=variables)
    begun = perf_counter()
    try:
        done = subprocess.run(  # noqa: S603 - a tool of the benchmark
            command, cwd=folder, env=environment(tool, folder), capture_output=True, check=False, timeout=PATIENCE
        )
    except subprocess.TimeoutExpired:
        return perf_counter() - begun, f"it had not ended after {PATIENCE} s"
    said = (done.stdout + done.stderr).decode(errors="replace").strip().splitlines()
    # 100 is how promptfoo says that an answer failed its test.
    return perf_counter() - begun, "" if done.returncode in {0, 100} else " ".join(said[-3:])[:300]


def peak() -> float:
    """Return the most megabytes that a tool held so far."""
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024


@contextmanager
def promptfoo(rows: Iterator[tuple[str, str]], folder: Path) -> Iterator[WrittenPage]:
    """Let promptfoo evaluate the answers and write its HTML export."""
    number = write_rows(rows, folder)
    (folder / "provider.cjs").write_text(PROVIDER, encoding="utf-8")
    questions = (json.loads(line)["question"] for line in (folder / "answers.jsonl").open(encoding="utf-8"))
    tests = [
        {"vars": {"question": question, "number": str(at)}, "assert": [{"type": "contains", "value": "the"}]}
        for at, question in enumerate(questions)
    ]
    suite = {"prompts": ["{{question}}"], "providers": ["file://provider.cjs"], "tests": tests}
    (folder / "promptfooconfig.json").write_text(json.dumps(suite), encoding="utf-8")
    program = PEERS / "promptfoo" / "node_modules" / ".bin" / "promptfoo"
    quiet = ["--no-cache", "--no-table", "--no-progress-bar", "--max-concurrency", "64"]
    command = [str(program), "eval", "-c", "promptfooconfig.json", *quiet, "-o", "page.html"]
    seconds, trouble = run(command, folder, NODE_OPTIONS=f"--max-old-space-size={MOST_HEAP}")
    page = folder / "page.html"
    if not page.exists():
        yield WrittenPage(
            story=f"no page of {number:,} answers after {seconds:.0f} s: {trouble or 'it gave no reason'}"
        )
        return
    yield WrittenPage(
        story=f"evaluated and written in {seconds:.0f} s with up to {peak():.0f} MB",
        size=page.stat().st_size,
        files=1,
        address=page.as_uri(),
        is_ready="tbody tr",
    )


class Silent(SimpleHTTPRequestHandler):
    """Serves a folder and says nothing."""

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def inspect(rows: Iterator[tuple[str, str]], folder: Path) -> Iterator[WrittenPage]:
    """Let Inspect log the answers and bundle its viewer with the log; its page needs a server."""
    number = write_rows(rows, folder)
    (folder / "inspect_written.py").write_bytes((HERE / "inspect_written.py").read_bytes())
    program = [str(PEERS / "inspect_ai" / "bin" / "python"), "-m", "inspect_ai"]
    options = ["--model", "mockllm/model", "--display", "none", "--log-dir", "logs", "--max-samples", "256"]
    first, trouble = run([*program, "eval", "inspect_written.py", *options, "--no-log-realtime"], folder)
    second, worse = run([*program, "view", "bundle", "--log-dir", "logs", "--output-dir", "bundle"], folder)
    files = [file for file in (folder / "bundle").rglob("*") if file.is_file()]
    if not files:
        yield WrittenPage(story=f"no page of {number:,} answers after {first + second:.0f} s: {trouble or worse}")
        return
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Silent, directory=str(folder / "bundle"))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield WrittenPage(
            story=f"logged in {first:.0f} s and bundled in {second:.1f} s with up to {peak():.0f} MB",
            size=sum(file.stat().st_size for file in files),
            files=len(files),
            address=f"http://127.0.0.1:{server.server_address[1]}/",
            is_ready="text=accuracy",
        )
        server.shutdown()


PEER_PAGES = (
    PeerPage(name="promptfoo", needs=PEERS / "promptfoo" / "node_modules", written=promptfoo),
    PeerPage(name="Inspect AI", needs=PEERS / "inspect_ai" / "pins.txt", written=inspect),
)
