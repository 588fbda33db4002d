"""How an answer's files are laid out."""

from pathlib import Path

from passmuster.adapters.criteria.code_tests.programs.layout import Layout, layout_of, written_tests


def laid_out(folder: Path, files: dict[str, str]) -> Layout:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return layout_of(folder)


def test_tests_are_told_from_product_code_by_their_names(tmp_path: Path) -> None:
    """Names of pytest and Django make tests; fixtures, migrations and scripts are no product either."""
    layout = laid_out(
        tmp_path,
        {
            "app/service.py": "",
            "app/migrations/0001_initial.py": "",
            "app/tests.py": "def test_a(): assert 1",
            "tests/test_b.py": "",
            "tests/factories.py": "",
            "checks/c_test.py": "",
            "conftest.py": "",
            "manage.py": "",
        },
    )

    assert layout.tests == ["app/tests.py", "checks/c_test.py", "tests/test_b.py"]
    assert layout.product == ["app/service.py"]


def test_imports_begin_at_every_folder_that_holds_a_project(tmp_path: Path) -> None:
    """Folders with a configuration or with tests are roots, each followed by its sources."""
    layout = laid_out(
        tmp_path,
        {"backend/pyproject.toml": "", "backend/src/app/x.py": "", "shop/tests/test_a.py": "", "worker/y.py": ""},
    )

    assert layout.roots == ["", "backend", "backend/src", "shop"]


def test_only_harmless_settings_of_pytest_are_taken(tmp_path: Path) -> None:
    """The mode of asynchronous tests and Django's settings are; arguments and patterns are not."""
    layout = laid_out(
        tmp_path,
        {
            "setup.cfg": "[tool:pytest]\naddopts = -k nothing\nDJANGO_SETTINGS_MODULE = shop.settings\n",
            "inner/pyproject.toml": '[tool.pytest.ini_options]\nasyncio_mode = "auto"\npython_files = "none"\n',
            "inner/pytest.ini": "[pytest]\nasyncio_mode = strict; rm\n",
            "broken/pyproject.toml": "[[[",
            "broken/tox.ini": "no section",
        },
    )

    assert layout.settings == {"django_settings_module": "shop.settings", "asyncio_mode": "auto"}


def test_links_are_not_followed(tmp_path: Path) -> None:
    """A link in the folder is no file of the answer."""
    (tmp_path / "link.py").symlink_to("/etc/passwd")

    assert laid_out(tmp_path, {"a.py": ""}).texts == {"a.py": ""}


def test_tests_are_found_as_they_are_written(tmp_path: Path) -> None:
    """Functions and methods are; fixtures, helpers, and classes that say they are only inherited from are not."""
    text = """
import pytest


@pytest.fixture
def test_data(): ...


def helper(): ...


def test_one(): assert 1


class TestMany:
    async def test_two(self): assert 1


class CheckingTestCase:
    __test__ = False

    def test_three(self): assert 1


class TestInherited(CheckingTestCase): ...


class AnyTestCase(unittest.TestCase):
    def test_four(self): assert 1
"""
    layout = laid_out(tmp_path, {"test_a.py": text})

    found = [test.identifier for test in written_tests(layout, "test_a.py")]

    assert found == ["test_a.py::test_one", "test_a.py::TestMany::test_two", "test_a.py::AnyTestCase::test_four"]
