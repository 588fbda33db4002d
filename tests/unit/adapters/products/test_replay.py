"""Saved transcripts, played; all of them were made up."""

import json
from pathlib import Path
from typing import Any, TypeVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from passmuster.adapters.products import claude_code, command
from passmuster.adapters.products.keeping import Kept, keep, read_kept
from passmuster.adapters.products.replay import ROUTER, SUBJECT
from passmuster.components import BuildContext, Component
from passmuster.domain.agents import Roster
from passmuster.domain.answers import Asked, Completion, Failure, RoutingDecision
from passmuster.domain.cases import Message, Role
from passmuster.domain.errors import (
    EnvironmentFaultError,
    InfrastructureError,
    InvalidConfigurationError,
    RoutingError,
    SetupError,
)
from passmuster.ports import Router, Subject
from passmuster.programs.endings import Ending, Stop
from passmuster.testing.factories import a_request, a_roster

from .stand_in_product import StandIn, claude_call, claude_end, claude_init, line, prints

ProductT = TypeVar("ProductT")
ROSTER = a_roster()
REQUEST = a_request()
CHOICE = "\n".join([claude_init(*ROSTER.names), claude_call("debugger"), claude_end("Fixed.")])
NOBODY = "\n".join([claude_init(*ROSTER.names), claude_end("Done.")])
BOTH = Asked.ROUTING | Asked.COMPLETION


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "transcripts").mkdir()
    return tmp_path


def put(folder: Path, name: str, text: str) -> None:
    place = folder / "transcripts" / name
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(text, encoding="utf-8")


def build(component: Component[Any, ProductT], folder: Path, roster: Roster = ROSTER, **options: object) -> ProductT:
    wanted = component.options.model_validate({"location": "transcripts", **options})
    return component.build(wanted, BuildContext(folder=folder, roster=roster))


def manifest(folder: Path, *entries: dict[str, object]) -> str:
    (folder / "manifest.yaml").write_text(json.dumps({"transcripts": entries}), encoding="utf-8")
    return "manifest.yaml"


@pytest.mark.parametrize("suffix", [".jsonl", ".1.jsonl", "-opus.txt", "_x.log"])
async def test_a_file_is_found_by_its_name(folder: Path, suffix: str) -> None:
    """The fingerprint of the request stands first in it."""
    put(folder, f"deep/{REQUEST.fingerprint}{suffix}", CHOICE)

    decision = await build(ROUTER, folder).route(REQUEST)

    assert (decision.chosen, decision.version, decision.latency) == ("debugger", "2.1.999", 1.5)


async def test_a_file_is_found_by_what_it_repeats(folder: Path) -> None:
    """The request in the stream, whatever white space was added; not for a request with turns before it."""
    said = line(type="user", message={"role": "user", "content": f"{REQUEST.text}\n"})
    put(folder, "any.jsonl", f"{claude_init(*ROSTER.names)}\n{said}\n{CHOICE}")
    put(folder, "other.jsonl", NOBODY)
    router: Router = build(ROUTER, folder)

    assert (await router.route(REQUEST)).chosen == "debugger"
    with pytest.raises(RoutingError, match="no transcript answers"):
        await router.route(a_request(REQUEST.text, history=(Message(role=Role.USER, content="Hello"),)))


async def test_a_file_is_found_by_a_manifest(folder: Path) -> None:
    """By words or by fingerprint, with the status that the program returned."""
    put(folder, "a.jsonl", CHOICE)
    put(folder, "b.jsonl", "")
    named = manifest(
        folder,
        {"request": "Why does  this test fail? ", "file": "a.jsonl"},
        {"fingerprint": a_request("Other").fingerprint, "file": "b.jsonl", "exit_status": 127},
    )
    router: Router = build(ROUTER, folder, manifest=named)

    assert (await router.route(REQUEST)).chosen == "debugger"
    with pytest.raises(InfrastructureError, match="could not be started"):
        await router.route(a_request("Other"))


@pytest.mark.parametrize(
    ("text", "rule", "words"),
    [
        ("transcripts: [{file: none.jsonl, request: x}]", "transcript-missing", "no transcript 'none.jsonl'"),
        ("transcripts: [{file: ../../secret.jsonl, request: x}]", "transcript-missing", "no transcript"),
        ("transcripts: [{file: a.jsonl}]", "transcript-manifest", "either 'request' or 'fingerprint'"),
        ("transcripts: [{file: a.jsonl, fingerprint: xyz}]", "transcript-manifest", "fingerprint"),
        ("transcripts: [{file: a.jsonl, request: x, typo: y}]", "transcript-manifest", "typo"),
        ("[]", "transcript-manifest", "Manifest"),
        ("transcripts: [", "syntax", "not valid YAML"),
    ],
)
def test_a_wrong_manifest_is_said_with_its_place(folder: Path, text: str, rule: str, words: str) -> None:
    """Before anything is played."""
    put(folder, "a.jsonl", CHOICE)
    (folder.parent / "secret.jsonl").write_text(CHOICE, encoding="utf-8")
    (folder / "manifest.yaml").write_text(text, encoding="utf-8")

    with pytest.raises(InvalidConfigurationError, match=words) as caught:
        build(ROUTER, folder, manifest="manifest.yaml")

    assert [finding.rule for finding in caught.value.findings] == [rule]
    assert all(finding.location for finding in caught.value.findings)


def test_no_folder_and_no_manifest_are_said(folder: Path) -> None:
    """By name."""
    with pytest.raises(InvalidConfigurationError, match="no folder of transcripts"):
        build(ROUTER, folder, location="nowhere")
    with pytest.raises(InvalidConfigurationError, match=r"'none\.yaml' cannot be read"):
        build(ROUTER, folder, manifest="none.yaml")


def test_a_manifest_is_no_heap_of_data(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that is too large is refused before it is parsed."""
    monkeypatch.setattr("passmuster.adapters.products.transcripts.LARGEST_MANIFEST", 20)
    named = manifest(folder, {"request": REQUEST.text, "file": "a.jsonl"})

    with pytest.raises(InvalidConfigurationError, match="larger than 20 bytes") as caught:
        build(ROUTER, folder, manifest=named)

    assert caught.value.findings[0].hint


def test_a_missing_manifest_is_not_an_empty_one(folder: Path) -> None:
    """What the answers depend on is told apart, also where it cannot be read."""
    options = ROUTER.options.model_validate({"location": "transcripts", "manifest": "manifest.yaml"})
    missing = ROUTER.content(options, folder)
    (folder / "manifest.yaml").touch()

    assert ROUTER.content(options, folder) != missing


async def test_a_missing_transcript_is_no_choice_and_foreseen(folder: Path) -> None:
    """With the fingerprint that a file would need."""
    subject: Subject = build(SUBJECT, folder)

    answer = await subject.respond(REQUEST, repetition=0, assigned=None, asked=BOTH)
    foreseen = subject.foresee(REQUEST, repetition=0, assigned=None, asked=BOTH)

    assert isinstance(answer.routing, Failure)
    assert REQUEST.fingerprint in answer.routing.message
    assert foreseen is not None
    assert foreseen == answer.routing


async def test_the_subject_plays_choice_and_text(folder: Path) -> None:
    """From one transcript; always the first one, unless each repetition has its own."""
    put(folder, f"{REQUEST.fingerprint}.1.jsonl", CHOICE)
    put(folder, f"{REQUEST.fingerprint}.2.jsonl", NOBODY)

    async def played(subject: Subject, repetition: int) -> tuple[object, object]:
        answer = await subject.respond(REQUEST, repetition=repetition, assigned=None, asked=BOTH)
        assert isinstance(answer.routing, RoutingDecision)
        assert isinstance(answer.completion, Completion)
        return answer.routing.chosen, answer.completion.text

    first, each = build(SUBJECT, folder), build(SUBJECT, folder, by_repetition=True)

    assert [await played(first, 0), await played(first, 1)] == [("debugger", "Fixed.")] * 2
    assert [await played(each, 0), await played(each, 1)] == [("debugger", "Fixed."), (None, "Done.")]
    assert each.foresee(REQUEST, repetition=2, assigned=None, asked=Asked.COMPLETION) is not None
    assert each.foresee(REQUEST, repetition=1, assigned=None, asked=BOTH) is None
    assert SUBJECT.is_deterministic(SUBJECT.options(location="x"))
    assert not SUBJECT.is_deterministic(SUBJECT.options(location="x", by_repetition=True))


async def test_the_roster_is_checked_unless_it_is_not_to_be(folder: Path) -> None:
    """An older transcript may lack an agent that is new."""
    put(folder, f"{REQUEST.fingerprint}.jsonl", CHOICE)
    roster = a_roster("debugger", "brand-new")

    with pytest.raises(SetupError, match="brand-new"):
        await build(ROUTER, folder, roster).route(REQUEST)
    assert (await build(ROUTER, folder, roster, checks_roster=False).route(REQUEST)).chosen == "debugger"


async def test_other_products_are_read_by_name(folder: Path) -> None:
    """Where the transcript does not say whose it is."""
    put(folder, f"{REQUEST.fingerprint}.json", '{"agent": "debugger"}')

    assert (await build(ROUTER, folder, reader="json").route(REQUEST)).chosen == "debugger"


async def test_a_transcript_of_an_unknown_product_is_said(folder: Path) -> None:
    """And it keeps nobody from the others."""
    put(folder, f"{REQUEST.fingerprint}.jsonl", line(type="passmuster", reader="from the future"))
    put(folder, "unnamed.jsonl", line(type="passmuster", reader="from the future"))

    with pytest.raises(RoutingError, match="from the future"):
        await build(ROUTER, folder).route(REQUEST)


@pytest.mark.parametrize("purpose", [Asked.ROUTING, BOTH])
async def test_what_a_product_did_can_be_played(stand_in: StandIn, purpose: Asked) -> None:
    """A kept run gives the same answer, and says itself how it is to be read."""
    stand_in.plan(*prints(*CHOICE.splitlines()))
    options = claude_code.ClaudeCodeOptions(program=stand_in.program, transcripts="transcripts")
    context = BuildContext(folder=stand_in.folder, roster=ROSTER)
    live = claude_code.SUBJECT.build(options, context)
    lived = await live.respond(REQUEST, repetition=0, assigned=None, asked=purpose)

    replayed = await build(SUBJECT, stand_in.folder).respond(REQUEST, repetition=0, assigned=None, asked=purpose)

    assert isinstance(lived.routing, RoutingDecision)
    assert isinstance(replayed.routing, RoutingDecision)
    assert replayed.routing.chosen == lived.routing.chosen
    assert replayed.writer == lived.writer
    assert (replayed.completion is None) == (lived.completion is None)


async def test_a_kept_failure_fails_again(stand_in: StandIn) -> None:
    """With its status and its words; and a program that prints JSON is kept as such."""
    options = command.CommandOptions(command=(stand_in.program,), transcripts="transcripts")
    context = BuildContext(folder=stand_in.folder, roster=ROSTER)
    router = command.ROUTER.build(options, context)
    stand_in.plan(("complain", "boom"), ("exit", 3))
    with pytest.raises(InfrastructureError):
        await router.route(a_request("One"))
    stand_in.plan(*prints('{"agent": "debugger"}'))
    await router.route(a_request("Two"))
    replayed: Router = build(ROUTER, stand_in.folder)

    assert (await replayed.route(a_request("Two"))).chosen == "debugger"
    with pytest.raises(InfrastructureError, match="status 3: boom"):
        await replayed.route(a_request("One"))


def test_a_second_run_does_not_replace_the_first(tmp_path: Path) -> None:
    """Each gets the next free name."""
    kept = Kept(request=REQUEST.fingerprint, text=REQUEST.text, reader="json", lines=("a", "b"))

    paths = [keep(kept, tmp_path / "new").name for _ in range(2)]

    assert paths == [f"{REQUEST.fingerprint}.1.jsonl", f"{REQUEST.fingerprint}.2.jsonl"]


def test_a_place_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    """It is the environment's fault, and no trial's."""
    (tmp_path / "file").touch()

    with pytest.raises(EnvironmentFaultError, match="option transcripts"):
        keep(Kept(request=REQUEST.fingerprint), tmp_path / "file")


@settings(deadline=None)
@given(
    lines=st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\n")), max_size=5),
    status=st.none() | st.integers(-15, 255),
    stop=st.sampled_from(Stop),
)
def test_what_is_kept_is_what_is_read(
    tmp_path_factory: pytest.TempPathFactory, lines: list[str], status: int | None, stop: Stop
) -> None:
    """Lines, ending and all."""
    ending = Ending(stop=stop, exit_status=status, errors="é\n", seconds=1.5)
    kept = Kept(request=REQUEST.fingerprint, text="t", reader="codex", lines=tuple(lines), ending=ending)

    assert read_kept(keep(kept, tmp_path_factory.mktemp("kept"))) == kept


@settings(deadline=None)
@given(content=st.binary(max_size=300))
def test_any_file_is_a_transcript(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    """Nothing in it raises."""
    path = tmp_path_factory.mktemp("any") / "x.jsonl"
    path.write_bytes(content)

    assert read_kept(path).ending.stop in Stop


def test_an_edit_of_a_transcript_is_seen(folder: Path) -> None:
    """It is a part of what the router is; so is the manifest."""
    put(folder, "a.jsonl", CHOICE)
    named = manifest(folder, {"request": "x", "file": "a.jsonl"})
    options = ROUTER.options(location="transcripts", manifest=named)

    fingerprints = [ROUTER.content(options, folder)]
    put(folder, "a.jsonl", NOBODY)
    fingerprints.append(ROUTER.content(options, folder))
    manifest(folder, {"request": "y", "file": "a.jsonl"})
    fingerprints.append(ROUTER.content(options, folder))

    assert len(set(fingerprints)) == 3
    assert fingerprints[-1] == ROUTER.content(options, folder)


async def test_a_transcript_that_is_too_large_is_said(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is not read in part: what is missing might be the choice."""
    monkeypatch.setattr("passmuster.adapters.products.keeping.LONGEST_FILE", 100)
    put(folder, f"{REQUEST.fingerprint}.jsonl", "x" * 101)
    router: Router = build(ROUTER, folder)

    with pytest.raises(RoutingError, match="larger than 100 bytes"):
        await router.route(REQUEST)
