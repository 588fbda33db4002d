"""The revision of a git repository, as the git program tells it."""

import io
import os
import posixpath
import shutil
import subprocess
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Final

from pydantic import BaseModel, ConfigDict, Field

from passmuster.components import BuildContext, Component
from passmuster.domain.errors import InvalidConfigurationError
from passmuster.domain.findings import Finding, Severity
from passmuster.domain.results import Commit, Revision
from passmuster.ports import Revisions

if TYPE_CHECKING:
    from tarfile import TarInfo

_LOCATING: Final = frozenset(
    {
        "GIT_ALTERNATE_OBJECT_DIRECTORIES",
        "GIT_COMMON_DIR",
        "GIT_DIR",
        "GIT_INDEX_FILE",
        "GIT_NAMESPACE",
        "GIT_OBJECT_DIRECTORY",
        "GIT_PREFIX",
        "GIT_WORK_TREE",
    }
)
"""Variables that git sets for its hooks; they would name the hook's repository, not the folder's."""

LITERALLY: Final = "--literal-pathspecs"
"""Lets a path mean itself, whatever it looks like."""


class GitRevisions:
    """Asks the git program; conforms to :class:`passmuster.ports.Revisions`."""

    def __init__(self, *, time_limit: float = 10.0) -> None:
        """Keep the time limit.

        Args:
            time_limit: Seconds after which a repository counts as having no revision.
        """
        self._time_limit = time_limit

    def current(self, folder: Path) -> Revision | None:
        """Return the revision that holds the folder.

        The branch is empty where none is checked out. A revision is dirty when a file of the repository was
        changed, or is new and not ignored.

        Returns:
            ``None`` without the git program, outside a repository, before its first commit, when git refuses
            the repository (as one of another user), or when it takes longer than the time limit.
        """
        status = self._status(folder)
        if status is None:
            return None
        headers: dict[str, str] = {}
        is_dirty = False
        for line in status.splitlines():
            if line.startswith("# "):
                name, _, value = line.removeprefix("# ").partition(" ")
                headers[name] = value
            else:
                is_dirty = True
        commit, branch = headers.get("branch.oid", "(initial)"), headers.get("branch.head", "")
        if commit == "(initial)":
            return None
        return Revision(commit=commit, branch="" if branch == "(detached)" else branch, is_dirty=is_dirty)

    def tree_at(self, reference: str, folder: Path, destination: Path, paths: Sequence[Path] = ()) -> Path:
        """Write the files of a commit, branch or tag; links that lead out of the tree are left out.

        Raises:
            InvalidConfigurationError: If there is no repository, no such revision in it, or it has none of the paths.
        """
        prefix = self._git(folder, "rev-parse", "--show-prefix")
        commit = self._resolved(reference, folder)
        wanted = self._tracked(folder, paths)
        if prefix is None or commit is None or (paths and not wanted):
            raise _unknown(reference, folder)
        top = self._git(folder, "rev-parse", "--show-toplevel")
        archive = None if top is None else self._archive(Path(_text(top)), commit, wanted)
        if archive is None:
            raise _unknown(reference, folder)
        import tarfile  # noqa: PLC0415 - few commands look at another revision

        with tarfile.open(fileobj=io.BytesIO(archive), mode="r:", errorlevel=0) as files:
            members = [one for one in files if _stays_within(one)]
            if hasattr(tarfile, "data_filter"):
                files.extraction_filter = tarfile.data_filter
            files.extractall(destination, members)  # noqa: S202 - only members that stay within
        return destination / _text(prefix)

    def commit(self, reference: str, folder: Path) -> Commit:
        """Return the commit that a reference names.

        Raises:
            InvalidConfigurationError: If there is no repository, or no such revision in it.
        """
        identifier = self._resolved(reference, folder)
        found = None if identifier is None else self._log(folder, "--max-count=1", identifier)
        if not found:
            raise _unknown(reference, folder)
        return found[0]

    def between(self, good: str | None, bad: str, folder: Path, paths: Sequence[Path] = ()) -> Sequence[Commit]:
        """Return the commits that lead from one revision to another along first parents, the oldest first.

        Raises:
            InvalidConfigurationError: If there is no repository, no such revision in it, or the older one is no
                ancestor of the newer one.
        """
        wanted_ends = [reference for reference in (good, bad) if reference is not None]
        ends = [self._resolved(reference, folder) for reference in wanted_ends]
        unknown = [reference for reference, end in zip(wanted_ends, ends, strict=True) if end is None]
        if unknown:
            raise _unknown(unknown[0], folder)
        *older, newer = map(str, ends)
        if older and self._git(folder, "merge-base", "--is-ancestor", older[0], newer) is None:
            raise _no_ancestor(str(good), bad)
        wanted = self._tracked(folder, paths)
        if paths and not wanted:
            return ()
        found = self._log(folder, "--first-parent", "..".join([*older, newer]), "--", *wanted)
        if found is None:
            raise _unknown(bad, folder)
        return found[::-1]

    def is_same(self, one: str, other: str, folder: Path, paths: Sequence[Path]) -> bool:
        """Whether files and folders are the same at two revisions; not where either is unknown."""
        ends = [self._resolved(reference, folder) for reference in (one, other)]
        wanted = [self._tracked(folder, [path]) for path in paths]
        if None in ends or not all(wanted):
            return False
        places = [place for found in wanted for place in found]
        # Neither a program that the repository names is run, nor is a difference of blanks none.
        quiet = ("diff", "--quiet", "--no-ext-diff", "--no-textconv", "--ignore-submodules=none")
        return not places or self._git(folder, LITERALLY, *quiet, *map(str, ends), "--", *places) is not None

    def _archive(self, top: Path, commit: str, wanted: Sequence[str]) -> bytes | None:
        places = [os.path.relpath(place, os.path.realpath(top)) for place in wanted]
        return self._git(top, LITERALLY, "archive", "--format=tar", commit, "--", *places)

    def _resolved(self, reference: str, folder: Path) -> str | None:
        """Return the full name of a commit; a reference that looks like an option is none."""
        # An operating system takes no such argument, and git no such name.
        if "\0" in reference:
            return None
        answer = self._git(folder, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{reference}^{{commit}}")
        return None if answer is None else _text(answer)

    def _tracked(self, folder: Path, paths: Sequence[Path]) -> list[str]:
        """Return what git may be asked about: paths of this repository, and what links among them lead to."""
        answer = self._git(folder, "rev-parse", "--show-toplevel")
        if answer is None:
            return []
        top = Path(os.path.realpath(_text(answer)))
        found = [
            Path(place)
            for path in paths
            for place in (os.path.join(os.path.realpath(path.parent), path.name), os.path.realpath(path))  # noqa: PTH118 - text, as realpath returns it
        ]
        return [str(path) for path in dict.fromkeys(found) if path.is_relative_to(top)]

    def _log(self, folder: Path, *arguments: str) -> Sequence[Commit] | None:
        # Commits hold no NUL characters, and the user's settings do not count.
        general = (LITERALLY, "-c", "log.follow=false")
        shape = ("--encoding=UTF-8", "--no-show-signature", "--format=%H%x00%cI%x00%s%x00")
        answer = self._git(folder, *general, "log", *shape, *arguments)
        if answer is None:
            return None
        fields = answer.decode("utf-8", "replace").split("\0")
        rows = zip(fields[0::3], fields[1::3], fields[2::3], strict=False)
        return [
            Commit(identifier=name.strip(), title=title, committed_at=datetime.fromisoformat(moment))
            for name, moment, title in rows
        ]

    def _status(self, folder: Path) -> str | None:
        answer = self._git(folder, "status", "--porcelain=v2", "--branch", "--untracked-files=normal")
        # Names of branches and files need not be UTF-8.
        return None if answer is None else answer.decode("utf-8", "replace")

    def _git(self, folder: Path, *arguments: str) -> bytes | None:
        program = shutil.which("git")
        if program is None:
            return None
        # A file system monitor is a program that the repository names; asking git must not run it.
        command = [program, "-c", "core.fsmonitor=false", "-C", str(folder), *arguments]
        environment = {name: value for name, value in os.environ.items() if name not in _LOCATING}
        try:
            finished = subprocess.run(  # noqa: S603 - a list of arguments, no shell; the folder is no option after -C
                command,
                env={**environment, "GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C"},
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=self._time_limit,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired):
            return None
        return finished.stdout if finished.returncode == 0 else None


def _stays_within(member: "TarInfo") -> bool:
    """Whether unpacking writes nothing outside the tree: neither by name nor through a link, and no devices.

    The library's own filter, which is asked as well, came only with Python 3.11.4.
    """
    if not (member.isfile() or member.isdir() or member.issym()):
        return False
    # A tree of git never holds anything below a link, so a link is judged by its own place.
    target = PurePosixPath(member.name).parent / member.linkname if member.issym() else PurePosixPath(member.name)
    led = posixpath.normpath(target)
    return not (target.is_absolute() or led == ".." or led.startswith("../"))


def _text(answer: bytes) -> str:
    # Paths need not be UTF-8; the operating system takes them back as they came.
    return os.fsdecode(answer.removesuffix(b"\n"))


def _unknown(reference: str, folder: Path) -> InvalidConfigurationError:
    finding = Finding(
        rule="unknown-revision",
        severity=Severity.ERROR,
        message=f"git knows no revision {reference!r} for {str(folder)!r}",
        hint="name a commit, a branch or a tag of the repository that holds the suite; in CI, fetch it first",
    )
    return InvalidConfigurationError([finding])


def _no_ancestor(good: str, bad: str) -> InvalidConfigurationError:
    finding = Finding(
        rule="no-ancestor",
        severity=Severity.ERROR,
        message=f"{good!r} is no ancestor of {bad!r}",
        hint="name the older revision first, and one that the newer one was made from; in CI, fetch the whole history",
    )
    return InvalidConfigurationError([finding])


class GitOptions(BaseModel):
    """How long to wait for git."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    time_limit: float = Field(default=10.0, gt=0, description="Seconds to wait for git before doing without it.")


def build(options: GitOptions, _context: BuildContext) -> Revisions:
    """Make the asker of git."""
    return GitRevisions(time_limit=options.time_limit)


COMPONENT: Final = Component(options=GitOptions, build=build)
