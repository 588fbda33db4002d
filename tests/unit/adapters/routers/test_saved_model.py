"""Models in folders."""

import hashlib
import io
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from passmuster.adapters.routers import saved_model
from passmuster.adapters.routers.trained import COMPONENT, TrainedOptions, TrainedRouter
from passmuster.domain.errors import EnvironmentFaultError, InvalidConfigurationError
from passmuster.domain.findings import Finding

from .trained_cases import HELD_OUT, a_context, a_trained_router

ARRAYS = ("weights", "offsets", "word_rarity", "character_rarity")


@pytest.fixture(scope="module")
def router() -> TrainedRouter:
    return a_trained_router()


@pytest.fixture(scope="module")
def pristine(router: TrainedRouter, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pristine") / "model"
    router.save(folder)
    return folder


@pytest.fixture
def folder(pristine: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(pristine, tmp_path / "model"))


def complaints(folder: Path, router: str = "trained") -> list[Finding]:
    with pytest.raises(InvalidConfigurationError) as refused:
        saved_model.load(folder, router=router)
    return list(refused.value.findings)


def change(folder: Path, edit: Callable[[dict[str, object]], object]) -> None:
    path = folder / saved_model.DOCUMENT
    document = json.loads(path.read_text(encoding="utf-8"))
    edit(document)
    path.write_text(json.dumps(document), encoding="utf-8")


def put(folder: Path, name: str, content: bytes) -> None:
    """Put another array in the place of one, with the digest that makes it trusted."""
    (folder / f"{name}.npy").write_bytes(content)
    digest = hashlib.sha256(content).hexdigest()
    change(folder, lambda document: document["digests"].update({name: digest}))  # type: ignore[attr-defined]  # plain data


def written(array: np.ndarray, *, allow_pickle: bool = False) -> bytes:
    stream = io.BytesIO()
    np.save(stream, array, allow_pickle=allow_pickle)
    return stream.getvalue()


def test_a_loaded_model_decides_as_the_one_that_was_saved(router: TrainedRouter, pristine: Path) -> None:
    """Bit by bit, with the same card, and knowing what it saw."""
    loaded = COMPONENT.build(TrainedOptions(model="model"), a_context(folder=pristine.parent))

    assert isinstance(loaded, TrainedRouter)
    requests = [case.request for case in HELD_OUT]
    assert loaded.route_all(requests) == router.route_all(requests)
    assert loaded.card == router.card
    assert loaded.seen == router.seen


def test_saving_a_loaded_model_gives_the_same_files(pristine: Path, tmp_path: Path) -> None:
    """Nothing is lost on the way."""
    loaded = saved_model.load(pristine, router="trained")

    saved_model.save(loaded, tmp_path / "again", minimum=3)

    for path in pristine.iterdir():
        assert path.read_bytes() == (tmp_path / "again" / path.name).read_bytes()


def test_a_missing_model_says_how_to_make_one(tmp_path: Path) -> None:
    """The command is in the hint."""
    [finding] = complaints(tmp_path / "nowhere")

    assert finding.rule == "no-model"
    assert "passmuster train" in finding.hint


def test_a_file_in_the_place_of_the_folder_is_no_model(tmp_path: Path) -> None:
    """It is no trouble either."""
    (tmp_path / "model").write_text("", encoding="utf-8")

    assert [finding.rule for finding in complaints(tmp_path / "model")] == ["no-model"]


def test_a_model_of_another_format_is_refused(folder: Path) -> None:
    """It says which format is read."""
    change(folder, lambda document: document.update({"format": 2}))

    [finding] = complaints(folder)

    assert finding.rule == "model-format"


def test_columns_that_no_router_fills_are_refused(folder: Path) -> None:
    """A trained router has words and characters alone."""
    weights = np.load(folder / "weights.npy")
    put(folder, "weights", written(np.concatenate([weights[:1], weights])))
    change(folder, lambda document: document.update({"columns_before": 1}))

    with pytest.raises(InvalidConfigurationError, match="1 columns stand before"):
        COMPONENT.build(TrainedOptions(model="model"), a_context(folder=folder.parent))


def test_a_model_of_another_router_is_refused(folder: Path) -> None:
    """It says what to write instead."""
    [finding] = complaints(folder, "fused")

    assert finding.rule == "model-router"
    assert "use: trained" in finding.hint


@pytest.mark.parametrize("name", ARRAYS)
def test_an_array_that_was_cut_off_is_noticed(folder: Path, name: str) -> None:
    """Its file is named."""
    path = folder / f"{name}.npy"
    path.write_bytes(path.read_bytes()[:-1])

    [finding] = complaints(folder)

    assert finding.rule == "broken-model"
    assert finding.location is not None
    assert finding.location.path == str(path)


def test_every_broken_array_is_named_at_once(folder: Path) -> None:
    """One is missing, one is of another model."""
    (folder / "weights.npy").unlink()
    (folder / "offsets.npy").write_bytes((folder / "word_rarity.npy").read_bytes())

    findings = complaints(folder)

    assert [finding.location.path for finding in findings if finding.location] == [
        str(folder / "weights.npy"),
        str(folder / "offsets.npy"),
    ]


class Trap:
    """An object whose pickle makes a folder when it is loaded."""

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, ("trapped",)


def test_nothing_of_a_pickle_is_run(folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An array of objects is refused before anything in it is looked at."""
    monkeypatch.chdir(tmp_path)
    put(folder, "weights", written(np.array([Trap()], dtype=object), allow_pickle=True))

    findings = complaints(folder)

    assert [finding.rule for finding in findings] == ["broken-model"]
    assert not (tmp_path / "trapped").exists()


def test_a_header_that_lies_about_its_size_takes_no_memory(folder: Path) -> None:
    """An array of a thousand million million numbers, of which the file holds none."""
    stream = io.BytesIO()
    header = {"descr": "<f4", "fortran_order": False, "shape": (10**15,)}
    np.lib.format.write_array_header_1_0(stream, header)
    put(folder, "weights", stream.getvalue())

    [finding] = complaints(folder)

    assert "as long as its header says" in finding.message


def test_a_header_with_sides_below_zero_is_refused(folder: Path) -> None:
    """Their product is as many numbers as the file holds."""
    stream = io.BytesIO()
    np.lib.format.write_array_header_1_0(stream, {"descr": "<f4", "fortran_order": False, "shape": (-1, -1)})
    put(folder, "weights", stream.getvalue() + bytes(4))

    [finding] = complaints(folder)

    assert "as long as its header says" in finding.message


@pytest.mark.parametrize(
    ("name", "array"),
    [
        ("weights", np.zeros((2, 3), dtype=np.float32)),
        ("weights", np.zeros((), dtype=np.float32)),
        ("offsets", np.array([0, np.nan, 0], dtype=np.float32)),
        ("offsets", np.array([0, 1, 2], dtype=np.int64)),
        ("word_rarity", np.zeros(0)),
        ("character_rarity", np.asfortranarray(np.zeros((2, 2)))),
    ],
)
def test_an_array_that_does_not_fit_is_refused(folder: Path, name: str, array: np.ndarray) -> None:
    """Whatever its digest says: shapes, numbers that are none, other kinds."""
    put(folder, name, written(array))

    [finding] = complaints(folder)

    assert finding.rule == "broken-model"


@pytest.mark.parametrize(
    "edit",
    [
        lambda document: document["agents"].reverse(),
        lambda document: document["words"].append(document["words"][-1]),
        lambda document: document["calibration"].update({"temperature": 0}),
        lambda document: document["calibration"].update({"temperature": float("nan")}),
        lambda document: document["calibration"].update({"lexical_factor": -1}),
        lambda document: document["calibration"].update({"more": 1}),
        lambda document: document.update({"agents": ["database"]}),
        lambda document: document.update({"more": 1}),
        lambda document: document.pop("card"),
        lambda document: document["digests"].update({"weights": "none"}),
        lambda document: document.update({"fields": ["name", "dreams"]}),
    ],
)
def test_a_document_that_does_not_fit_is_refused(folder: Path, edit: Callable[[dict[str, object]], object]) -> None:
    """With a complaint about the document, and never with a traceback."""
    change(folder, edit)

    assert {finding.rule for finding in complaints(folder)} == {"broken-model"}


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(
    st.one_of(
        st.binary(max_size=60),
        st.sampled_from([b"[" * 100_000, b'{"format": 1}', b"null", b"\xff", b'{"format": "1"}', b"1e999"]),
    )
)
def test_no_document_is_beyond_a_complaint(folder: Path, content: bytes) -> None:
    """Whatever stands there, it ends in findings."""
    (folder / saved_model.DOCUMENT).write_bytes(content)

    assert complaints(folder)


def test_a_document_of_enormous_size_is_not_read(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is refused by its size alone."""
    monkeypatch.setattr(saved_model, "MAXIMUM_DOCUMENT", 10)

    [finding] = complaints(folder)

    assert "larger than" in finding.message


def test_a_model_that_cannot_be_written_leaves_the_former_one(router: TrainedRouter, folder: Path) -> None:
    """Whole or not at all."""
    before = {path.name: path.read_bytes() for path in folder.iterdir() if path.name != saved_model.CARD}
    (folder / saved_model.CARD).unlink()
    (folder / saved_model.CARD).mkdir()

    with pytest.raises(EnvironmentFaultError):
        a_trained_router(strength=0.1).save(folder)

    assert {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()} == before
    assert router.card.router == "trained"
