"""Reading the code of an answer, and crossing out what tells tools to look away."""

import ast
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passmuster.adapters.criteria.code.cheats import SUPPRESSIONS
from passmuster.adapters.criteria.code.programs.sources import Source, is_test, read
from passmuster.adapters.criteria.code.programs.suppressions import NAMES, neutralised, suppressions

from .examiners import read_files


def source_of(folder: Path, text: str) -> Source:
    [source] = read_files(folder, {"app.py": text}).good
    return source


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("tests/test_orders.py", True),
        ("app/tests/factories.py", True),
        ("app/orders_test.py", True),
        ("conftest.py", True),
        ("orders/tests.py", True),
        ("app/testimony.py", False),
        ("app/contest.py", False),
    ],
)
def test_tests_are_told_by_their_path(path: str, expected: bool) -> None:  # noqa: FBT001 - parametrized
    """By the names that pytest and Django look for."""
    assert is_test(path) is expected


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("x = 1\nprint 'old'\n", 2),
        ("def f(:\n", 1),
        ("if True:\n  x = 1\n y = 2\n", 3),
        ("x = '''\n", 1),
        ("x = 1\x00\n", 1),
        ("(" * 300 + ")" * 300, 1),
        ("-" * 100_000 + "1", 1),
    ],
)
def test_what_cannot_be_parsed_is_named_with_its_line(tmp_path: Path, text: str, line: int) -> None:
    """Old Python, halves of files and code made to break a parser are broken files, and nothing worse."""
    found = read_files(tmp_path, {"good.py": "x = 1\n", "bad.py": text})

    assert [source.path for source in found.good] == ["good.py"]
    assert [(place.file, place.line) for place in found.broken] == [("bad.py", line)]


def test_links_are_not_followed(tmp_path: Path) -> None:
    """Neither to files nor to folders."""
    (tmp_path / "answer").mkdir()
    (tmp_path / "secret.py").write_text("x = 1\n", encoding="utf-8")
    (tmp_path / "answer" / "link.py").symlink_to(tmp_path / "secret.py")
    (tmp_path / "answer" / "folder").symlink_to(tmp_path)

    assert read(tmp_path / "answer").good == ()


def test_names_mean_what_was_imported(tmp_path: Path) -> None:
    """Through aliases, from-imports and relative imports, in packages and modules."""
    text = "import time as clock\nfrom os import environ\nfrom . import models\nfrom .errors import OrderError\n"
    sources = read_files(tmp_path, {"app/__init__.py": "from .orders import place\n", "app/orders.py": text})
    package, orders = sources.good

    assert orders.full_name(ast.parse("clock.sleep", mode="eval").body) == "time.sleep"
    assert orders.imports["environ"] == "os.environ"
    assert orders.imports["models"] == "app.models"
    assert orders.imports["OrderError"] == "app.errors.OrderError"
    assert package.imports["place"] == "app.orders.place"


@pytest.mark.parametrize(
    ("comment", "name"),
    [
        ("# type: ignore", "type_ignore"),
        ("#type:ignore[arg-type]", "type_ignore"),
        ("# why not  # type: ignore[misc]", "type_ignore"),
        ("# mypy: ignore-errors", "mypy_comment"),
        ("# mypy: disable-error-code=misc", "mypy_comment"),
        ("# pyright: basic", "pyright_comment"),
        ("# pyright: ignore[reportMissing]", "pyright_comment"),
        ("# noqa", "noqa"),
        ("# NOQA: E501, F401", "noqa"),
        ("# noqa:E501", "noqa"),
        ("# ruff: noqa: F401", "file_noqa"),
        ("# flake8: noqa", "file_noqa"),
        ("# ruff: disable[E501]", "file_noqa"),
        ("# fmt: off", "format_off"),
        ("# fmt:skip", "format_off"),
        ("# yapf: disable", "format_off"),
        ("# isort: skip_file", "isort_skip"),
        ("# pragma: no cover", "no_cover"),
        ("# pragma:no branch", "no_cover"),
        ("# nosec B105", "nosec"),
        ("# pylint: disable=broad-except", "pylint_disable"),
    ],
)
def test_suppressions_are_found_and_crossed_out(tmp_path: Path, comment: str, name: str) -> None:
    """Each by its name, and afterwards none is left, at the same length."""
    source = source_of(tmp_path, f"import os\nx = 'é'; y = 1  {comment}\n")

    crossed_out = neutralised(source, for_ruff=False)

    assert name in {found for found, _ in suppressions(source)}
    assert {place.line for _, place in suppressions(source)} == {2}
    assert [len(line) for line in crossed_out.split("\n")] == [len(line) for line in source.text.split("\n")]
    assert suppressions(source_of(tmp_path, crossed_out)) == []


@pytest.mark.parametrize(
    "text",
    [
        'x = "# type: ignore"\n',
        '"""Write # noqa at the end of a line."""\n',
        "x = 1  # the type: ignored by nobody\n",
        "x = 1  # types are ignored\n",
        "x = 1  # see mypy documentation\n",
        "x = 1  # a pragmatic choice: no coverage is lost\n",
    ],
)
def test_texts_and_plain_comments_are_no_suppressions(tmp_path: Path, text: str) -> None:
    """Only comments count, and only those that a tool would heed."""
    source = source_of(tmp_path, text)

    assert suppressions(source) == []
    assert neutralised(source, for_ruff=False) == text


def test_comments_of_type_checkers_are_left_for_ruff(tmp_path: Path) -> None:
    """They do not count for the length of a line, which must not grow by being looked at; ruff is told otherwise."""
    text = "x = 1  # type: ignore[misc]\ny = 2  # fmt: skip\nz = 3  # noqa\n"
    source = source_of(tmp_path, text)

    assert neutralised(source, for_ruff=True) == text.replace("fmt: skip", "xxxx xxxx")


@given(
    st.lists(
        st.sampled_from(["x = 1", "# type: ignore", "  # noqa", "\t", "\r", "\f", "'''", '"', "é", "# fmt: off", "\n"]),
        max_size=20,
    )
)
def test_whatever_is_written_stays_as_long_as_it_was(parts: list[str]) -> None:
    """Every line keeps its length, and a second look finds nothing."""
    # Hypothesis does not renew a fixture for each example.
    with tempfile.TemporaryDirectory() as folder:
        sources = read_files(Path(folder), {"app.py": "".join(parts)})
        for source in sources.good:
            crossed_out = neutralised(source, for_ruff=False)
            [again] = read_files(Path(folder), {"app.py": crossed_out}).good

            assert [len(line) for line in crossed_out.split("\n")] == [len(line) for line in source.text.split("\n")]
            assert suppressions(again) == []


def test_every_suppression_has_a_name_that_a_suite_may_allow() -> None:
    """The criterion knows the same names."""
    assert set(NAMES) <= set(SUPPRESSIONS)
