"""Secrets by name."""

from pathlib import Path

import pytest

from passmuster.composition.building import Workbench
from passmuster.composition.secrets import Secrets, without_secrets
from passmuster.configuration.settings import Settings
from passmuster.domain.errors import InvalidConfigurationError

SUITE = """\
name: team
roster: {use: claude_code, location: ./agents}
datasets:
  - {use: files, location: cases.jsonl}
backends:
  one: {use: openai_compatible, base_url: "http://127.0.0.1:1/v1", model: made-up, secret: FIRST_KEY}
  two:
    use: openai_compatible
    base_url: http://127.0.0.1:1/v1
    model: made-up
    secret: SECOND_KEY
  never: {use: openai_compatible, base_url: "http://127.0.0.1:1/v1", model: made-up, secret: THIRD_KEY}
subjects:
  local: {use: routed, router: {use: lexical}}
  asking: {use: routed, router: {use: language_model, backend: one}, backend: two}
"""


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workbench:
    """A suite with a subject that asks two services, and one that asks nobody."""
    for name in ("FIRST_KEY", "SECOND_KEY", "THIRD_KEY", "PASSMUSTER_ENV_FILE"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "agents").mkdir()
    (tmp_path / "agents" / "a.md").write_text("---\nname: a\ndescription: Designs tables.\n---\nWork.\n")
    (tmp_path / "cases.jsonl").write_text('{"identifier": "c", "request": "a table", "expect": {"agent": "a"}}\n')
    (tmp_path / "suite.yaml").write_text(SUITE)
    return Workbench(tmp_path / "suite.yaml", Settings())


def test_environment_goes_before_the_file(tmp_path: Path) -> None:
    """A file stands for what is always so, the environment for this time."""
    file = tmp_path / ".env"
    file.write_text("A=of the file\nB=of the file\nC=of the file\n")

    secrets = Secrets(file, {"A": "of the environment", "B": "", "D": " \n"})

    assert [secrets.value(name) for name in "ABCDE"] == [
        "of the environment",
        "of the file",
        "of the file",
        None,
        None,
    ]


def test_file_is_not_read_unless_it_is_needed(tmp_path: Path) -> None:
    """Who needs no secret is not bothered with a file that is not there."""
    secrets = Secrets(tmp_path / "nowhere", {"A": "there"})

    assert secrets.value("A") == "there"
    with pytest.raises(InvalidConfigurationError, match="cannot be read"):
        secrets.value("B")


def test_an_unreadable_file_keeps_no_sentence_from_being_printed(tmp_path: Path) -> None:
    """Its own complaint least of all; what the environment has is taken out all the same."""
    secrets = Secrets(tmp_path / "nowhere", {"A": "made-up-key-3"})
    secrets.value("A")
    with pytest.raises(InvalidConfigurationError):
        secrets.value("B")

    assert without_secrets("made-up-key-3 made-up-word") == "<secret> made-up-word"


def test_what_was_asked_for_is_taken_out_of_texts() -> None:
    """With the value that it has at this moment; what nobody asked for is no secret."""
    environment = {"A": "made-up-key-1", "B": "made-up-word"}
    secrets = Secrets(None, environment)

    secrets.value("A")
    environment["A"] = "made-up-key-2"

    assert without_secrets("made-up-key-2 made-up-word") == "<secret> made-up-word"
    assert "made-up" not in repr(secrets)


def test_missing_secrets_are_refused_all_at_once(bench: Workbench) -> None:
    """Each at the place of its name; a backend that nobody asks needs none."""
    with pytest.raises(InvalidConfigurationError) as caught:
        bench.parts()

    found = [(finding.rule, finding.location.line if finding.location else 0) for finding in caught.value.findings]
    assert found == [("secret-not-set", 6), ("secret-not-set", 11)]
    assert "FIRST_KEY" in caught.value.findings[0].message


def test_subjects_that_ask_nobody_need_no_secret(bench: Workbench) -> None:
    """Neither do plans of any subject."""
    assert len(bench.parts(only=["local"]).subjects) == 1
    assert len(bench.parts(asks=False).subjects) == 2


def test_secret_that_no_header_can_carry_is_refused(bench: Workbench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before anything is sent, and without showing it."""
    monkeypatch.setenv("FIRST_KEY", "made-up\nkey")
    monkeypatch.setenv("SECOND_KEY", "“made-up-key”")

    with pytest.raises(InvalidConfigurationError) as caught:
        bench.parts()

    assert [finding.rule for finding in caught.value.findings] == ["secret-unusable", "secret-unusable"]
    assert "made-up" not in str(caught.value)


def test_secrets_may_come_from_a_file(bench: Workbench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only if somebody names it: a file .env beside the suite is left alone."""
    (tmp_path / ".env").write_text("FIRST_KEY=made-up-key-1\nSECOND_KEY=made-up-key-2\n")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InvalidConfigurationError):
        bench.parts()

    monkeypatch.setenv("PASSMUSTER_ENV_FILE", ".env")

    assert len(Workbench(tmp_path / "suite.yaml", Settings()).parts().subjects) == 2


def test_key_in_the_place_of_its_name_is_not_repeated(tmp_path: Path, bench: Workbench) -> None:
    """Whoever mistakes the option must not find the key in a log."""
    assert bench.configuration.name == "team"
    (tmp_path / "suite.yaml").write_text(SUITE.replace("FIRST_KEY", "my-own-key-0815"))

    with pytest.raises(InvalidConfigurationError) as caught:
        Workbench(tmp_path / "suite.yaml", Settings())

    assert "0815" not in str(caught.value)
    assert "name" in caught.value.findings[0].hint
