"""Datasets of the library `datasets`: from disk, from files of data, and never from a network that is not asked for."""

import os
import subprocess
import sys
from pathlib import Path

import datasets
import pytest
from pydantic import ValidationError

from passmuster.adapters.datasets.hub import COMPONENT, HubOptions
from passmuster.components import BuildContext
from passmuster.domain.cases import Case
from passmuster.domain.errors import InvalidDatasetError
from passmuster.domain.findings import Finding
from passmuster.ports import StreamingDatasetLoader

ROOT = Path(__file__).parents[4]
INTENTS = {"columns": {"request": "text", "agent": "intent"}, "nobody": ["oos"]}
TEXTS = ["freeze my card", "what is love", "send money"]


def loader(**options: object) -> StreamingDatasetLoader:
    """Build the loader as a suite does."""
    checked = HubOptions.model_validate({"location": ".", **options})
    built = COMPONENT.build(checked, BuildContext(folder=Path()))
    assert isinstance(built, StreamingDatasetLoader)
    return built


def load(path: Path, **options: object) -> tuple[Case, ...]:
    return loader(**options).load(path).cases


def refused(path: Path, **options: object) -> tuple[Finding, ...]:
    with pytest.raises(InvalidDatasetError) as caught:
        load(path, **options)
    return caught.value.findings


def intents(labels: tuple[int, ...] = (0, 1, 2)) -> datasets.Dataset:
    features = datasets.Features(
        {"text": datasets.Value("string"), "intent": datasets.ClassLabel(names=["card", "oos", "transfer"])}
    )
    return datasets.Dataset.from_dict({"text": TEXTS, "intent": list(labels)}, features=features)


def test_numbers_of_labels_become_names(tmp_path: Path) -> None:
    """A class label is known by its name; one of them means nobody."""
    intents().save_to_disk(tmp_path / "saved")

    cases = load(tmp_path / "saved", **INTENTS)

    assert [case.expectation.preferred for case in cases] == ["card", None, "transfer"]
    assert [case.identifier for case in cases] == ["saved-1", "saved-2", "saved-3"]
    assert [case.request.text for case in cases] == TEXTS


def test_a_missing_label_is_no_label(tmp_path: Path) -> None:
    """The library writes -1 for it."""
    intents((0, -1, 2)).save_to_disk(tmp_path / "saved")

    [finding] = refused(tmp_path / "saved", **INTENTS)

    assert (finding.rule, finding.location and finding.location.line) == ("missing-label", 2)


def test_the_datasets_own_splits_are_splits(tmp_path: Path) -> None:
    """Each part of a dictionary of datasets is one; other names of the usual three are understood."""
    parts = datasets.DatasetDict({"train": intents(), "dev": intents(), "extra": intents()})
    parts.save_to_disk(tmp_path / "saved")

    cases = load(tmp_path / "saved", **INTENTS)
    only = load(tmp_path / "saved", part="dev", **INTENTS)
    [finding] = refused(tmp_path / "saved", part="devv", **INTENTS)

    assert [case.split for case in cases[::3]] == ["train", "validation", "test"]
    assert [case.identifier for case in cases[3:4]] == ["saved-dev-1"]
    assert {case.split for case in only} == {"validation"}
    assert "did you mean 'dev'?" in finding.hint


@pytest.mark.parametrize("ending", ["parquet", "csv", "jsonl"])
def test_files_of_data_are_read_row_by_row(tmp_path: Path, ending: str) -> None:
    """A folder of files is a dataset; the beginning of a file's name is its split."""
    named = datasets.Dataset.from_dict({"text": TEXTS, "intent": ["card", "oos", "transfer"]})
    for part in ("train", "test"):
        path = str(tmp_path / f"{part}-00000-of-00001.{ending}")
        {"parquet": named.to_parquet, "csv": named.to_csv, "jsonl": named.to_json}[ending](path)

    cases = list(loader(**INTENTS).stream(tmp_path))
    one = load(tmp_path / f"test-00000-of-00001.{ending}", **INTENTS)

    assert [(case.split, case.expectation.preferred) for case in cases[2:4]] == [
        ("train", "transfer"),
        ("test", "card"),
    ]
    assert len(one) == 3


def test_what_is_no_dataset_is_refused(tmp_path: Path) -> None:
    """An empty folder, a missing one, several kinds of files, damaged files, and columns that are not there."""
    (tmp_path / "mixed").mkdir()
    (tmp_path / "mixed" / "a.csv").write_text("a\n1\n", encoding="utf-8")
    (tmp_path / "mixed" / "b.parquet").write_text("x", encoding="utf-8")
    (tmp_path / "damaged").mkdir()
    (tmp_path / "damaged" / "b.parquet").write_text("x", encoding="utf-8")
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "state.json").write_text("{", encoding="utf-8")
    intents().save_to_disk(tmp_path / "saved")

    found = [refused(tmp_path / name)[0] for name in ("empty", "mixed", "damaged", "state")]

    assert {finding.rule for finding in found} == {"unreadable-file"}
    assert "several kinds" in found[1].message
    assert refused(tmp_path / "saved")[0].rule == "unknown-column"


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"location": None}, "name a location"),
        ({"dataset": "some/where"}, "name a location, or"),
        ({"location": None, "dataset": "some/where"}, "revision"),
        ({"location": None, "dataset": "some/where", "revision": "main"}, "pattern"),
        ({"trust_remote_code": True}, "Extra inputs"),
    ],
)
def test_unpinned_and_misspelt_options_are_refused(options: dict[str, object], says: str) -> None:
    """A branch moves, and a suite must not move with it; code of a dataset is never run."""
    with pytest.raises(ValidationError, match=says):
        HubOptions.model_validate({"location": ".", **options})


def run_here(script: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - this interpreter, and a script of this file
        [sys.executable, "-c", script],
        cwd=folder,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_without_a_network_the_hub_is_a_complaint(tmp_path: Path) -> None:
    """The library is told to stay offline, and what it raises becomes a sentence."""
    script = (
        "from pathlib import Path\n"
        "from passmuster.adapters.datasets.hub import HubLoader, HubOptions\n"
        "from passmuster.domain.errors import InvalidDatasetError\n"
        "options = HubOptions(dataset='some/where', revision='0' * 40)\n"
        "try:\n"
        "    HubLoader(options=options).load(Path('.'))\n"
        "except InvalidDatasetError as error:\n"
        "    print(error)\n"
    )

    done = run_here(script, tmp_path, HF_HUB_OFFLINE="1", HF_HOME=str(tmp_path))

    assert "some/where: the dataset cannot be read" in done.stdout, done.stderr
    assert "without a network" in done.stdout


@pytest.mark.parametrize("content", [None, "", "x = 1\n"])
def test_a_folder_of_that_name_is_not_the_library(tmp_path: Path, content: str | None) -> None:
    """Started from a folder that holds `datasets/`: the library is found behind it, or its absence is said."""
    (tmp_path / "datasets").mkdir()
    if content is not None:
        (tmp_path / "datasets" / "__init__.py").write_text(content, encoding="utf-8")
    script = (
        "from passmuster.libraries import hub_library\n"
        "from passmuster.domain.errors import MissingExtraError\n"
        "try:\n"
        "    print(hub_library().load_from_disk.__name__)\n"
        "except MissingExtraError as error:\n"
        "    print(error)\n"
    )

    done = run_here(script, tmp_path)

    expected = "load_from_disk" if content is None else "is not installed; what Python finds under its name is"
    assert expected in done.stdout, done.stderr


@pytest.mark.parametrize("way", [["-m", "passmuster.cli"], ["-c", "from passmuster.cli.__main__ import main; main()"]])
def test_the_library_is_found_from_the_root_of_this_repository(tmp_path: Path, way: list[str]) -> None:
    """There `datasets/` holds our own cases, and Python looks into the working directory first."""
    intents().save_to_disk(tmp_path / "saved")
    assert (ROOT / "datasets").is_dir()
    mapping = "columns={request: text, agent: intent}"

    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, *way, "dataset", "check", str(tmp_path / "saved"), "--option", mapping],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert "cases: 3" in done.stdout
