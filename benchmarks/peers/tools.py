"""How each tool is run: what it needs in its folder, and the command."""

import json
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).parent
PEERS = HERE.parents[1] / ".peers"
WORD = "pineapple"

QUIET = {
    "ANONYMIZED_TELEMETRY": "False",
    "CONFIDENT_OPEN_BROWSER": "NO",
    "DEEPEVAL_TELEMETRY_OPT_OUT": "YES",
    "DEEPEVAL_UPDATE_WARNING_OPT_IN": "NO",
    "DO_NOT_TRACK": "1",
    "PROMPTFOO_DISABLE_TELEMETRY": "1",
    "PROMPTFOO_DISABLE_UPDATE": "1",
    "PROMPTFOO_DISABLE_REMOTE_GENERATION": "1",
}
"""What keeps a tool from telling others about its use, or from looking for a newer one of itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """One run to be made.

    Attributes:
        address: The server's base address, such as ``http://127.0.0.1:4000/v1``.
        cases: How many questions.
        concurrency: How many may be under way at once.
        folder: An empty folder for this run alone.
    """

    address: str
    cases: int
    concurrency: int
    folder: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """A tool that is measured.

    Attributes:
        name: What tables call it.
        needs: A file without which it is not installed.
        prepare: Writes what it reads, which is not measured, and returns the command.
        environment: Variables of its own.
    """

    name: str
    needs: Path
    prepare: Callable[[Wish], Sequence[str]]
    environment: Mapping[str, str] = field(default_factory=dict)


def script(python: Path, file: str) -> Callable[[Wish], Sequence[str]]:
    """Return what runs one of the scripts beside this one."""
    return lambda wish: [str(python), str(HERE / file), wish.address, str(wish.cases), str(wish.concurrency)]


def question(number: int) -> str:
    """Return the text of a case."""
    return f"Question {number}: say the word {WORD}."


def inspect_ai(wish: Wish) -> Sequence[str]:
    """Give Inspect AI its task; what it can do without while it runs is off."""
    (wish.folder / "task.py").write_bytes((HERE / "inspect_task.py").read_bytes())
    options = {
        "-T": f"cases={wish.cases}",
        "--model": "openai/stub",
        "--model-base-url": wish.address,
        "-M": "responses_api=false",
        "--max-connections": wish.concurrency,
        "--max-samples": wish.concurrency,
        "--display": "none",
        "--log-dir": "logs",
        "--log-buffer": 100_000,
    }
    flat = [str(word) for pair in options.items() for word in pair]
    python = PEERS / "inspect_ai" / "bin" / "python"
    return [str(python), "-m", "inspect_ai", "eval", "task.py", *flat, "--no-log-realtime"]


def promptfoo(wish: Wish) -> Sequence[str]:
    """Write promptfoo's configuration; answers are not taken from its cache."""
    tests = [
        {"vars": {"question": question(number)}, "assert": [{"type": "contains", "value": WORD}]}
        for number in range(wish.cases)
    ]
    provider = {"id": "openai:chat:stub", "config": {"apiBaseUrl": wish.address, "apiKey": "unused"}}
    suite = {"prompts": ["{{question}}"], "providers": [provider], "tests": tests}
    (wish.folder / "promptfooconfig.json").write_text(json.dumps(suite), encoding="utf-8")
    program = PEERS / "promptfoo" / "node_modules" / ".bin" / "promptfoo"
    quiet = ("--no-cache", "--no-table", "--no-progress-bar")
    return [str(program), "eval", "-c", "promptfooconfig.json", *quiet, "--max-concurrency", str(wish.concurrency)]


SUITE = """\
name: speed
roster: {{use: claude_code, location: ./agents}}
datasets: [{{use: files, location: ./cases.jsonl}}]
backends:
  model: {{use: openai_compatible, base_url: "{address}", model: stub, limits: {{concurrency: {concurrency}}}}}
subjects:
  assistant: {{use: routed, router: {router}, backend: model}}
store: {{use: sqlite, location: ./runs.sqlite}}
gate: [{{metric: harness_failure_rate, maximum: 0.02}}]
"""
AGENT = """\
---
name: assistant
description: Answers questions, and says words.
---

Answer in one short sentence.
"""


CHOICE = """\
def choose(_request, _roster):
    return "assistant"
"""


def passmuster(wish: Wish) -> Sequence[str]:
    """Write a suite of one agent, which the default router weighs; everything is as a new user has it."""
    return _passmuster(wish, "{use: lexical}")


def passmuster_unrouted(wish: Wish) -> Sequence[str]:
    """Write the same suite without weighing who answers, as other tools do without."""
    (wish.folder / "choice.py").write_text(CHOICE, encoding="utf-8")
    return _passmuster(wish, "{use: callable, target: './choice.py:choose'}")


def _passmuster(wish: Wish, router: str) -> Sequence[str]:
    rubric = {"criteria": [{"use": "contains", "text": WORD}]}
    cases = (
        {
            "identifier": f"case-{number:05}",
            "request": question(number),
            "expect": {"agent": "assistant"},
            "rubric": rubric,
        }
        for number in range(wish.cases)
    )
    (wish.folder / "agents").mkdir()
    (wish.folder / "agents" / "assistant.md").write_text(AGENT, encoding="utf-8")
    (wish.folder / "cases.jsonl").write_text("".join(json.dumps(case) + "\n" for case in cases), encoding="utf-8")
    suite = SUITE.format(address=wish.address, concurrency=wish.concurrency, router=router)
    (wish.folder / "suite.yaml").write_text(suite, encoding="utf-8")
    return [str(Path(sys.executable).parent / "passmuster"), "run", ".", "--no-report"]


def bytecode(folder: Path) -> Mapping[str, str]:
    """Let every tool keep its bytecode, as an installed one does: none is to be compiled each time."""
    return {"PYTHONPYCACHEPREFIX": str(folder), "PYTHONDONTWRITEBYTECODE": ""}


def environment(tool: Tool, folder: Path) -> Mapping[str, str]:
    """Return the variables that a run of a tool sees; its own files lie in the folder of the run."""
    own = {"HOME": str(folder), "PROMPTFOO_CONFIG_DIR": str(folder / "promptfoo"), "OPENAI_API_KEY": "unused"}
    kept = {name: value for name, value in os.environ.items() if name in {"PATH", "LANG", "LC_ALL", "TMPDIR"}}
    return {**kept, **own, **QUIET, **tool.environment}


HERE_PYTHON = Path(sys.executable)
TOOLS = (
    Tool(name="raw asyncio sockets", needs=HERE, prepare=script(HERE_PYTHON, "raw_sockets.py")),
    Tool(name="bare aiohttp", needs=HERE, prepare=script(HERE_PYTHON, "bare_aiohttp.py")),
    Tool(name="bare httpx, 16 clients", needs=HERE, prepare=script(HERE_PYTHON, "bare_httpx.py")),
    Tool(name="passmuster", needs=HERE, prepare=passmuster),
    Tool(name="passmuster, nothing to route", needs=HERE, prepare=passmuster_unrouted),
    Tool(
        name="Pydantic Evals",
        needs=PEERS / "pydantic_evals" / "pins.txt",
        prepare=script(PEERS / "pydantic_evals" / "bin" / "python", "pydantic_evals_run.py"),
    ),
    Tool(
        name="DeepEval",
        needs=PEERS / "deepeval" / "pins.txt",
        prepare=script(PEERS / "deepeval" / "bin" / "python", "deepeval_run.py"),
    ),
    Tool(name="promptfoo", needs=PEERS / "promptfoo" / "node_modules", prepare=promptfoo),
    Tool(name="Inspect AI", needs=PEERS / "inspect_ai" / "pins.txt", prepare=inspect_ai),
)
