"""The sandbox of a suite: chosen by trying, once, with the environment made ready."""

import asyncio
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from pydantic import BaseModel, ConfigDict

from passmuster.components import BuildContext, Component
from passmuster.composition.confining import Confinement, ExecutingCriterion, means_of, sandboxes_of
from passmuster.composition.parts import Part
from passmuster.configuration.suite import Section
from passmuster.domain.answer_files import AnswerFile, AnswerFiles
from passmuster.domain.errors import CriterionUnavailableError, EnvironmentFaultError
from passmuster.domain.results import Exhibit, Score
from passmuster.domain.sandboxes import CommandResult, SandboxCommand
from passmuster.domain.values import Fingerprint
from passmuster.examining import Examination
from passmuster.ports import Sandbox
from passmuster.sandboxing.environments import Environments
from passmuster.sandboxing.installing import TYPES, Told
from passmuster.sandboxing.interpreters import Interpreter
from passmuster.testing.factories import a_score, an_exhibit
from passmuster.testing.fake_sandbox import FakeSandbox

FOUND = CommandResult(status=0, results=b'{"found": 1}')


class NoOptions(BaseModel):
    """Options of sandboxes for tests."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class FixedCriterion:
    """Passes everything, and counts."""

    def __init__(self) -> None:
        self.asked = 0

    async def assess(self, _exhibit: Exhibit) -> Score:
        self.asked += 1
        return a_score()


def part(sandbox: FakeSandbox, caveat: str = "") -> Part:
    def build(_options: NoOptions, _context: BuildContext) -> Sandbox:
        return sandbox

    component = Component(options=NoOptions, build=build, caveat=caveat)
    return Part(use="fake", component=component, options=NoOptions(), folder=Path())


@pytest.fixture
def environments() -> Iterator[Environments]:
    """Environments that are made in no time, in a folder that every user can read."""

    def make(_interpreter: Interpreter, folder: Path, _told: Told) -> None:
        (folder / "lib" / "python3.11" / "site-packages").mkdir(parents=True)
        (folder / TYPES).mkdir()

    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Environments(Path(name) / "home", make=make)


def confinement(environments: Environments, *sandboxes: FakeSandbox, caveat: str = "") -> Confinement:
    parts = [part(sandbox, caveat) for sandbox in sandboxes]
    return Confinement(parts=lambda: parts, context=BuildContext(folder=Path()), environments=environments, kept=None)


def working() -> FakeSandbox:
    return FakeSandbox(lambda _command: FOUND)


async def test_the_first_sandbox_that_works_is_taken(environments: Environments) -> None:
    """What a run says of it names it with its interpreter and its packages."""
    broken, first, second = FakeSandbox(remedy="install it"), working(), working()
    known = confinement(environments, broken, first, second, caveat="It holds nothing.")
    before = known.record

    confined = await known.confined()

    assert before is None
    assert confined.sandbox is first
    assert len(known.probes) == 2
    assert known.record == confined.record
    assert (confined.record.name, confined.record.version) == ("fake", "1")
    assert confined.record.caveat == "It holds nothing."
    assert confined.record.environment == confined.ready.environment.fingerprint


async def test_where_none_works_the_reason_and_the_remedy_are_told(environments: Environments) -> None:
    """Every time that anything is asked, without trying again; and no environment is made."""
    known = confinement(environments, FakeSandbox(remedy="apt-get install it"))

    for _ in range(2):
        with pytest.raises(CriterionUnavailableError, match="apt-get install it"):
            await known.confined()
    with pytest.raises(CriterionUnavailableError, match="starts a command"):
        known.examiner()
    with pytest.raises(CriterionUnavailableError):
        known.sandbox()

    assert len(known.probes) == 1
    assert environments.find() is None


async def test_an_environment_that_cannot_be_made_is_a_reason_as_well(environments: Environments) -> None:
    """It is told once, and not tried for each answer."""
    tries: list[Path] = []

    def fail(_interpreter: Interpreter, folder: Path, _told: Told) -> None:
        tries.append(folder)
        message = "no network"
        raise EnvironmentFaultError(message)

    known = confinement(Environments(environments.home, make=fail), working())

    for _ in range(2):
        with pytest.raises(CriterionUnavailableError, match="cannot be prepared: no network"):
            await known.confined()

    assert len(tries) == 1


def test_it_is_made_ready_before_a_run(environments: Environments) -> None:
    """Without an event loop; what was found holds for the run."""
    told: list[str] = []
    good, bad = confinement(environments, working()), confinement(environments, FakeSandbox(remedy="get one"))

    refusals = [known.make_ready(lambda _share, now: told.append(now)) for known in (good, bad, bad)]
    confined = asyncio.run(good.confined())

    assert refusals[0] is None
    assert [str(refusal).endswith("get one") for refusal in refusals[1:]] == [True, True]
    assert "trying fake" in told
    assert confined.ready.environment.python.is_relative_to(environments.home)


async def test_what_is_asked_for_before_looks_when_it_is_used(environments: Environments) -> None:
    """Building a criterion tries nothing."""
    sandbox = working()
    known = confinement(environments, sandbox)
    examiner, later = known.examiner(), known.sandbox()
    tried = len(known.probes)
    program = Path(__file__)

    examined = await examiner.examine(
        AnswerFiles(files=(AnswerFile(path="a.py", text=""),)), Examination(name="a", version="1", program=program)
    )
    result = await later.run(SandboxCommand(arguments=("true",)))
    probe = await later.probe()

    assert tried == 0
    assert examined.result == {"found": 1}
    assert result == FOUND
    assert probe.is_usable
    assert later.name == "automatic"
    assert len(known.probes) == 1


async def test_a_criterion_that_runs_code_is_left_out_without_a_sandbox(environments: Environments) -> None:
    """It is not even asked: what it says of answers without code would not be what it says elsewhere."""
    inner = FixedCriterion()
    criterion = ExecutingCriterion(
        inner=inner,
        confinement=confinement(environments, FakeSandbox(remedy="get one")),
        means=Fingerprint("m"),
    )

    with pytest.raises(CriterionUnavailableError, match="get one"):
        await criterion.assess(an_exhibit())

    assert inner.asked == 0


async def test_scores_tell_by_which_means_they_came_about(environments: Environments) -> None:
    """Equal means are told alike, other criteria and other sandboxes are not."""

    class Other(FakeSandbox):
        @property
        def name(self) -> str:
            return "other"

    async def means(sandbox: FakeSandbox, own: str) -> str:
        known = confinement(environments, sandbox)
        criterion = ExecutingCriterion(inner=FixedCriterion(), confinement=known, means=Fingerprint(own))
        return (await criterion.assess(an_exhibit())).means

    one = await means(working(), "m")

    assert one
    assert one == await means(working(), "m")
    assert len({one, await means(working(), "n"), await means(Other(lambda _command: FOUND), "m")}) == 3


def test_the_means_of_a_criterion_are_its_version_and_its_programs() -> None:
    """Each of ours has programs, and two criteria are two means."""
    from passmuster.composition.catalogue import Catalogue  # noqa: PLC0415 - for this test alone

    catalogue = Catalogue(folder=Path())

    def known(name: str, version: str | None = None) -> Fingerprint:
        component = catalogue.component("criteria", name)
        changed = (
            component
            if version is None
            else Component(options=component.options, build=component.build, version=version, needs_sandbox=True)
        )
        options = changed.options.model_construct(name=name)
        return means_of(Part(use=name, component=changed, options=options, folder=Path()))

    assert known("ruff") == known("ruff")
    assert len({known("ruff"), known("formatted"), known("ruff", version="99")}) == 3


@pytest.mark.parametrize(
    ("section", "expected"),
    [
        (None, ["bubblewrap", "container"]),
        (Section(use="automatic"), ["bubblewrap", "container"]),
        (Section(use="none"), ["none"]),
    ],
)
def test_none_is_taken_only_by_name(section: Section | None, expected: Sequence[str]) -> None:
    """Where nothing is said, code is run in a sandbox or not at all."""
    assert [item.use for item in sandboxes_of(section)] == expected
