"""The environment of answers: whole or not at all, once on a machine."""

import json
import os
import stat
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from passmuster.domain.errors import EnvironmentFaultError
from passmuster.sandboxing.environments import READY, Environments, Ready
from passmuster.sandboxing.installing import TYPES, Told, pinned
from passmuster.sandboxing.interpreters import Interpreter, found_interpreter, is_readable_by_all

Making = tuple[Environments, list[Path]]


@pytest.fixture
def open_place() -> Iterator[Path]:
    """A folder that every user can read, as pytest's own are not."""
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        place.chmod(0o755)
        yield place


@pytest.fixture
def making(open_place: Path) -> Making:
    """Environments that are made in no time, and a list of those that were."""
    made: list[Path] = []

    def make(_interpreter: Interpreter, folder: Path, told: Told) -> None:
        made.append(folder)
        told(0.5, "making it")
        library = folder / "lib" / "python3.11" / "site-packages"
        (library / "thing-1.2.dist-info").mkdir(parents=True)
        (library / "thing-1.2.dist-info" / "METADATA").write_text("Name: Thing\nVersion: 1.2\n", encoding="utf-8")
        (library / "thing.py").write_text("THING = 1\n", encoding="utf-8")
        (folder / TYPES).mkdir()
        (folder / TYPES / "cache").write_text("", encoding="utf-8")

    return Environments(open_place / "home", make=make), made


def untold(_share: float, _what: str) -> None:
    """Tell nobody."""


def test_it_is_prepared_once_and_found_then(making: Making) -> None:
    """What was prepared is known with its packages; preparing again does nothing."""
    environments, made = making

    before = environments.find()
    first = environments.prepare(untold)
    again = Environments(environments.home, make=environments.make).prepare(untold)

    assert before is None
    assert len(made) == 1
    assert first.packages == {"thing": "1.2"}
    assert first.environment == again.environment
    assert first.environment.python.is_relative_to(environments.folder)
    assert environments.folder in first.environment.read_only


def test_its_fingerprint_tells_its_packages(making: Making, open_place: Path) -> None:
    """Equal packages have one fingerprint wherever they lie, and others have another."""
    environments, _ = making
    one = environments.prepare(untold)
    elsewhere = Environments(open_place / "elsewhere", make=environments.make)

    same = elsewhere.prepare(untold)
    ready = elsewhere.folder / READY
    told = json.loads(ready.read_text(encoding="utf-8"))
    told["packages"]["thing"] = "1.3"
    ready.write_text(json.dumps(told), encoding="utf-8")
    other = elsewhere.find()

    assert one.environment.fingerprint == same.environment.fingerprint
    assert other is not None
    assert other.environment.fingerprint != one.environment.fingerprint


def test_releases_of_one_series_judge_alike(making: Making) -> None:
    """A patch release, and what only some of them need, keep no two machines from being compared."""
    environments, _ = making
    one = environments.prepare(untold)
    ready = environments.folder / READY
    told = json.loads(ready.read_text(encoding="utf-8"))
    ready.write_text(json.dumps({**told, "packages": {**told["packages"], "async-timeout": "5.0.1"}}), encoding="utf-8")

    found = environments.find()

    assert found is not None
    assert found.environment.fingerprint == one.environment.fingerprint


def test_nobody_writes_it_afterwards(making: Making) -> None:
    """All but the cache of types, which is copied with its rights before it is used."""
    environments, _ = making

    environments.prepare(untold)

    folder = environments.folder
    modes = {
        path.relative_to(folder).as_posix(): stat.S_IMODE(path.stat().st_mode) & 0o222 for path in folder.rglob("*")
    }
    library = {name: mode for name, mode in modes.items() if name.startswith("lib/")}
    assert set(library.values()) == {0}
    assert modes[f"{TYPES}/cache"] == 0o200


@pytest.mark.parametrize("error", [KeyboardInterrupt(), EnvironmentFaultError("no network")], ids=["Ctrl-C", "fault"])
def test_what_was_interrupted_does_not_look_ready(making: Making, error: BaseException) -> None:
    """Nothing is left of it, and the next try makes it anew."""
    environments, made = making

    def break_off(interpreter: Interpreter, folder: Path, told: Told) -> None:
        environments.make(interpreter, folder, told)
        raise error

    broken = Environments(environments.home, make=break_off)
    with pytest.raises(type(error)):
        broken.prepare(untold)
    is_left = broken.folder.exists()
    after = environments.prepare(untold)

    assert not is_left
    assert after.packages == {"thing": "1.2"}
    assert len(made) == 2


def test_what_was_killed_does_not_look_ready_either(making: Making) -> None:
    """Without the mark that is written last, a folder counts for nothing and is made anew."""
    environments, made = making
    environments.prepare(untold)
    (environments.folder / READY).unlink()

    found = environments.find()
    again = environments.prepare(untold)

    assert found is None
    assert again.packages == {"thing": "1.2"}
    assert len(made) == 2


def test_two_at_once_make_it_once(making: Making) -> None:
    """The second waits for the first, says so, and uses what that made."""
    environments, made = making
    is_made, may_go_on = threading.Event(), threading.Event()
    told: list[str] = []

    def slowly(interpreter: Interpreter, folder: Path, tell: Told) -> None:
        environments.make(interpreter, folder, tell)
        is_made.set()
        assert may_go_on.wait(60)

    def tell(_share: float, what: str) -> None:
        told.append(what)
        may_go_on.set()

    first = threading.Thread(target=Environments(environments.home, make=slowly).prepare, args=(untold,))
    first.start()
    assert is_made.wait(60)
    second = environments.prepare(tell)
    first.join(60)

    assert len(made) == 1
    assert "waiting for another process that prepares it" in told
    assert second.packages == {"thing": "1.2"}


def test_what_others_can_write_is_not_trusted(making: Making) -> None:
    """Whoever could put a program there would have it run."""
    environments, _ = making
    environments.home.mkdir(mode=0o755)
    environments.home.chmod(0o777)

    with pytest.raises(EnvironmentFaultError, match="others can write"):
        environments.prepare(untold)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root's sandbox runs as another user")
def test_root_needs_a_place_that_others_can_read(making: Making, tmp_path: Path) -> None:
    """A closed folder above it is found before a minute is spent."""
    environments, made = making
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)

    with pytest.raises(EnvironmentFaultError, match="cannot read"):
        Environments(closed / "home", make=environments.make).prepare(untold)

    assert made == []


def test_removing_leaves_nothing(making: Making) -> None:
    """And says how much that was."""
    environments, _ = making
    environments.prepare(untold)

    freed = environments.remove()

    assert freed > 0
    assert environments.find() is None
    assert not (environments.home / "environments").exists()


def test_the_interpreter_is_one_that_a_sandbox_can_read() -> None:
    """Not too old, and as root not below a folder that is root's own."""
    found = found_interpreter()

    told = subprocess.run(  # noqa: S603 - the interpreter that was found
        [str(found.path), "-c", "import platform; print(platform.python_version())"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout.strip() == found.version
    assert os.geteuid() != 0 or is_readable_by_all(found.path.resolve())


def test_a_closed_folder_closes_all_below_it(tmp_path: Path) -> None:
    """Only those above count that others may pass, and only what they may read."""
    folder = tmp_path / "a" / "b"
    folder.mkdir(parents=True)
    os.chmod(tmp_path, 0o700)  # noqa: PTH101 - as it is for a user's own folder

    assert is_readable_by_all(Path("/usr"))
    assert not is_readable_by_all(folder)
    assert not is_readable_by_all(tmp_path / "nothing")


def test_the_real_one_has_what_answers_import_and_a_warm_cache(answers_environment: Ready, tmp_path: Path) -> None:
    """Every pinned package is there, none can be installed into it, and mypy finds its cache warm."""
    environment = answers_environment.environment
    assert environment.type_cache is not None
    code = "import fastapi, sqlalchemy, django, pydantic_settings, pytest, coverage, mypy; import importlib.util as u; "
    code += "print(u.find_spec('pip'))"

    told = subprocess.run(  # noqa: S603 - the environment's own interpreter
        [str(environment.python), "-c", code], capture_output=True, text=True, check=False, env={}, cwd=tmp_path
    )

    assert (told.stdout.strip(), told.returncode) == ("None", 0), told.stderr
    assert 0.8 * pinned() <= len(answers_environment.packages) <= pinned()
    assert (environment.type_cache / "mypy.ini").is_file()
    assert sys.version_info >= (3, 11)


def test_an_environment_with_missing_files_is_made_anew(making: Making) -> None:
    """Somebody has cleaned up: otherwise the answers would be blamed for what is not there."""
    environments, made = making
    environments.prepare(untold)
    missing = environments.folder / "lib" / "python3.11" / "site-packages" / "thing.py"
    missing.parent.chmod(0o755)
    missing.unlink()

    found = environments.find()
    environments.prepare(untold)

    assert found is None
    assert made == [environments.folder, environments.folder]
    assert missing.is_file()
