"""A router is trained, and its model kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from passmuster.analysis.model_cards import HeldOutFigures, ModelCard
from passmuster.application.training import LearningRouter, train
from passmuster.domain.errors import InvalidConfigurationError
from passmuster.testing.fakes import FakeClock

CARD = ModelCard(
    router="trained",
    requests=1,
    descriptions=1,
    for_nobody=0,
    features=1,
    lexical_weight=0,
    temperature=1,
    threshold=None,
    agents=(),
    figures=HeldOutFigures(requests=0, nobody=0, accuracy=0, accuracy_within_three=0),
)


@dataclass(frozen=True)
class Apprentice:
    card: ModelCard = CARD

    def save(self, folder: Path) -> Sequence[Path]:
        folder.mkdir(exist_ok=True)
        (folder / "model.json").write_bytes(b"12345")
        return [folder / "model.json"]


def test_the_model_is_kept_and_its_size_and_time_are_told(tmp_path: Path) -> None:
    """Time counts for learning alone."""
    clock = FakeClock()

    def build() -> LearningRouter:
        clock.advance(2.5)
        return Apprentice()

    trained = train(build, tmp_path / "model", clock)

    assert trained.seconds == 2.5
    assert trained.size == 5
    assert trained.card == CARD
    assert trained.files == [tmp_path / "model" / "model.json"]


def test_a_router_that_learns_nothing_is_refused(tmp_path: Path) -> None:
    """And nothing is written."""
    with pytest.raises(InvalidConfigurationError, match="'object' learns nothing"):
        train(object, tmp_path / "model", FakeClock())

    assert not (tmp_path / "model").exists()


@pytest.mark.parametrize("is_file", [True, False])
def test_other_peoples_files_are_left_alone(tmp_path: Path, is_file: bool) -> None:  # noqa: FBT001 - a parameter of pytest
    """A folder with other things in it, or a file, is refused before anything is learnt."""
    place = tmp_path / "place"
    if is_file:
        place.write_text("mine", encoding="utf-8")
    else:
        place.mkdir()
        (place / "notes.txt").write_text("mine", encoding="utf-8")

    def build() -> object:
        message = "nothing may be learnt"
        raise AssertionError(message)

    with pytest.raises(InvalidConfigurationError, match="holds other things"):
        train(build, place, FakeClock())


def test_an_earlier_model_is_replaced(tmp_path: Path) -> None:
    """Its folder may be written into, and so may an empty one."""
    (tmp_path / "model").mkdir()

    train(Apprentice, tmp_path / "model", FakeClock())
    train(Apprentice, tmp_path / "model", FakeClock())

    assert (tmp_path / "model" / "model.json").read_bytes() == b"12345"
