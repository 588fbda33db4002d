"""A program that writes: what it gets, what it may print, and that nothing is left of it."""

import asyncio
import json
import stat
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from jsonschema import Draft202012Validator
from pydantic import ValidationError

from passmuster.adapters.backends.command import COMPONENT, CommandOptions
from passmuster.completion_contract import completion_of, request_document, request_schema
from passmuster.components import BuildContext
from passmuster.domain.answers import CompletionRequest, Sampling, TokenProbability, ToolCall, ToolDefinition
from passmuster.domain.cases import Message, Role
from passmuster.domain.errors import (
    BackendError,
    BackendRefusedError,
    BackendUnavailableError,
    TimeLimitError,
    UnreadableAnswerError,
)
from passmuster.domain.values import UNKNOWN, Usage
from passmuster.ports import ForeseeingBackend, LiveBackend

from .odd_answers import answers, is_answer_or_complaint

SECRET = "planted-secret-value"  # noqa: S105 - guards nothing
TOOL = ToolDefinition(name="look_up", description="", parameters={"type": "object"})
REQUEST = CompletionRequest(
    messages=(Message(role=Role.SYSTEM, content="You debug."), Message(role=Role.USER, content="Why? \ud800 🐢")),
    sampling=Sampling(temperature=0.5, stop=("END",)),
    repetition=2,
    answer_schema={"type": "object"},
    tools=(TOOL,),
)
WORDS = ["text", "finish_reason", "model", "tool_calls", "tokens", "usage", "name", "arguments", "identifier", "cost"]
WORDS += ["token", "log_probability", "input_tokens", "output_tokens"]


@pytest.fixture(autouse=True)
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have requests lie in a folder of their own, and programs made to end sooner than in earnest."""
    place = tmp_path / "temporary"
    place.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(place))
    monkeypatch.setattr("passmuster.programs.processes.GRACE", 0.2)


def backend_of(folder: Path, body: str, **options: object) -> LiveBackend:
    """Build a backend for a program in Python, which has ``document``, ``answer`` and ``sys``."""
    program = folder / "program"
    head = f"#!{sys.executable}\nimport json, os, sys, time\ngiven = sys.stdin.read()\n"
    head += "def answer(**said): print(json.dumps(said))\n"
    program.write_text(head + body, encoding="utf-8")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    said = {"command": ["./program"], **options}
    context = BuildContext(folder=folder, secret={"MY_KEY": SECRET}.get)
    built = COMPONENT.build(CommandOptions.model_validate(said), context)
    assert isinstance(built, LiveBackend)
    return built


async def test_a_program_gets_the_request_and_gives_the_answer(tmp_path: Path) -> None:
    """Everything that a request holds, and everything that a completion can hold."""
    body = (
        "document = json.loads(given)\n"
        "usage = {'input_tokens': 9, 'output_tokens': 3, 'cost': 0.25}\n"
        "calls = [{'name': 'look_up', 'arguments': {'a': 1}}]\n"
        "answer(text=given, model='mine-1', usage=usage, tool_calls=calls,"
        " tokens=[{'token': 'a', 'log_probability': -0.5}])\n"
    )

    completion = (await backend_of(tmp_path, body, model="mine").ask(REQUEST)).completion

    document = json.loads(completion.text)
    Draft202012Validator(request_schema()).validate(document)
    assert document == request_document(REQUEST, model="mine")
    assert (document["repetition"], document["model"], document["messages"][1]["content"]) == (
        2,
        "mine",
        "Why? \ud800 🐢",
    )
    assert (completion.model, completion.finish_reason) == ("mine-1", "tool_calls")
    assert completion.tool_calls == (ToolCall(identifier="", name="look_up", arguments={"a": 1}),)
    assert completion.tokens == (TokenProbability(token="a", log_probability=-0.5),)  # noqa: S106 - no password
    assert completion.usage == Usage(input_tokens=9, output_tokens=3, cost=completion.usage.cost)
    assert completion.usage.cost is not None
    assert float(completion.usage.cost) == 0.25
    assert completion.latency > 0


async def test_a_program_may_speak_plain_text(tmp_path: Path) -> None:
    """It gets the conversation as people write one down; what it prints is the answer, but for the last line's end."""
    backend = backend_of(tmp_path, "print(given.upper(), end='')", protocol="text")
    plain = CompletionRequest(messages=(*REQUEST.messages[:1], Message(role=Role.USER, content="why?")))
    turns = (Message(role=Role.USER, content="a"), Message(role=Role.ASSISTANT, content="b"))

    assert (await backend.complete(plain)).text == "YOU DEBUG.\n\nWHY?"
    assert (await backend.complete(CompletionRequest(messages=turns))).text == "USER: A\n\nASSISTANT: B"


async def test_a_program_sees_named_variables_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Their values are never among its arguments, and are taken out of what it prints."""
    monkeypatch.setenv("OTHER_KEY", "other-planted-value")
    body = "print(json.dumps({'text': ' '.join([*os.environ, *sys.argv, os.environ['MY_KEY']])}))"

    completion = await backend_of(tmp_path, body, environment=["MY_KEY", "UNSET"]).complete(REQUEST)

    seen = completion.text.split()
    assert "MY_KEY" in seen
    assert "PATH" in seen
    assert "OTHER_KEY" not in seen
    assert "HOME" not in seen
    assert seen[-1] == "<secret>"


async def test_a_folder_is_no_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Such as that of the user, which programs ask for, and which stands in many an answer."""
    monkeypatch.setenv("HOME", str(tmp_path))

    completion = await backend_of(tmp_path, "answer(text=os.environ['HOME'])", environment=["HOME"]).complete(REQUEST)

    assert completion.text == str(tmp_path)


@pytest.mark.parametrize(
    ("body", "error", "says"),
    [
        ("sys.exit(f'no {os.environ[\"MY_KEY\"]}')", BackendRefusedError, "ended with status 1: no <secret>"),
        ("sys.exit(75)", BackendUnavailableError, "may pass"),
        ("print('half {')", UnreadableAnswerError, "no JSON"),
        ("print('{}')", UnreadableAnswerError, "'text' is a required property"),
        ("answer(text='a', usage={'cost': float('nan')})", UnreadableAnswerError, "'cost' is not finite"),
        ("answer(text='a', more=1)", UnreadableAnswerError, "'more' was unexpected"),
        ("print('a' * 3_000_000)", BackendRefusedError, "printed more than 2000000 bytes"),
        ("time.sleep(600)", TimeLimitError, "took longer than 1 seconds"),
        ("os.kill(os.getpid(), 9)", BackendRefusedError, "status -9"),
    ],
)
async def test_a_program_that_gives_no_answer_is_a_failure(
    tmp_path: Path, body: str, error: type[BackendError], says: str
) -> None:
    """With what it complained of, but for secrets; the file with the request is gone in any case."""
    limits = {"total": 1 if error is TimeLimitError else 120, "concurrency": 2}
    backend = backend_of(tmp_path, body, environment=["MY_KEY"], maximum_output=2_000_000, limits=limits)

    with pytest.raises(error) as caught:
        await backend.complete(REQUEST)

    assert type(caught.value) is error
    assert says in str(caught.value)
    assert SECRET not in str(caught.value)
    assert list((tmp_path / "temporary").iterdir()) == []


async def until(holds: Callable[[], bool]) -> None:
    """Wait for another process; whoever runs the tests ends what never comes."""
    while not holds():  # noqa: ASYNC110 - another process sets no event
        await asyncio.sleep(0.01)


def is_alive(process: int) -> bool:
    """Return whether a process runs; one that has ended and that nobody has waited for does not."""
    try:
        status = Path(f"/proc/{process}/stat").read_text(encoding="utf-8")
    except FileNotFoundError:
        return False
    return status.rsplit(")", 1)[1].split()[0] != "Z"


async def test_a_cancelled_program_is_ended_with_its_children(tmp_path: Path) -> None:
    """And nobody waits for it."""
    child = tmp_path / "child"
    body = (
        "import subprocess, pathlib\n"
        "inner = subprocess.Popen(['sleep', '60'])\n"
        f"pathlib.Path({str(child)!r}).write_text(str(inner.pid))\n"
        "time.sleep(60)\n"
    )
    work = asyncio.create_task(backend_of(tmp_path, body).complete(REQUEST))
    await until(lambda: child.exists() and bool(child.read_text()))

    work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await work

    await until(lambda: not is_alive(int(child.read_text())))
    assert list((tmp_path / "temporary").iterdir()) == []


async def test_a_program_that_is_not_there_is_foreseen(tmp_path: Path) -> None:
    """Before anything is run."""
    backend = backend_of(tmp_path, "", command=["no-such-program"])
    assert isinstance(backend, ForeseeingBackend)

    assert "there is no program 'no-such-program'" in str(backend.foresee(REQUEST))
    with pytest.raises(BackendRefusedError, match="no program"):
        await backend.complete(REQUEST)
    there = backend_of(tmp_path, "")
    assert isinstance(there, ForeseeingBackend)
    assert there.foresee(REQUEST) is None


def test_it_says_whom_it_asks(tmp_path: Path) -> None:
    """For limits and prices."""
    backend = backend_of(tmp_path, "", model="mine")

    assert (backend.endpoint.provider, str(backend.endpoint)) == ("command", "./program")
    assert (backend.model_of(REQUEST), backend.most_written(REQUEST)) == ("mine", None)


def test_an_edit_of_the_program_is_another_fingerprint(tmp_path: Path) -> None:
    """Also where it is an argument; whatever lies elsewhere is none of ours."""
    script = tmp_path / "script.py"
    script.write_text("1", encoding="utf-8")
    options = CommandOptions(command=("python", "script.py", "a" * 5_000, "../x"))
    before = COMPONENT.content(options, tmp_path)
    script.write_text("2", encoding="utf-8")

    assert before != COMPONENT.content(options, tmp_path) != UNKNOWN
    assert COMPONENT.content(CommandOptions(command=("python", "/etc/hosts")), tmp_path) == UNKNOWN


@given(answer=answers(WORDS))
def test_whatever_is_printed_is_a_completion_or_a_complaint(answer: object) -> None:
    """Never another exception."""
    assert is_answer_or_complaint(lambda: completion_of(answer))


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"command": []},
        {"command": ["a\0b"]},
        {"command": ["a"], "environment": ["KEY=value"]},
        {"command": ["a"], "protocol": "xml"},
        {"command": ["a"], "limits": {"concurrency": 0}},
    ],
)
def test_wrong_options_are_refused(options: dict[str, Any]) -> None:
    """Before anything is run."""
    with pytest.raises(ValidationError):
        CommandOptions.model_validate(options)


def test_what_changes_no_answer_is_no_part_of_the_fingerprint() -> None:
    """Limits."""
    few = CommandOptions.model_validate({"command": ["a"], "limits": {"total": 5}, "maximum_output": 5_000})

    assert few.model_dump() == CommandOptions(command=("a",)).model_dump()
    assert CommandOptions(command=("a",)).limits.concurrency == 4
