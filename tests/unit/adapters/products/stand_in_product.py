"""A program that stands in for a product: it does what a plan beside it says, step by step.

``install`` writes it into a folder. It notes what it was given (arguments, environment, input, files, process number)
in a file for each start, so that tests can look. Everything that it prints was made up for the tests.
"""

import json
import os
import stat
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PROGRAM = r"""
import json, os, signal, subprocess, sys, time
here = os.path.dirname(os.path.abspath(__file__))
plan = json.load(open(os.path.join(here, "plan.json")))
if sys.argv[1:] == ["--version"]:
    print(plan["version"])
    sys.exit(0)
files = {}
for folder, _, names in os.walk(".."):
    for name in names:
        place = os.path.join(folder, name)
        files[os.path.relpath(place, "..")] = open(place, errors="replace").read()
seen = {"arguments": sys.argv[1:], "environment": dict(os.environ), "folder": os.getcwd(), "files": files,
        "process": os.getpid(), "input": sys.stdin.buffer.read().decode("utf-8", "replace") if plan["reads"] else ""}
target = os.path.join(here, "seen", str(os.getpid()))
open(target + ".partial", "w").write(json.dumps(seen))
os.rename(target + ".partial", target + ".json")
def say(text):
    sys.stdout.buffer.write(text.encode("utf-8", "surrogatepass"))
    sys.stdout.buffer.flush()
for step in plan["steps"]:
    kind, value = step
    if kind == "print":
        say(value + "\n")
    elif kind == "print_rest":
        say(value)
    elif kind == "bytes":
        sys.stdout.buffer.write(bytes.fromhex(value))
        sys.stdout.buffer.flush()
    elif kind == "wait":
        time.sleep(value)
    elif kind == "complain":
        sys.stderr.write(value + "\n")
        sys.stderr.flush()
    elif kind == "echo":
        say(json.dumps({"type": "assistant", "message": {"id": "m", "content": [
            {"type": "text", "text": os.environ.get(value, "")}]}}) + "\n")
    elif kind == "flood":
        chunk = "x" * 65536
        while True:
            say(chunk + ("\n" if value else ""))
    elif kind == "ignore_termination":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    elif kind == "child":
        child = subprocess.Popen([sys.executable, "-IS", "-c", "import time; time.sleep(600)"])
        open(os.path.join(here, "seen", "child-%d" % child.pid), "w").close()
    elif kind == "hide":
        os.makedirs("locked/inside")
        open("locked/inside/file", "w").close()
        os.chmod("locked", 0o500)
    elif kind == "write":
        open(value[0], "w").write(value[1])
    elif kind == "write_variable":
        open(value[0], "w").write(os.environ.get(value[1], ""))
    elif kind == "remove":
        os.remove(value)
    elif kind == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    elif kind == "close_output":
        sys.stdout.flush()
        os.close(1)
    elif kind == "exit":
        os._exit(value)
"""

Step = tuple[str, Any]


@dataclass(frozen=True, kw_only=True)
class StandIn:
    """An installed stand-in.

    Attributes:
        program: What a suite would name.
        folder: Where it lies.
    """

    program: str
    folder: Path

    def plan(self, *steps: Step, version: str = "9.9.9 (made up)", reads: bool = True) -> None:
        """Say what it is to do at its next starts."""
        plan = {"steps": steps, "version": version, "reads": reads}
        (self.folder / "plan.json").write_text(json.dumps(plan), encoding="utf-8")

    def seen(self) -> list[Mapping[str, Any]]:
        """Return what it was given, start by start."""
        found = sorted((self.folder / "seen").glob("*.json"), key=lambda path: path.stat().st_mtime_ns)
        return [json.loads(path.read_text(encoding="utf-8")) for path in found]

    def processes(self) -> list[int]:
        """Return the numbers of all processes that there ever were."""
        children = [int(path.name.removeprefix("child-")) for path in (self.folder / "seen").glob("child-*")]
        return [*(int(one["process"]) for one in self.seen()), *children]

    def living(self, patience: float = 60.0) -> list[int]:
        """Return the processes that still run, after those that were told to end had some seconds for it."""
        until = time.monotonic() + patience
        while living := [number for number in self.processes() if _is_alive(number)]:
            if time.monotonic() > until:
                return living
            time.sleep(0.01)
        return []


def _is_alive(number: int) -> bool:
    place = Path(f"/proc/{number}/stat")
    if not place.parent.parent.is_dir():
        return _answers(number)
    try:
        state, parent = place.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()[:2]
    except FileNotFoundError:
        return False
    # One that is dead and was a grandchild waits for the machine's first process, and not for us.
    return state != "Z" or parent == str(os.getpid())


def _answers(number: int) -> bool:
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return False
    return True


def install(folder: Path) -> StandIn:
    """Write the stand-in into a folder."""
    (folder / "seen").mkdir(parents=True)
    program = folder / "product"
    program.write_text(f"#!{sys.executable} -IS\n{PROGRAM}", encoding="utf-8")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    stand_in = StandIn(program=str(program), folder=folder)
    stand_in.plan()
    return stand_in


# ---- what products print; all of it made up


def line(**event: object) -> str:
    """Return one event as it is printed."""
    return json.dumps(event)


def claude_init(*agents: str, **changes: object) -> str:
    """Return the first line of Claude Code's stream."""
    names = [*agents, "general-purpose", "Explore"]
    event = {"type": "system", "subtype": "init", "agents": names, "skills": ["tidy-up"], "model": "made-up-model-1"}
    return line(**{**event, "claude_code_version": "2.1.999", "tools": ["Task", "Read"], **changes})


def claude_call(
    agent: str | None, identifier: str = "call-1", *, tool: str = "Task", message: str = "message-1", parent: str = ""
) -> str:
    """Return a line with a call for an agent, or for a skill."""
    key = "skill" if tool == "Skill" else "subagent_type"
    given = {"description": "made up", "prompt": "made up", **({} if agent is None else {key: agent})}
    return claude_says({"type": "tool_use", "id": identifier, "name": tool, "input": given}, message, parent)


def claude_says(block: Mapping[str, object] | str, message: str = "message-1", parent: str = "") -> str:
    """Return a line with one block of a message."""
    content = {"type": "text", "text": block} if isinstance(block, str) else block
    usage = {"input_tokens": 10, "cache_read_input_tokens": 100, "output_tokens": 1}
    inner = {"id": message, "model": "made-up-model-1-resolved", "content": [content], "usage": usage}
    return line(type="assistant", message=inner, parent_tool_use_id=parent or None)


def claude_result_of(identifier: str, content: object = "done", *, is_error: bool = False, parent: str = "") -> str:
    """Return a line with what a call gave back."""
    block = {"type": "tool_result", "tool_use_id": identifier, "content": content, "is_error": is_error}
    return line(type="user", message={"role": "user", "content": [block]}, parent_tool_use_id=parent or None)


def claude_end(text: str = "It is done.", **changes: object) -> str:
    """Return the last line of Claude Code's stream."""
    models = {"made-up-model-1-resolved": {"inputTokens": 20, "cacheReadInputTokens": 200, "outputTokens": 30}}
    event = {"type": "result", "subtype": "success", "is_error": False, "result": text, "total_cost_usd": 0.25}
    return line(**{**event, "duration_ms": 1500, "modelUsage": models, "permission_denials": [], **changes})


def prints(*lines: str) -> Sequence[Step]:
    """Return steps that print lines."""
    return [("print", text) for text in lines]
