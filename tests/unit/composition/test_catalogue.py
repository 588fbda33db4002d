"""Components by name, by file and by module."""

import os
import sys
from pathlib import Path

import pytest

from passmuster.components import Component
from passmuster.composition.catalogue import Catalogue
from passmuster.domain.errors import MissingExtraError, UnknownComponentError
from passmuster.domain.values import fingerprint_of

OWN = """
from pydantic import BaseModel
from passmuster.components import Component

class Options(BaseModel):
    pass

COMPONENT = Component(options=Options, build=lambda options, context: "built here")
other = 7
"""


@pytest.fixture
def catalogue(tmp_path: Path) -> Catalogue:
    """A suite's folder with a module of its own."""
    (tmp_path / "own.py").write_text(OWN, encoding="utf-8")
    (tmp_path / "needy.py").write_text("import a_package_that_is_nowhere\n", encoding="utf-8")
    return Catalogue(folder=tmp_path)


def test_registered_names_are_listed_in_order(catalogue: Catalogue) -> None:
    """The names that a suite can use come from the entry points."""
    names = catalogue.names("routers")

    assert names == tuple(sorted(names))
    assert {"callable", "cascade", "lexical", "trained"} <= set(names)


def test_registered_component_is_loaded(catalogue: Catalogue) -> None:
    """A name gives the component that its entry point names."""
    assert isinstance(catalogue.component("routers", "lexical"), Component)


def test_unknown_name_lists_the_known(catalogue: Catalogue) -> None:
    """A misspelt name is answered with the right ones."""
    with pytest.raises(UnknownComponentError, match=r"known: callable, .*lexical"):
        catalogue.component("routers", "lexicl")


def test_component_of_the_suites_own(catalogue: Catalogue) -> None:
    """A file beside the suite brings a component, loaded once."""
    first, second = (catalogue.component("routers", "./own.py:COMPONENT") for _ in range(2))

    assert first is second


@pytest.mark.parametrize(
    ("reference", "says"),
    [
        ("./own.py:other", "names int, not a Component"),
        ("./own.py:missing", "has no 'missing'"),
        ("./nowhere.py:COMPONENT", "there is no file './nowhere.py'"),
        ("a_package_that_is_nowhere:COMPONENT", "there is no module 'a_package_that_is_nowhere'"),
        (":COMPONENT", "names no object"),
    ],
)
def test_wrong_reference_is_explained(catalogue: Catalogue, reference: str, says: str) -> None:
    """What is wrong with a reference is said in a sentence."""
    with pytest.raises(UnknownComponentError, match=says.replace("(", "\\(")):
        catalogue.component("routers", reference)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("def choose(:\n", "'./broken.py' cannot be imported: SyntaxError, line 1"),
        ("1 / 0\n", "'./broken.py' cannot be imported: ZeroDivisionError"),
        ("import a_package_that_is_nowhere\n", "'./broken.py' cannot be imported: ModuleNotFoundError"),
    ],
)
def test_file_that_cannot_be_imported_is_the_users(catalogue: Catalogue, text: str, says: str) -> None:
    """Whatever a user's file raises is an error of the input, and mended, it is read afresh."""
    path = catalogue.folder / "broken.py"
    path.write_text(text, encoding="utf-8")

    with pytest.raises(UnknownComponentError) as caught:
        catalogue.resolve("./broken.py:choose")

    assert caught.value.message.startswith(says)
    path.write_text("choose = 'mended and longer than before, for the cache of compiled files'\n", encoding="utf-8")
    assert catalogue.resolve("./broken.py:choose")


def test_missing_package_is_no_missing_component(
    catalogue: Catalogue, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A module that is there, and imports something that is not, needs an installation and no correction."""
    monkeypatch.syspath_prepend(str(tmp_path))

    with pytest.raises(MissingExtraError, match="a_package_that_is_nowhere"):
        catalogue.resolve("needy:anything")


def test_a_file_that_was_edited_within_a_moment_is_read_again(tmp_path: Path) -> None:
    """To the same length, too: neither its size nor its time tells; and no cache is left in the suite's folder."""
    file, found = tmp_path / "edited.py", []
    for number in (1, 2):
        file.write_text(f"VALUE = {number}\n", encoding="utf-8")
        os.utime(file, (1_000_000_000, 1_000_000_000))
        found.append(Catalogue(folder=tmp_path).resolve("./edited.py:VALUE"))
        del sys.modules[f"passmuster_suite_{fingerprint_of(str(file.resolve()))}"]

    assert found == [1, 2]
    assert [path.name for path in tmp_path.iterdir()] == ["edited.py"]
