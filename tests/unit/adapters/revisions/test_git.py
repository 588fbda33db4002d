"""Revisions of real repositories."""

import os
import shutil
import subprocess
import tarfile
from pathlib import Path

import pytest

from passmuster.adapters.revisions.git import COMPONENT, GitRevisions
from passmuster.components import BuildContext
from passmuster.domain.errors import InvalidConfigurationError
from passmuster.testing.conformance import check_revisions

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="needs the git program")


@pytest.fixture(autouse=True)
def _no_settings_of_ours(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "no-such-file"))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")


def git(folder: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=A", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false"]
    command = [shutil.which("git") or "git", "-C", str(folder), *identity, *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()  # noqa: S603 - fixed arguments


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = tmp_path / "repository"
    folder.mkdir()
    git(folder, "init", "--quiet", "--initial-branch=trunk")
    (folder / "agent.md").write_text("one\n")
    (folder / ".gitignore").write_text("*.sqlite\n")
    git(folder, "add", ".")
    git(folder, "commit", "--quiet", "--message=first")
    return folder


def test_commit_and_branch_are_told(repository: Path) -> None:
    """A clean repository has its commit, its branch, and is not dirty; also seen from a folder inside."""
    inside = repository / "agents"
    inside.mkdir()

    revision = COMPONENT.build(COMPONENT.options(), BuildContext(folder=repository)).current(inside)

    assert revision is not None
    assert revision.commit == git(repository, "rev-parse", "HEAD")
    assert revision.branch == "trunk"
    assert not revision.is_dirty


@pytest.mark.parametrize(
    ("name", "is_dirty"), [("agent.md", True), ("new.md", True), ("naïve \n.md", True), ("runs.sqlite", False)]
)
def test_changed_and_new_files_make_a_revision_dirty(repository: Path, name: str, *, is_dirty: bool) -> None:
    """A changed or a new file counts, an ignored one does not."""
    (repository / name).write_text("two\n")

    revision = GitRevisions().current(repository)

    assert revision is not None
    assert revision.is_dirty is is_dirty


def test_a_detached_revision_has_no_branch(repository: Path) -> None:
    """Where no branch is checked out, as in most CI, the branch is empty."""
    git(repository, "checkout", "--quiet", "--detach")

    revision = GitRevisions().current(repository)

    assert revision is not None
    assert revision.branch == ""


def test_a_repository_without_a_commit_has_no_revision(tmp_path: Path) -> None:
    """Before the first commit there is nothing to name."""
    git(tmp_path, "init", "--quiet")

    assert GitRevisions().current(tmp_path) is None


@pytest.mark.parametrize("name", [".", "no-such-folder"])
def test_outside_a_repository_there_is_no_revision(tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder of no repository, or no folder at all, is no error."""
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))

    assert GitRevisions().current(tmp_path / name) is None


def test_without_the_git_program_there_is_no_revision(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The git program is not needed to run passmuster."""
    monkeypatch.setenv("PATH", str(repository))

    assert GitRevisions().current(repository) is None


def test_a_hook_of_another_repository_does_not_mislead(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Inside a git hook, GIT_DIR names the hook's repository; the folder's is asked for all the same."""
    other = tmp_path / "other"
    other.mkdir()
    git(other, "init", "--quiet")
    commit = git(repository, "rev-parse", "HEAD")
    monkeypatch.setenv("GIT_DIR", str(other / ".git"))

    revision = GitRevisions().current(repository)

    assert revision is not None
    assert revision.commit == commit


def test_a_program_named_by_the_repository_is_not_run(repository: Path, tmp_path: Path) -> None:
    """A repository's file system monitor is somebody else's program."""
    trace = tmp_path / "was-run"
    monitor = repository / ".git" / "monitor"
    monitor.write_text(f"#!/bin/sh\ntouch '{trace}'\n")
    monitor.chmod(0o755)
    git(repository, "config", "core.fsmonitor", str(monitor))

    revision = GitRevisions().current(repository)

    assert revision is not None
    assert not trace.exists()


def test_a_git_that_takes_too_long_is_done_without(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After the time limit a repository counts as having no revision."""
    programs = tmp_path / "programs"
    programs.mkdir()
    (programs / "git").write_text("#!/bin/sh\nexec tail -f /dev/null\n")
    (programs / "git").chmod(0o755)
    monkeypatch.setenv("PATH", str(programs), prepend=os.pathsep)

    assert GitRevisions(time_limit=0.05).current(repository) is None


def committed(folder: Path, title: str, **contents: str) -> str:
    for name, content in contents.items():
        place = folder / name.replace("__", "/")
        place.parent.mkdir(exist_ok=True)
        place.write_text(content)
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", f"--message={title}")
    return git(folder, "rev-parse", "HEAD")


def titles(folder: Path, good: str | None, bad: str, *paths: str) -> list[str]:
    found = GitRevisions().between(good, bad, folder, [folder / path for path in paths])
    return [commit.title for commit in found]


def test_a_reference_leads_to_its_commit(repository: Path) -> None:
    """A tag of a tag, too; the title is the first line of the message, whatever is in it."""
    title = "naïve: [bold] 'quotes' --output=x"
    commit = committed(repository, f"{title}\n\nand a body", agent="two\n")
    git(repository, "tag", "--annotate", "--message=x", "one", "HEAD")
    git(repository, "tag", "--annotate", "--message=x", "two", "one")

    found = GitRevisions().commit("two", repository)

    assert (found.identifier, found.title) == (commit, title)
    assert found.committed_at.tzinfo is not None


def test_commits_between_come_in_order_without_the_older_one(repository: Path) -> None:
    """The oldest first; those that touch nothing that counts are left out, and an edit undone later is not."""
    committed(repository, "second", agents__one="1")
    committed(repository, "third", other="1")
    committed(repository, "fourth", agents__one="2", cases="1")
    committed(repository, "fifth", agents__one="1")

    assert titles(repository, "HEAD~4", "HEAD") == ["second", "third", "fourth", "fifth"]
    assert titles(repository, "HEAD~4", "HEAD", "agents") == ["second", "fourth", "fifth"]
    assert titles(repository, "HEAD~4", "HEAD~1", "agents", "other") == ["second", "third", "fourth"]
    assert titles(repository, "HEAD~4", "HEAD", "agents/one", "no-such-file") == ["second", "fourth", "fifth"]
    assert titles(repository, "HEAD", "HEAD") == []
    assert titles(repository, None, "HEAD~3") == ["first", "second"]
    assert titles(repository, None, "HEAD", "other", "agent.md") == ["first", "third"]


def test_a_merge_stands_for_all_that_it_brought(repository: Path) -> None:
    """Commits of a branch that was merged are not listed themselves."""
    git(repository, "checkout", "--quiet", "-b", "branch")
    committed(repository, "aside 1", agents__one="1")
    committed(repository, "aside 2", agents__one="2")
    git(repository, "checkout", "--quiet", "trunk")
    committed(repository, "second", other="1")
    git(repository, "merge", "--quiet", "--no-ff", "--message=merge", "branch")
    committed(repository, "fourth", other="2")

    assert titles(repository, "HEAD~3", "HEAD", "agents") == ["merge"]
    assert titles(repository, "HEAD~3", "HEAD") == ["second", "merge", "fourth"]


def test_what_links_lead_to_counts_and_what_lies_outside_does_not(repository: Path, tmp_path: Path) -> None:
    """A folder of agents may be a link within the repository; outside it git knows nothing."""
    (repository / "agents").mkdir()
    (repository / "link").symlink_to("agents", target_is_directory=True)
    committed(repository, "second", agents__one="1")
    committed(repository, "third", agents__one="2")

    assert titles(repository, "HEAD~2", "HEAD", "link") == ["second", "third"]
    assert titles(repository, "HEAD~2", "HEAD", str(tmp_path / "elsewhere")) == []
    assert titles(repository, "HEAD~2", "HEAD", str(tmp_path / "elsewhere"), "link") == ["second", "third"]


def test_a_path_is_no_pattern_and_settings_of_the_user_do_not_count(repository: Path) -> None:
    """A folder called like magic of git's is looked for by that name."""
    git(repository, "config", "log.follow", "true")
    git(repository, "config", "log.showSignature", "true")
    git(repository, "config", "format.pretty", "oneline")
    committed(repository, "second", agents__one="1")
    committed(repository, "third", **{":(top)": "1"})

    assert titles(repository, "HEAD~2", "HEAD", ":(top)") == ["third"]
    assert titles(repository, "HEAD~2", "HEAD", "*") == []


@pytest.mark.parametrize(
    "reference", ["no-such-branch", "--output=x", "-h", "", "a\0b", "HEAD:agent.md", "trunk..trunk"]
)
def test_what_names_no_commit_is_refused(repository: Path, reference: str) -> None:
    """Options in disguise too; nothing is written."""
    before = sorted(repository.rglob("*"))

    for ask in (
        lambda: GitRevisions().commit(reference, repository),
        lambda: GitRevisions().between(reference, "HEAD", repository),
        lambda: GitRevisions().between("HEAD", reference, repository),
    ):
        with pytest.raises(InvalidConfigurationError) as raised:
            ask()
        assert raised.value.findings[0].rule == "unknown-revision"
        assert repr(reference) in raised.value.findings[0].message

    assert sorted(repository.rglob("*")) == before


def test_only_an_ancestor_leads_anywhere(repository: Path) -> None:
    """The younger one first, or a revision of another branch, is refused with both names."""
    committed(repository, "second", agent="2")

    with pytest.raises(InvalidConfigurationError) as raised:
        GitRevisions().between("HEAD", "HEAD~1", repository)

    [finding] = raised.value.findings
    assert (finding.rule, finding.message) == ("no-ancestor", "'HEAD' is no ancestor of 'HEAD~1'")


def test_files_are_the_same_where_nothing_differs_between_the_two(repository: Path, tmp_path: Path) -> None:
    """Whatever happened between; what git cannot know is never the same."""
    committed(repository, "second", recordings__one="1", other="1")
    committed(repository, "third", recordings__one="2")
    committed(repository, "fourth", recordings__one="1", other="2")
    ask = GitRevisions().is_same

    assert ask("HEAD~2", "HEAD", repository, [repository / "recordings"])
    assert not ask("HEAD~2", "HEAD~1", repository, [repository / "recordings"])
    assert not ask("HEAD~2", "HEAD", repository, [repository / "recordings", repository / "other"])
    assert not ask("HEAD~2", "no-such-branch", repository, [repository / "recordings"])
    assert not ask("HEAD", "HEAD", repository, [tmp_path / "elsewhere"])
    assert not ask("HEAD~3", "HEAD", repository, [repository / "recordings"])


def test_the_port_is_kept(repository: Path) -> None:
    """As plug-ins' authors can check theirs."""
    committed(repository, "second", agent="2")

    check_revisions(GitRevisions(), repository)


@pytest.mark.parametrize("is_old_python", [False, True])
def test_a_tree_is_written_whole_but_for_links_that_lead_out_of_it(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, is_old_python: bool
) -> None:
    """Links within the tree are kept; those that lead elsewhere are not written, nor anything through them."""
    (repository / "agents").mkdir()
    (repository / "agents" / "inner").symlink_to("../agent.md")
    (repository / "agents" / "outer").symlink_to("../../elsewhere")
    (repository / "absolute").symlink_to("/")
    git(repository, "add", ".")
    git(repository, "commit", "--quiet", "--message=links")
    destination = tmp_path / "tree"
    destination.mkdir()
    if is_old_python:
        monkeypatch.delattr(tarfile, "data_filter", raising=False)

    written = COMPONENT.build(COMPONENT.options(), BuildContext(folder=repository)).tree_at(
        "HEAD", repository / "agents", destination
    )

    assert written == destination / "agents"
    assert (written / "inner").read_text() == "one\n"
    assert sorted(path.name for path in destination.rglob("*")) == [".gitignore", "agent.md", "agents", "inner"]


def test_of_a_tree_only_the_paths_asked_for_are_written(repository: Path, tmp_path: Path) -> None:
    """As they were then, and whatever their names look like; a path that was not there, or lies outside, is refused."""
    committed(repository, "second", agents__one="1", **{":(top)__two": "2"}, other="3")
    committed(repository, "third", agents__one="changed")
    ask = GitRevisions().tree_at
    destination = tmp_path / "tree"
    destination.mkdir()

    written = ask("HEAD~1", repository / "agents", destination, [repository / "agents", repository / ":(top)"])

    files = {str(path.relative_to(destination)): path.read_text() for path in destination.rglob("*") if path.is_file()}
    assert files == {"agents/one": "1", ":(top)/two": "2"}
    assert written == destination / "agents"
    for outside in (repository / "no-such-folder", tmp_path / "elsewhere"):
        with pytest.raises(InvalidConfigurationError):
            ask("HEAD~1", repository, destination, [outside])
