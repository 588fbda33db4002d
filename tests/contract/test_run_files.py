"""Every format of results keeps what its port promises."""

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passmuster.adapters.run_files.inspect import COMPONENT as INSPECT
from passmuster.adapters.run_files.promptfoo import COMPONENT as PROMPTFOO
from passmuster.components import BuildContext
from passmuster.domain.answers import Answer, Completion, Failure, RoutingDecision, Stage
from passmuster.domain.cases import Case, Message, Role
from passmuster.domain.errors import InvalidInputError
from passmuster.domain.results import Outcome, Run, Trial
from passmuster.domain.values import Usage
from passmuster.exchanging import RunFiles
from passmuster.testing.factories import (
    MOMENT,
    a_case,
    a_completion,
    a_criterion_reference,
    a_decision,
    a_failure,
    a_key,
    a_request,
    a_rubric,
    a_run,
    a_score,
    an_unscored,
)


def _inspect() -> RunFiles:
    return INSPECT.build(INSPECT.options(), BuildContext(folder=Path()))


def _promptfoo() -> RunFiles:
    return PROMPTFOO.build(PROMPTFOO.options(), BuildContext(folder=Path()))


FORMATS: Final = {"inspect": _inspect, "promptfoo": _promptfoo}

every_format = pytest.mark.parametrize("make", FORMATS.values(), ids=FORMATS)

ASSETS: Final = Path(__file__).parents[1] / "assets" / "run_files"

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
NAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)
USAGES = st.builds(
    Usage,
    input_tokens=st.integers(0, 10**9),
    output_tokens=st.integers(0, 10**6),
    cached_tokens=st.integers(0, 100),
    cost=st.none() | st.decimals(0, 100, places=6).map(Decimal),
)
COMPLETIONS: st.SearchStrategy[Completion | Failure] = st.builds(
    a_completion, TEXTS, usage=USAGES, finish_reason=st.sampled_from(["stop", "length", "odd"])
) | st.builds(a_failure, st.just(Stage.COMPLETION), message=TEXTS)
DECISIONS: st.SearchStrategy[RoutingDecision | Failure | None] = (
    st.none() | st.builds(a_decision, st.sampled_from(["debugger", None])) | st.builds(a_failure)
)


@st.composite
def _cases(draw: st.DrawFn) -> tuple[Case, ...]:
    names = draw(st.lists(NAMES, min_size=1, max_size=3, unique=True))
    criteria = draw(st.lists(NAMES, max_size=3, unique=True))
    rubric = a_rubric(*(a_criterion_reference(name=name) for name in criteria)) if criteria else None
    history = draw(st.sampled_from([(), (Message(role=Role.ASSISTANT, content="Yes?"),)]))
    return tuple(
        a_case(
            name, request=a_request(draw(TEXTS), history=history), rubric=rubric, tags=frozenset(draw(st.sets(NAMES)))
        )
        for name in names
    )


@st.composite
def _outcomes(draw: st.DrawFn, case: Case, completion: Completion | Failure) -> tuple[Outcome, ...]:
    names = [reference.name for reference in case.rubric.criteria] if case.rubric else []
    if isinstance(completion, Failure):
        return tuple(an_unscored(name, failure=completion) for name in names)
    return tuple(
        an_unscored(name) if draw(st.booleans()) else a_score(name, draw(st.floats(0, 1)), reason=draw(TEXTS))
        for name in names
    )


@st.composite
def _trials(draw: st.DrawFn, case: Case, repetition: int) -> Trial:
    completion = draw(COMPLETIONS)
    return Trial(
        key=a_key(case.identifier, subject="lexical", repetition=repetition),
        answer=Answer(routing=draw(DECISIONS), completion=completion),
        outcomes=draw(_outcomes(case, completion)),
        started_at=MOMENT + timedelta(seconds=draw(st.integers(0, 10**6))),
        duration=draw(st.floats(0, 1e6)),
    )


@st.composite
def runs(draw: st.DrawFn) -> Run:
    """Draw a run of one subject, with answers, choices, failures and scores of every kind."""
    cases = draw(_cases())
    trials = [draw(_trials(case, repetition)) for case in cases for repetition in range(draw(st.integers(1, 2)))]
    return a_run(*trials, cases=cases)


@every_format
@given(run=runs())
def test_what_is_written_is_read_again(make: Callable[[], RunFiles], run: Run) -> None:
    """Trials, scores, cases and agents come back as they were, whatever they hold."""
    files = make()
    with TemporaryDirectory() as folder:
        place = Path(folder) / f"run{files.ending}"

        written = files.write(run, run.trials, place)
        back = files.read(place)

        assert files.recognizes(place)
        assert written == back.count == len(run.trials)
        assert list(back.trials()) == list(run.trials)
    assert back.run.cases == run.cases
    assert back.run.roster == run.roster
    assert back.run.manifest.subjects == run.manifest.subjects
    assert not back.left_out


@every_format
def test_equal_runs_make_equal_files(make: Callable[[], RunFiles], tmp_path: Path) -> None:
    """Nothing of a file depends on the time or the machine, and one file is one run."""
    run, files = a_run(), make()
    first, second = tmp_path / f"1{files.ending}", tmp_path / f"2{files.ending}"

    files.write(run, run.trials, first)
    files.write(run, run.trials, second)

    assert first.read_bytes() == second.read_bytes()
    assert files.read(first).run.manifest.identifier == files.read(second).run.manifest.identifier


@every_format
def test_trials_can_be_walked_again(make: Callable[[], RunFiles], tmp_path: Path) -> None:
    """A second walk yields the same trials: nothing of the first is kept."""
    run, files = a_run(), make()
    place = tmp_path / f"run{files.ending}"
    files.write(run, run.trials, place)

    back = files.read(place)

    assert list(back.trials()) == list(back.trials()) == list(run.trials)


@every_format
@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[1]", b"PK\x03\x04", b'{"eval": 1, "version": 2}', b'{"results": {"results": [3]}}', b"\xff"],
)
def test_what_is_no_such_file_is_refused(make: Callable[[], RunFiles], tmp_path: Path, content: bytes) -> None:
    """Whatever a file holds, the complaint names it."""
    files = make()
    place = tmp_path / f"odd{files.ending}"
    place.write_bytes(content)

    with pytest.raises(InvalidInputError) as refusal:
        files.read(place)

    assert all(finding.location and finding.location.path.startswith(str(place)) for finding in refusal.value.findings)


@every_format
@given(content=st.binary(max_size=200) | st.text(st.characters(exclude_categories=["Cs"]), max_size=60).map(str.encode))
def test_random_bytes_are_refused(make: Callable[[], RunFiles], content: bytes) -> None:
    """Nothing that a file may hold brings anything but complaints."""
    files = make()
    with TemporaryDirectory() as folder:
        place = Path(folder) / f"odd{files.ending}"
        place.write_bytes(content)

        with pytest.raises(InvalidInputError):
            files.read(place)


RECORDED: Final = {
    "inspect": (ASSETS / "capitals.eval").read_bytes(),
    "promptfoo": (ASSETS / "capitals.json").read_bytes(),
}


@pytest.mark.parametrize("name", FORMATS)
@given(where=st.floats(0, 1), change=st.binary(max_size=12), lost=st.integers(0, 40))
def test_a_damaged_file_is_read_or_refused(name: str, where: float, change: bytes, lost: int) -> None:
    """Wherever bytes of a real file are changed, lost or added, there are trials or complaints, and nothing else."""
    files, content = FORMATS[name](), RECORDED[name]
    start = int(where * len(content))
    with TemporaryDirectory() as folder:
        place = Path(folder) / f"damaged{files.ending}"
        place.write_bytes(content[:start] + change + content[start + lost :])

        with suppress(InvalidInputError):
            back = files.read(place)

            assert len(list(back.trials())) == back.count
