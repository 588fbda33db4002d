"""Whether a judge prefers an answer to a reference, whatever the order in which it sees them."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from passmuster.adapters.criteria.preference import COMPONENT, PrefersOptions
from passmuster.components import BuildContext
from passmuster.domain.answers import Completion, CompletionRequest
from passmuster.domain.errors import InvalidConfigurationError
from passmuster.domain.results import Score
from passmuster.testing.factories import an_exhibit


class Reader:
    """Prefers the longer answer; or always the first one, or says that they are equal."""

    def __init__(self, kind: str) -> None:
        self._kind = kind
        self.requests: list[CompletionRequest] = []

    async def complete(self, request: CompletionRequest) -> Completion:
        self.requests.append(request)
        text = request.messages[-1].content
        first, second = text.split("<first-answer-")[1], text.split("<second-answer-")[1]
        longer = "first" if len(first.split("</")[0]) > len(second.split("</")[0]) else "second"
        choice = {"longer": longer, "place": "first", "equal": "equal"}[self._kind]
        return Completion(text=f'{{"reason": "So it is.", "choice": "{choice}"}}', model="made-up")


async def preferred(kind: str, answer: str, **options: object) -> tuple[Score, Reader]:
    reader = Reader(kind)
    checked = PrefersOptions.model_validate({"name": "mine", "backend": "judge", "reference": "x" * 50, **options})
    criterion = COMPONENT.build(checked, BuildContext(folder=Path(), backend=lambda _name: reader))
    return await criterion.assess(an_exhibit(answer)), reader


@pytest.mark.parametrize(("length", "value", "passed"), [(90, 1.0, True), (10, 0.0, False)])
async def test_what_is_preferred_in_both_orders_is_preferred(length: int, value: float, *, passed: bool) -> None:
    """Both orders are asked."""
    score, reader = await preferred("longer", "y" * length)

    assert (score.value, score.passed) == (value, passed)
    assert len(reader.requests) == 2
    assert score.evidence["is_swayed_by_order"] is False


async def test_a_judge_that_likes_a_place_decides_nothing() -> None:
    """It is a tie, and is told."""
    score, _reader = await preferred("place", "y" * 90)

    assert (score.value, score.passed) == (0.5, True)
    assert "the order swayed the judge" in score.reason
    assert score.evidence["is_swayed_by_order"] is True


async def test_a_tie_passes_only_where_it_may() -> None:
    """By default an answer need not be better than the reference."""
    lenient, _ = await preferred("equal", "y")
    strict, _ = await preferred("equal", "y", passing="preferred")

    assert (lenient.passed, strict.passed) == (True, False)
    assert lenient.reason == "neither is preferred: So it is."


async def test_a_reference_may_lie_in_a_file(tmp_path: Path) -> None:
    """Its content is part of what scores depend on."""
    (tmp_path / "reference.md").write_text("z" * 50)
    options = PrefersOptions(name="mine", backend="judge", file="reference.md")
    reader = Reader("longer")

    criterion = COMPONENT.build(options, BuildContext(folder=tmp_path, backend=lambda _name: reader))
    before = COMPONENT.content(options, tmp_path)
    await criterion.assess(an_exhibit("y"))
    (tmp_path / "reference.md").write_text("other")

    assert "z" * 50 in reader.requests[0].messages[-1].content
    assert COMPONENT.content(options, tmp_path) != before


def test_a_reference_that_cannot_be_read_is_a_complaint(tmp_path: Path) -> None:
    """With the file and what to write."""
    options = PrefersOptions(name="mine", backend="judge", file="missing.md")

    with pytest.raises(InvalidConfigurationError, match=r"'missing\.md' cannot be read: No such file"):
        COMPONENT.build(options, BuildContext(folder=tmp_path, backend=lambda _name: Reader("equal")))


@pytest.mark.parametrize("options", [{}, {"reference": "a", "file": "b"}])
def test_one_reference_is_needed(options: dict[str, str]) -> None:
    """Not none, and not two."""
    with pytest.raises(ValidationError, match="give either 'reference' or 'file'"):
        PrefersOptions.model_validate({"name": "mine", "backend": "judge", **options})
