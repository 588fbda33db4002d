"""The house rules that a machine can check: parts are registered, files stay short, the door opens quickly."""

import importlib
import pkgutil
import re
import subprocess
import sys
import tomllib
from importlib.metadata import EntryPoint, distribution
from pathlib import Path

import pytest
from pydantic import BaseModel

import passmuster
from passmuster import adapters
from passmuster.components import Component

ROOT = Path(__file__).parents[2]
PREFIX = "passmuster."
HEAVY = {"numpy", "pandas", "scipy", "matplotlib", "pydantic", "jsonschema", "rich", "yaml", "jinja2"}

# Documentation, and names that no machine has.
KNOWN_HOSTS = {
    "127.0.0.1",
    "ai.google.dev",
    "api.anthropic.com",
    "api.openai.com",
    "docs.litellm.ai",
    "docs.ollama.com",
    "generativelanguage.googleapis.com",
    "localhost",
    "platform.claude.com",
    "platform.openai.com",
    "docs.oasis-open.org",
    "example.com",
    "example.invalid",
    "example.org",
    "github.github.com",
    "json-schema.org",
    "spec.commonmark.org",
    "test",
    "testserver",
    "www.postgresql.org",
    "www.rfc-editor.org",
    "www.sqlite.org",
    "www.w3.org",
    "yaml.org",
}


def declared() -> list[EntryPoint]:
    """Return the entry points of components that pyproject.toml declares."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return [
        EntryPoint(name=name, value=value, group=group)
        for group, entries in project["entry-points"].items()
        if group.startswith(PREFIX)
        for name, value in entries.items()
    ]


def named(entry: EntryPoint) -> str:
    return f"{entry.group.removeprefix(PREFIX)}.{entry.name}"


@pytest.mark.parametrize("entry", declared(), ids=named)
def test_every_entry_point_is_a_component_that_refuses_unknown_options(entry: EntryPoint) -> None:
    """A misspelt option must be a complaint, never silence; and every option is explained."""
    component = entry.load()

    assert isinstance(component, Component)
    assert issubclass(component.options, BaseModel)
    assert component.options.model_config.get("extra") == "forbid"
    assert component.options.model_config.get("frozen") is True
    assert component.version
    assert all(field.description for field in component.options.model_fields.values())


def test_what_is_installed_is_what_is_declared() -> None:
    """An editable install that lags behind pyproject.toml would hide a missing part."""
    installed = {
        (entry.group, entry.name, entry.value)
        for entry in distribution("passmuster").entry_points
        if entry.group.startswith(PREFIX)
    }

    assert installed == {(entry.group, entry.name, entry.value) for entry in declared()}


def test_every_component_of_an_adapter_is_registered() -> None:
    """A part that no name leads to is dead."""
    registered = {entry.value for entry in declared()}
    names = [module.name for module in pkgutil.walk_packages(adapters.__path__, f"{adapters.__name__}.")]

    found = {
        f"{name}:{attribute}"
        for name in names
        for attribute, value in vars(importlib.import_module(name)).items()
        if isinstance(value, Component)
    }

    assert found == registered


def test_no_file_is_too_long_to_have_one_subject() -> None:
    """The script that `make check` runs says which."""
    checked = subprocess.run(  # noqa: S603 - this interpreter, and a script of this repository
        [sys.executable, str(ROOT / "scripts" / "check_sizes.py")], check=False, capture_output=True, text=True
    )

    assert (checked.stdout, checked.returncode) == ("", 0)


def test_the_folder_of_datasets_is_no_package() -> None:
    """`import datasets` must find whatever else is called so, and never our cases."""
    assert (ROOT / "datasets").is_dir()
    assert list((ROOT / "datasets").rglob("__init__.py")) == []


def loaded_by(statement: str) -> set[str]:
    script = f"{statement}; import sys; print(*{{name.partition('.')[0] for name in sys.modules}})"
    ran = subprocess.run(  # noqa: S603 - this interpreter, and a script from this file
        [sys.executable, "-c", script], check=True, capture_output=True, text=True
    )
    return set(ran.stdout.split())


@pytest.mark.parametrize(
    "statement", ["import passmuster.cli.__main__", "import passmuster.cli.__main__, passmuster.cli.leaving"]
)
def test_the_door_opens_without_anything_heavy(statement: str) -> None:
    """`passmuster --help` must not wait for packages that it does not use."""
    loaded = loaded_by(statement)

    assert "typer" in loaded
    assert loaded & HEAVY == set()


def test_what_a_run_begins_with_counts_nothing_yet() -> None:
    """What only judging and drawing need is imported when they do: it is memory and time of every run."""
    loaded = loaded_by("import passmuster.cli.running, passmuster.adapters.stores.sqlite")

    assert "pydantic" in loaded
    assert loaded & ((HEAVY | {"aiohttp", "genai_prices"}) - {"pydantic", "rich", "yaml"}) == set()


def test_the_domain_needs_the_standard_library_only() -> None:
    """The nouns can be used anywhere."""
    modules = ", ".join(f"passmuster.domain.{path.stem}" for path in (ROOT / "src/passmuster/domain").glob("*.py"))

    loaded = loaded_by(f"import {modules}".replace("passmuster.domain.__init__", "passmuster.domain"))

    assert loaded & {*HEAVY, "typer", "asyncio"} == set()


def text_files() -> list[Path]:
    folders = (ROOT / "src", ROOT / "tests")
    binary = {".pyc", ".png", ".ico", ".woff2", ".eval"}
    return [
        path
        for folder in folders
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.suffix not in binary and ".egg-info" not in str(path)
    ]


def test_no_file_names_a_host_that_something_could_be_fetched_from() -> None:
    """Neither a registry nor a mirror: addresses lead to specifications, to services that answer, or nowhere."""
    foreign = {
        (str(path.relative_to(ROOT)), host)
        for path in text_files()
        for host in re.findall(r"https?://([A-Za-z0-9.-]+)", path.read_text(encoding="utf-8"))
        if host.rstrip(".") not in KNOWN_HOSTS and not host.endswith(".invalid")
    }
    # In pieces, so that this file does not name them either.
    registries = [
        "pypi" + ".org",
        "python" + "hosted",
        "npm" + "js",
        "crates" + ".io",
        "docker" + ".io",
        "ghcr" + ".io",
    ]
    mentioned = {
        (str(path.relative_to(ROOT)), registry)
        for path in text_files()
        for registry in registries
        if registry in path.read_text(encoding="utf-8").lower()
    }

    assert foreign == set()
    assert mentioned == set()


def test_the_package_says_its_version() -> None:
    """The one of pyproject.toml."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]

    assert passmuster.__version__ == project["version"]
