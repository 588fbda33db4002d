"""Services fail in every way that we know of; each case ends in an answer or in a failure with a name."""

import json
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path

import pytest

from passmuster.composition.building import Workbench
from passmuster.configuration.settings import Settings
from passmuster.domain import errors
from passmuster.domain.answers import Completion, Failure
from passmuster.domain.errors import BackendError
from passmuster.domain.results import Run
from passmuster.testing.fault_server import FaultServer
from passmuster.testing.faults import FAULTS, HARMLESS, WELL, Asked, Delivery, at_random

from .conftest import Repository

NAMED = {
    name
    for name, kind in vars(errors).items()
    if isinstance(kind, type) and issubclass(kind, BackendError) and kind is not BackendError
}
# So much at once, for every service, would take longer than a test may; one service has them below.
HEAVY = {"huge", "inflated"}
STALLING = {"slow-start", "trickle"}
# Seconds that are enough on any machine, however busy, unless somebody stalls on purpose.
PATIENCE = 60
# What asking again does not mend.
REFUSED = {"400", "401", "404", "no-content", "redirect", "429-far", *HEAVY}
# Whole answers have no middle of a stream, and nobody asks for a packed one.
ONLY_STREAMED = {"broken-stream"}

BACKENDS: dict[str, dict[str, object]] = {
    "chat": {"use": "openai_compatible", "base_url": "{}/v1"},
    "streamed-chat": {"use": "openai_compatible", "base_url": "{}/v1", "stream": True, "transport": "httpx"},
    "responses": {"use": "openai_compatible", "base_url": "{}/v1", "api": "responses"},
    "messages": {"use": "anthropic", "base_url": "{}", "secret": None},
    "streamed-messages": {"use": "anthropic", "base_url": "{}", "secret": None, "stream": True},
    "gemini": {"use": "gemini", "base_url": "{}", "secret": None},
    "ollama": {"use": "ollama", "base_url": "{}", "transport": "httpx"},
}


def by_name(asked: Asked) -> Delivery:
    """Answer as the request says: ``once 500`` fails at first, ``always 500`` each time."""
    how, _, name = asked.key.partition(" ")
    is_due = how == "always" or (how == "once" and asked.attempt == 1)
    return FAULTS[name]() if is_due else WELL


class Asking:
    """A suite that asks made-up services, and what its last run stored."""

    def __init__(self, folder: Path) -> None:
        self.suite = folder / "suite.yaml"
        (folder / "agents").mkdir()
        (folder / "agents" / "writer.md").write_text("---\nname: writer\ndescription: Writes.\n---\nWrite.\n")

    def write(self, services: Mapping[str, FaultServer], requests: list[str], **limits: object) -> None:
        """Write a subject for each service, and a case for each request."""
        backends = {
            name: {
                "model": "made-up",
                "limits": {"first_token": PATIENCE, "total": 2 * PATIENCE, "attempts": 3, **limits},
                **BACKENDS[name],
                "base_url": str(BACKENDS[name]["base_url"]).format(server.address),
            }
            for name, server in services.items()
        }
        router = {"use": "lexical"}
        suite = {
            "name": "faults",
            "roster": {"use": "claude_code", "location": "./agents"},
            "datasets": [{"use": "files", "location": "cases.jsonl"}],
            "store": {"use": "sqlite", "location": "runs.sqlite"},
            "reports_location": "reports",
            "backends": backends,
            "subjects": {name: {"use": "routed", "router": router, "backend": name} for name in backends},
        }
        rubric = {"criteria": [{"use": "contains", "text": "I have read"}]}
        cases = [
            {"identifier": f"case-{at:04}", "request": text, "expect": {"agent": "writer"}, "rubric": rubric}
            for at, text in enumerate(requests)
        ]
        self.suite.write_text(json.dumps(suite))
        (self.suite.parent / "cases.jsonl").write_text("".join(json.dumps(case) + "\n" for case in cases))

    def stored(self) -> Run:
        bench = Workbench(self.suite, Settings())
        try:
            return bench.store.load(bench.store.history("faults", limit=1)[0].identifier)
        finally:
            bench.close()


def completions(run: Run, subject: str) -> dict[str, Completion | Failure]:
    """Return what became of each request."""
    texts = {case.identifier: case.request.text for case in run.cases}
    return {
        texts[trial.key.case]: trial.answer.completion
        for trial in run.trials
        if trial.key.subject == subject and trial.answer.completion is not None
    }


@pytest.fixture
def asking(tmp_path: Path) -> Asking:
    """A suite of one agent."""
    return Asking(tmp_path)


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    """Servers that stop with the test."""
    with ExitStack() as entered:
        yield entered


def test_every_fault_of_every_service_ends_in_an_answer_or_a_named_failure(
    asking: Asking, stack: ExitStack, repository: Repository
) -> None:
    """None crashes the run or stops it, and what is well is answered beside it."""
    services = {name: stack.enter_context(FaultServer(by_name)) for name in BACKENDS}
    faulty = [f"{how} {name}" for how in ("once", "always") for name in FAULTS if name not in HEAVY | STALLING]
    # One between two, since failures alone would mean that the service has gone.
    requests = [text for at, bad in enumerate(faulty) for text in (bad, f"never {at}")]
    asking.write(services, requests)

    outcome = repository.passmuster("run", str(asking.suite), "--no-report")

    assert outcome.status in {1, 4}, outcome.screen
    assert wrong_ends(asking.stored(), requests) == {}


# A busy machine may look as if it stalled: whoever stalls once is asked often, and the others need not answer at all.
@pytest.mark.parametrize(("how", "attempts"), [("once", 8), ("always", 1)])
def test_services_that_stall_are_not_waited_for(
    asking: Asking, stack: ExitStack, repository: Repository, how: str, attempts: int
) -> None:
    """Before the first byte or in the midst of an answer: they are asked again, or end in a failure with a name."""
    services = {name: stack.enter_context(FaultServer(by_name)) for name in BACKENDS}
    requests = [f"{how} {name}" for name in sorted(STALLING)]
    asking.write(services, requests, first_token=2, attempts=attempts)

    outcome = repository.passmuster("run", str(asking.suite), "--no-report")

    assert outcome.status in {0, 1, 4}, outcome.screen
    assert wrong_ends(asking.stored(), requests) == {}
    assert all(server.counts[text] >= 1 for server in services.values() for text in requests)


def wrong_ends(run: Run, requests: list[str]) -> dict[str, str]:
    """Return what became of each request that neither was answered nor failed as it should."""
    wrong: dict[str, str] = {}
    for subject, options in BACKENDS.items():
        found = completions(run, subject)
        assert set(found) == set(requests)
        is_streamed = bool(options.get("stream"))
        wrong |= {
            f"{subject}: {text}": f"{getattr(result, 'kind', 'answered')}: {getattr(result, 'message', result)}"
            for text, result in found.items()
            if not _is_right(text, result, is_streamed=is_streamed)
        }
    return wrong


def test_answers_without_end_are_refused(asking: Asking, stack: ExitStack, repository: Repository) -> None:
    """Whether they are sent so long, or become so long when they are unpacked."""
    server = stack.enter_context(FaultServer(by_name))
    requests = ["always huge", "always inflated", "never huge"]
    asking.write({"chat": server}, requests)

    outcome = repository.passmuster("run", str(asking.suite), "--no-report")

    assert outcome.status in {1, 4}, outcome.screen
    found = completions(asking.stored(), "chat")
    assert all(_is_right(text, found[text], is_streamed=False) for text in requests)
    assert server.counts["always huge"] == server.counts["always inflated"] == 1


def _is_right(text: str, result: Completion | Failure, *, is_streamed: bool) -> bool:
    how, _, name = text.partition(" ")
    is_harmless = how == "never" or name in HARMLESS or (name in ONLY_STREAMED and not is_streamed)
    if is_harmless or (how == "once" and name not in REFUSED):
        return isinstance(result, Completion) and result.text == f"I have read: {text}"
    return isinstance(result, Failure) and result.kind in NAMED and bool(result.message)


def test_shares_of_errors_and_refusals_lose_no_case(asking: Asking, stack: ExitStack, repository: Repository) -> None:
    """Each of many cases is answered though every tenth attempt fails, and none is asked more often than it takes."""
    draw = at_random({"500": 0.05, "429-seconds": 0.05}, seed=3)
    server = stack.enter_context(FaultServer(draw))
    requests = [f"number {number}" for number in range(400)]
    asking.write({"chat": server}, requests, attempts=8)

    outcome = repository.passmuster("run", str(asking.suite), "--no-report")

    assert outcome.status in {0, 1, 4}, outcome.screen
    found = completions(asking.stored(), "chat")
    assert set(found) == set(requests)
    assert all(isinstance(result, Completion) for result in found.values())
    assert set(server.counts) == set(requests)
    failures = sum(draw(asked) is not WELL for asked in server.asked)
    assert server.counts.total() == len(requests) + failures
    assert failures > 20


def test_cases_that_always_fail_do_not_hold_up_the_others(
    asking: Asking, stack: ExitStack, repository: Repository
) -> None:
    """Eight of four hundred end in a failure with a name, the run ends, and the other answers are there."""
    broken = {f"number {number}" for number in range(0, 400, 50)}

    def deliver(asked: Asked) -> Delivery:
        return FAULTS["500"]() if asked.key in broken else WELL

    server = stack.enter_context(FaultServer(deliver))
    asking.write({"chat": server}, [f"number {number}" for number in range(400)])

    outcome = repository.passmuster("run", str(asking.suite), "--no-report")

    assert outcome.status in {1, 4}, outcome.screen
    found = completions(asking.stored(), "chat")
    failed = {text: result.kind for text, result in found.items() if isinstance(result, Failure)}
    assert failed == dict.fromkeys(broken, "BackendUnavailableError")
    assert len(found) == 400
    assert all(server.counts[text] == 3 for text in broken)
