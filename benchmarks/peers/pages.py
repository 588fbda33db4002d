"""The pages that other tools write of answers which are there already."""

import json
import os
import re
import signal
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
    """A tool that writes pages.

    ``written`` takes questions with answers, an empty folder, and the seconds after which each of the tool's commands
    is given up. It gives the page for as long as it can be opened.
    """

    name: str
    needs: Path
    written: Callable[[Iterator[tuple[str, str]], Path, float], AbstractContextManager[WrittenPage]]


def write_rows(rows: Iterator[tuple[str, str]], folder: Path) -> int:
    """Write questions and answers where the tools read them, and say how many there are."""
    number = 0
    with (folder / "answers.jsonl").open("w", encoding="utf-8") as file:
        for question, answer in rows:
            file.write(json.dumps({"question": question, "answer": answer}) + "\n")
            number += 1
    return number


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """What a command took: seconds, megabytes of its largest process, and what it said last if it failed."""

    seconds: float
    peak: float
    trouble: str


def run(command: list[str], folder: Path, patience: float, **variables: str) -> Ended:
    """Run a command; when it is given up, all that it began ends with it."""
    tool = Tool(name="page", needs=HERE, prepare=lambda _: command, environment=variables)
    begun = perf_counter()
    given_up = threading.Event()
    with (folder / "said.txt").open("w+b") as said:
        process = subprocess.Popen(  # noqa: S603 - a tool of the benchmark
            command, cwd=folder, env=environment(tool, folder), stdout=said, stderr=said, start_new_session=True
        )

        def give_up() -> None:
            given_up.set()
            os.killpg(process.pid, signal.SIGKILL)

        timer = threading.Timer(patience, give_up)
        timer.start()
        # Of all children that ever were, resource would tell the largest; this one's own is wanted.
        _, status, usage = os.wait4(process.pid, 0)
        timer.cancel()
        process.returncode = os.waitstatus_to_exitcode(status)
        said.seek(0)
        lines = said.read().decode(errors="replace").strip().splitlines()
    trouble = f"it had not ended after {patience:.0f} s" if given_up.is_set() else " ".join(lines[-3:])[:300]
    # 100 is how promptfoo says that an answer failed its test.
    is_done = process.returncode in {0, 100}
    return Ended(
        seconds=perf_counter() - begun, peak=usage.ru_maxrss / 1024, trouble="" if is_done else trouble or "no reason"
    )


@contextmanager
def promptfoo(rows: Iterator[tuple[str, str]], folder: Path, patience: float) -> Iterator[WrittenPage]:
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
    done = run(command, folder, patience, NODE_OPTIONS=f"--max-old-space-size={MOST_HEAP}")
    page = folder / "page.html"
    if not page.exists():
        yield WrittenPage(story=f"no page of {number:,} answers after {done.seconds:.0f} s: {done.trouble}")
        return
    yield WrittenPage(
        story=f"evaluated and written in {done.seconds:.0f} s with up to {done.peak:.0f} MB",
        size=page.stat().st_size,
        files=1,
        address=page.as_uri(),
        is_ready="tbody tr",
    )


class Silent(SimpleHTTPRequestHandler):
    """Serves a folder, parts of files too, as Inspect's viewer reads long logs, and says nothing."""

    def do_GET(self) -> None:
        """Serve a file, or the part of it that is asked for (RFC 9110, section 14)."""
        wanted = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
        file = Path(self.translate_path(self.path))
        if wanted is None or not file.is_file():
            super().do_GET()
            return
        whole = file.read_bytes()
        first, last = int(wanted[1]), min(int(wanted[2] or len(whole)), len(whole) - 1)
        self.send_response(206)
        self.send_header("Content-Type", self.guess_type(str(file)))
        self.send_header("Content-Range", f"bytes {first}-{last}/{len(whole)}")
        self.send_header("Content-Length", str(last - first + 1))
        self.end_headers()
        self.wfile.write(whole[first : last + 1])

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def inspect(rows: Iterator[tuple[str, str]], folder: Path, patience: float) -> Iterator[WrittenPage]:
    """Let Inspect log the answers and bundle its viewer with the log; its page needs a server."""
    number = write_rows(rows, folder)
    (folder / "inspect_written.py").write_bytes((HERE / "inspect_written.py").read_bytes())
    program = [str(PEERS / "inspect_ai" / "bin" / "python"), "-m", "inspect_ai"]
    options = ["--model", "mockllm/model", "--display", "none", "--log-dir", "logs", "--max-samples", "256"]
    logged = run([*program, "eval", "inspect_written.py", *options, "--no-log-realtime"], folder, patience)
    bundled = run([*program, "view", "bundle", "--log-dir", "logs", "--output-dir", "bundle"], folder, patience)
    files = [file for file in (folder / "bundle").rglob("*") if file.is_file()]
    if not files:
        seconds, trouble = logged.seconds + bundled.seconds, logged.trouble or bundled.trouble
        yield WrittenPage(story=f"no page of {number:,} answers after {seconds:.0f} s: {trouble}")
        return
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Silent, directory=str(folder / "bundle"))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield WrittenPage(
            story=(
                f"logged in {logged.seconds:.0f} s and bundled in {bundled.seconds:.1f} s with up to "
                f"{max(logged.peak, bundled.peak):.0f} MB"
            ),
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
