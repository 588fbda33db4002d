"""Which recordings a suite lacks, which are stale and why, and how they are made."""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from passmuster.composition.building import Workbench
from passmuster.composition.recorder import Recorder
from passmuster.composition.recording import Inventory, Need, State, cost_of, inventory
from passmuster.configuration.settings import Settings
from passmuster.domain.errors import EnvironmentFaultError, InvalidConfigurationError

MODEL = """\
from pathlib import Path

from passmuster.domain.answers import Completion
from passmuster.domain.errors import BackendError

ASKED = Path(__file__).with_name("asked.txt")


def answer(request):
    with ASKED.open("a") as file:
        file.write(f"{request.repetition}\\n")
    said = request.messages[-1].content
    if "out of order" in said:
        raise BackendError("the model is out of order")
    if "secret" in said:
        return Completion(text="it is sk-planted-0123456789", model="m-1")
    if request.answer_schema is not None:
        is_first = "cannot be used" not in said
        return Completion(text="hm" if is_first else '{"agent": "writer", "confidence": 0.9}', model="m-1")
    return Completion(text=f"written for {said!r}", model="m-1")
"""
AGENT = "---\nname: {name}\ndescription: {description}\n---\n{body}\n"


def case(identifier: str, text: str, **more: object) -> dict[str, object]:
    rubric = {"criteria": [{"use": "contains", "text": "written"}]}
    return {"identifier": identifier, "request": text, "expect": {"agent": "writer"}, "rubric": rubric, **more}


@dataclass
class Team:
    """A suite in a folder, whose backend plays recordings and has a function as its source."""

    folder: Path
    cases: list[dict[str, object]] = field(default_factory=lambda: [case("a", "Write a."), case("b", "Write b.")])
    subjects: dict[str, object] = field(
        default_factory=lambda: {"s": {"use": "routed", "router": {"use": "lexical"}, "backend": "recordings"}}
    )
    recorded: Mapping[str, object] = field(default_factory=lambda: {"source": "model"})
    body: str = "You write."

    def bench(self) -> Workbench:
        (self.folder / "agents").mkdir(exist_ok=True)
        (self.folder / "model.py").write_text(MODEL, encoding="utf-8")
        for name in ("writer", "tester"):
            text = AGENT.format(name=name, description=f"Does the work of a {name}.", body=self.body)
            (self.folder / "agents" / f"{name}.md").write_text(text, encoding="utf-8")
        lines = "".join(json.dumps(line) + "\n" for line in self.cases)
        (self.folder / "cases.jsonl").write_text(lines, encoding="utf-8")
        suite = {
            "name": "recorded",
            "roster": {"use": "claude_code", "location": "agents"},
            "datasets": [{"use": "files", "location": "cases.jsonl"}],
            "backends": {
                "model": {"use": "callable", "target": "./model.py:answer"},
                "recordings": {"use": "recorded", "location": "recordings", **self.recorded},
            },
            "subjects": self.subjects,
            "store": {"use": "sqlite", "location": "runs.sqlite"},
            "cache": {"location": "cache"},
        }
        (self.folder / "suite.yaml").write_text(json.dumps(suite), encoding="utf-8")
        return Workbench(self.folder / "suite.yaml", Settings())

    def found(self, only: Collection[str] = (), cases: Collection[str] = ()) -> Inventory:
        return inventory(self.bench(), only=only, cases=cases)

    async def record(self, found: Inventory, due: Collection[Need] | None = None) -> Recorder:
        bench = self.bench()
        bench.secrets.value("PLANTED_KEY")
        wanted = [need for need in found.needs if need.state is not State.RECORDED] if due is None else list(due)
        recorder = Recorder(bench=bench, needs=found.needs, due=wanted, adds=True)
        await recorder.record(lambda _done: None)
        return recorder

    @property
    def asked(self) -> int:
        file = self.folder / "asked.txt"
        return len(file.read_text(encoding="utf-8").splitlines()) if file.exists() else 0

    def states(self) -> dict[str, tuple[State, tuple[str, ...]]]:
        return {need.path: (need.state, need.reasons) for need in self.found_in_thread().needs}

    def found_in_thread(self) -> Inventory:
        """Look through them where no event loop runs yet."""
        from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415 - only here

        with ThreadPoolExecutor(1) as pool:
            return pool.submit(self.found).result()


@pytest.fixture
def team(tmp_path: Path) -> Team:
    return Team(tmp_path)


async def recorded(team: Team) -> Recorder:
    return await team.record(team.found_in_thread())


async def test_what_is_missing_is_recorded_once(team: Team) -> None:
    """Each request gets a file called after its case, and is asked for once."""
    before = team.states()

    recorder = await recorded(team)

    assert before == {"recordings/a.md": (State.MISSING, ()), "recordings/b.md": (State.MISSING, ())}
    assert (sorted(recorder.files), recorder.failures, team.asked) == (["recordings/a.md", "recordings/b.md"], {}, 2)
    assert {state for state, _ in team.states().values()} == {State.RECORDED}
    text = (team.folder / "recordings" / "b.md").read_text(encoding="utf-8")
    assert text.endswith("---\nwritten for 'Write b.'")
    assert 'case: "b"' in text
    assert 'author: "m-1"' in text


@pytest.mark.parametrize(
    ("edit", "reasons"),
    [
        ({"body": "You write well."}, ("the instructions of 'writer' were edited",)),
        ({"cases": [case("a", "Write aa.")]}, ("the request was edited, or what was said before it",)),
        (
            {"cases": [case("a", "Write a.", history=[{"role": "user", "content": "Hello."}])]},
            ("the request was edited, or what was said before it",),
        ),
        (
            {
                "subjects": {
                    "s": {
                        "use": "routed",
                        "router": {"use": "lexical"},
                        "backend": "recordings",
                        "temperature": 0.5,
                    }
                }
            },
            ("temperature was changed from None to 0.5",),
        ),
    ],
    ids=["instructions", "request", "history", "sampling"],
)
async def test_an_edit_is_named_and_its_recording_refreshed(
    team: Team, edit: Mapping[str, object], reasons: tuple[str, ...]
) -> None:
    """The file stays, with the note that somebody wrote into it; only what the edit concerns is asked for."""
    team.cases = team.cases[:1]
    await recorded(team)
    file = team.folder / "recordings" / "a.md"
    file.write_text(
        file.read_text(encoding="utf-8").replace("finish_reason:", "note: seen by Ana\nfinish_reason:"),
        encoding="utf-8",
    )
    for name, value in edit.items():
        setattr(team, name, value)

    assert team.states() == {"recordings/a.md": (State.STALE, reasons)}
    await recorded(team)

    assert {state for state, _ in team.states().values()} == {State.RECORDED}
    assert (team.asked, 'note: "seen by Ana"' in file.read_text(encoding="utf-8")) == (2, True)


async def test_a_recording_that_says_little_is_stale_for_what_it_cannot_tell(team: Team) -> None:
    """As those are that people wrote, without the settings or the instructions."""
    team.cases = team.cases[:1]
    await recorded(team)
    file = team.folder / "recordings" / "a.md"
    lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
    file.write_text("".join(line for line in lines if not line.startswith(("instructions:", "settings:"))))
    unedited = team.states()

    team.body = "You write well."

    assert unedited == {"recordings/a.md": (State.RECORDED, ())}
    reason = "the agent's instructions were edited, or the sampling"
    assert team.states() == {"recordings/a.md": (State.STALE, (reason,))}


async def test_what_nobody_asks_for_is_told(team: Team) -> None:
    """Where every case was looked at; a recording of another case is no recording of this one."""
    await recorded(team)
    team.cases = team.cases[:1]

    found = team.found_in_thread()

    assert [recording.path for recording in found.unused] == ["recordings/b.md"]
    assert [need.state for need in found.needs] == [State.RECORDED]


async def test_what_fails_is_named_and_the_rest_is_written(team: Team) -> None:
    """A case whose answer cannot be had keeps nothing back."""
    team.cases.append(case("c", "Be out of order."))

    recorder = await recorded(team)

    assert len(recorder.files) == 2
    assert list(recorder.failures) == ["c (s, repetition 0)"]
    assert "out of order" in recorder.failures["c (s, repetition 0)"]


async def test_a_folder_that_cannot_be_written_is_said(team: Team) -> None:
    """And is no bug of ours."""
    team.recorded = {"source": "model", "location": "cases.jsonl/recordings"}

    with pytest.raises(EnvironmentFaultError, match="cannot be written"):
        await recorded(team)


async def test_a_secret_is_not_written_down(team: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    """An answer that holds one is a failure."""
    monkeypatch.setenv("PLANTED_KEY", "sk-planted-0123456789")
    team.cases = [case("a", "Tell the secret.")]

    recorder = await recorded(team)

    assert "holds a secret" in recorder.failures["a (s, repetition 0)"]
    assert recorder.files == []


async def test_choices_of_a_model_are_recorded_with_the_second_question(team: Team) -> None:
    """The router asks again where the first answer cannot be used, and both can be played."""
    router = {"use": "language_model", "backend": "recordings"}
    team.subjects = {"s": {"use": "routed", "router": router, "backend": "recordings"}}
    team.cases = team.cases[:1]

    recorder = await recorded(team)
    asked = team.asked
    again = team.found_in_thread()

    assert recorder.failures == {}
    assert sorted(recorder.files) == ["recordings/a-choice-s.md", "recordings/a-choice.md", "recordings/a.md"]
    assert {need.state for need in again.needs} == {State.RECORDED}
    assert (team.asked, asked, len(again.needs)) == (3, 3, 3)


def test_the_cost_is_known_before(team: Team) -> None:
    """Requests and tokens; what nothing bounds is unknown."""
    bench = team.bench()

    cost = cost_of(bench, inventory(bench, only=(), cases=["a"]).needs)

    assert (cost.requests, cost.kept, cost.most_written, cost.money) == (1, 0, None, None)
    assert 0 < cost.fewest_read < cost.most_read
    assert team.asked == 0


@pytest.mark.parametrize(
    ("recorded_by", "rule"),
    [({}, "no-source"), ({"source": "nobody"}, "unknown-backend"), ({"source": "recordings"}, "no-source")],
    ids=["none", "unknown", "itself"],
)
def test_without_a_source_nothing_can_be_recorded(team: Team, recorded_by: Mapping[str, object], rule: str) -> None:
    """With the place in the suite."""
    (team.folder / "recordings").mkdir()
    team.recorded = recorded_by
    bench = team.bench()
    found = inventory(bench, only=(), cases=())

    with pytest.raises(InvalidConfigurationError) as caught:
        cost_of(bench, found.needs)

    (finding,) = caught.value.findings
    assert finding.rule == rule
    assert finding.location is not None


def test_a_case_that_is_not_there_is_refused(team: Team) -> None:
    """By its name."""
    with pytest.raises(InvalidConfigurationError, match="no case 'z'"):
        team.found(cases=["z"])
