"""Which suite a command is about: named by file, folder or name, or the only one."""

from pathlib import Path

import pytest

from passmuster.configuration.reading import find_suite
from passmuster.domain.errors import InvalidConfigurationError


def suite_in(folder: Path) -> Path:
    folder.mkdir(parents=True)
    path = folder / "suite.yaml"
    path.write_text("name: example\n", encoding="utf-8")
    return path


def test_the_only_suite_needs_no_name(tmp_path: Path) -> None:
    """Most repositories have one."""
    path = suite_in(tmp_path / "evals" / "one")

    assert find_suite(None, tmp_path) == path


@pytest.mark.parametrize("wanted", ["one", "evals/one", "evals/one/suite.yaml", "./evals/one/"])
def test_a_suite_is_named_by_file_folder_or_name(tmp_path: Path, wanted: str) -> None:
    """Whatever is quickest to type; relative to the folder that is asked about."""
    path = suite_in(tmp_path / "evals" / "one")
    suite_in(tmp_path / "evals" / "two")

    assert find_suite(wanted, tmp_path) == path
    assert find_suite(str(path), tmp_path / "elsewhere") == path


def test_a_suite_below_the_working_folder_is_named_as_short_as_can_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every complaint about it repeats its path."""
    suite_in(tmp_path / "evals" / "one")
    monkeypatch.chdir(tmp_path)

    assert find_suite("one", tmp_path) == find_suite(None, tmp_path) == Path("evals/one/suite.yaml")


@pytest.mark.parametrize(
    ("names", "wanted", "message", "hint"),
    [
        ((), None, "there is no evals/*/suite.yaml here", "make one with `passmuster init`"),
        (("a", "b"), None, "there are several suites: a, b", "name the one to use"),
        (("a", "b"), "c", "there is no suite 'c'", "one below evals (there: a, b)"),
        ((), "c", "there is no suite 'c'", "one below evals (there: none)"),
        ((), "x" * 5000, "there is no suite", "name a suite.yaml"),
        ((), "nul\0", "there is no suite 'nul\\x00'", "name a suite.yaml"),
    ],
)
def test_a_suite_that_is_not_found_is_explained(
    tmp_path: Path, names: tuple[str, ...], wanted: str | None, message: str, hint: str
) -> None:
    """With what there is to choose from."""
    for name in names:
        suite_in(tmp_path / "evals" / name)

    with pytest.raises(InvalidConfigurationError) as caught:
        find_suite(wanted, tmp_path)

    (finding,) = caught.value.findings
    assert finding.message.startswith(message)
    assert hint in finding.hint
