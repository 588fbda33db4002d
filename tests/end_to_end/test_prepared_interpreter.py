"""The interpreter that runs the commands of these tests: nobody sees that it had its imports before."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.prepared_interpreter import written_command

from .conftest import Outcome, Repository, clean_environment

LOOKING = """\
import os
import sys
from pathlib import Path

print(os.getpid(), os.getcwd(), os.environ["SAID"], sys.argv[1:], sys.path[0], file=sys.stderr)


def route(request, roster):
    return None
"""


def anew(repository: Repository, *arguments: str, **environment: str) -> Outcome:
    """Run a command in an interpreter of its own."""
    done = subprocess.run(  # noqa: S603 - our own program, with arguments from these tests
        [sys.executable, "-m", "passmuster.cli", *arguments],
        cwd=repository.folder,
        env={**clean_environment(), **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )
    return Outcome(done.returncode, done.stdout.decode(), done.stderr.decode())


@pytest.mark.parametrize(
    "arguments", [("lint", "--no-such-option"), ("dataset", "check"), ("run", "nothing"), ("--help",)]
)
def test_a_command_is_as_in_an_interpreter_of_its_own(repository: Repository, arguments: tuple[str, ...]) -> None:
    """The same status, and the same words on both streams, down to how the program is called."""
    assert repository.passmuster(*arguments, COLUMNS="70") == anew(repository, *arguments, COLUMNS="70")


def test_each_command_is_a_process_with_its_own_surroundings(repository: Repository) -> None:
    """Folder, variables, arguments and modules of one are nothing to the next."""
    (repository.suite.parent / "looking.py").write_text(LOOKING, encoding="utf-8")
    text = repository.suite.read_text(encoding="utf-8")
    router = "{use: callable, target: './looking.py:route'}"
    repository.suite.write_text(text.replace("{use: lexical}", router), encoding="utf-8")

    told = [
        repository.passmuster("explain", "nobody-1", SAID=word).errors.splitlines()[0].split(" ", 1)
        for word in ("one", "two")
    ]

    folder = str(repository.folder)
    assert [rest for _, rest in told] == [
        f"{folder} {word} ['explain', 'nobody-1'] {folder}" for word in ("one", "two")
    ]
    assert len({process for process, _ in told} | {str(os.getpid())}) == 3


def test_what_is_decided_at_the_start_is_decided_anew(repository: Repository) -> None:
    """Whoever names another encoding gets an interpreter that was started with it."""
    plain = repository.passmuster("dataset", "stats", LC_ALL="C")

    assert plain.status == 0, plain.screen
    assert plain.output.isascii()


def test_a_shell_finds_it(repository: Repository, tmp_path: Path) -> None:
    """With its own folder, variables, streams and status."""
    written_command(tmp_path / "bin" / "passmuster")
    path = f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}"

    script = "cd evals && passmuster run nothing 2>&1 >/dev/null | cat; passmuster --version; passmuster run nothing"
    done = subprocess.run(  # noqa: S603 - words of this test
        ["/bin/sh", "-c", script],
        cwd=repository.folder,
        env={**clean_environment(), "PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )

    complaint, version = done.stdout.splitlines()[0], done.stdout.splitlines()[-1]
    assert done.returncode == 2
    assert "nothing" in complaint
    assert version.startswith("passmuster ")
    assert complaint in done.stderr


def test_a_command_that_a_signal_ends_is_told_so(repository: Repository) -> None:
    """As a shell or a `subprocess` would tell it."""
    (repository.suite.parent / "ending.py").write_text(
        "import os\n\n\ndef route(request, roster):\n    os.kill(os.getpid(), 9)\n", encoding="utf-8"
    )
    text = repository.suite.read_text(encoding="utf-8")
    router = "{use: callable, target: './ending.py:route'}"
    repository.suite.write_text(text.replace("{use: lexical}", router), encoding="utf-8")

    assert repository.passmuster("explain", "nobody-1").status == -9
