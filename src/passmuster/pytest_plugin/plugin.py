"""What pytest loads in every run of tests, whether there is a suite or not.

So this module imports nothing of passmuster but the options; everything else is imported when a suite is collected, or
a fixture is used.
"""

import shutil
import sys
import tempfile
from fnmatch import fnmatch
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

import pytest

from passmuster.pytest_plugin.importing import AsInstalled
from passmuster.pytest_plugin.options import add_options, wish_of
from passmuster.pytest_plugin.session import FOLDER, OPEN, WISH, opened

if TYPE_CHECKING:
    from passmuster.pytest_plugin.asserting import RouteAssertion, RubricAssertion, SuiteRuns

IMPORTS: Final = pytest.StashKey[AsInstalled]()
"""How modules of ours are found in this session."""

SHARED: Final = pytest.StashKey[Path]()
"""The folder in which workers meet."""

SUITE_ENDINGS: Final = (".yaml", ".yml")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Tell pytest which options there are."""
    add_options(parser)


def pytest_configure(config: pytest.Config) -> None:
    """Read the options, so that nonsense is refused before anything begins."""
    config.stash[IMPORTS] = AsInstalled()
    sys.meta_path.insert(0, config.stash[IMPORTS])
    config.stash[WISH] = wish_of(config)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:  # noqa: ANN401 - a class of xdist, which need not be installed
    """Tell a worker of pytest-xdist where all of them meet; who first has something to say makes the folder."""
    config: pytest.Config = node.config
    if SHARED not in config.stash:
        config.stash[SHARED] = Path(tempfile.gettempdir()) / f"passmuster-{uuid4().hex}"
    node.workerinput[FOLDER] = str(config.stash[SHARED])


def pytest_unconfigure(config: pytest.Config) -> None:
    """Close what was opened."""
    if IMPORTS in config.stash:
        sys.meta_path.remove(config.stash[IMPORTS])
        del config.stash[IMPORTS]
    if SHARED in config.stash:
        shutil.rmtree(config.stash[SHARED], ignore_errors=True)
    if OPEN in config.stash:
        config.stash[OPEN].close()
        del config.stash[OPEN]


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Collect a suite, where pytest was pointed at it: a bare ``pytest`` that walks everything asks no model."""
    config, session = parent.config, parent.session
    is_named = session.isinitpath(file_path) and file_path.suffix in SUITE_ENDINGS
    if not is_named and not any(fnmatch(file_path.name, pattern) for pattern in config.stash[WISH].patterns):
        return None
    if config.args_source is pytest.Config.ArgsSource.INVOCATION_DIR:
        return None
    from passmuster.pytest_plugin.collecting import SuiteFile, looks_like_suite  # noqa: PLC0415 - see the first lines

    if not looks_like_suite(file_path):
        return None
    opened(config)
    collector: pytest.Collector = SuiteFile.from_parent(parent, path=file_path)
    return collector


def pytest_collection_modifyitems(config: pytest.Config) -> None:
    """Refuse options that no suite can follow."""
    if OPEN in config.stash:
        from passmuster.pytest_plugin.collecting import refuse_mistakes  # noqa: PLC0415 - see the module's first lines

        refuse_mistakes(config)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say which runs were made, and where they can be looked at."""
    found: dict[tuple[str, str], dict[str, object]] = {}
    for reports in terminalreporter.stats.values():
        for report in reports:
            told = dict(getattr(report, "user_properties", ()))
            if "passmuster_run" in told:
                found.setdefault((told["passmuster_suite"], told["passmuster_run"]), {}).update(told)
    if not found:
        return
    terminalreporter.section("passmuster")
    for (suite, run), told in sorted(found.items()):
        verdict = f", the gate: {told['passmuster_verdict']}" if "passmuster_verdict" in told else ""
        terminalreporter.write_line(f"{suite}: run {run}{verdict}")
        if "passmuster_report" in told:
            terminalreporter.write_line(f"{suite}: reports in {told['passmuster_report']}")


@pytest.fixture
def passmuster_run(request: pytest.FixtureRequest) -> "SuiteRuns":
    """Return what runs a suite, once in a session, and returns its results as a Report."""
    from passmuster.pytest_plugin.asserting import SuiteRuns, Where  # noqa: PLC0415 - see the module's first lines

    return SuiteRuns(Where(opened(request.config), request.path))


@pytest.fixture
def assert_routes_to(request: pytest.FixtureRequest) -> "RouteAssertion":
    """Return what asserts that a request goes to an agent."""
    from passmuster.pytest_plugin.asserting import RouteAssertion, Where  # noqa: PLC0415 - see the module's first lines

    return RouteAssertion(Where(opened(request.config), request.path))


@pytest.fixture
def assert_rubric(request: pytest.FixtureRequest) -> "RubricAssertion":
    """Return what asserts that an answer passes a rubric."""
    from passmuster.pytest_plugin.asserting import RubricAssertion, Where  # noqa: PLC0415 - see the module's first lines

    return RubricAssertion(Where(opened(request.config), request.path))
