"""Keys, home folders and addresses in prompts, and what only looks like them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passmuster.analysis.roster_checks.leaks import entropy, mail_addresses, personal_paths, secrets
from passmuster.analysis.roster_checks.references import missing_files, unknown_agents
from passmuster.analysis.roster_checks.tools import missing_tools
from passmuster.analysis.roster_checks.writing import hidden_characters

from .made_up_files import a_file, a_material

RANDOM = "b7Kq2ZxW9tLm4RvN8yHc1PdF6sGj3UaE5oTi"
# In pieces, so that nobody takes this file for one with keys in it.
KEYS = {
    "AWS": "AK" + "IA" + "Q7ZK3MV9XW2LT5RB",
    "GitHub": "gh" + "p_" + RANDOM,
    "GitLab": "gl" + "pat-" + RANDOM[:20],
    "Slack": "xo" + "xb-" + RANDOM,
    "Anthropic": "sk" + "-ant-" + RANDOM,
    "OpenAI": "sk" + "-proj-" + RANDOM,
    "Google": "AI" + "za" + RANDOM[:35],
    "Stripe": "sk" + "_live_" + RANDOM,
    "Hugging Face": "hf" + "_" + RANDOM,
    "a private key": "-----" + f"BEGIN PRIVATE KEY-----\n{RANDOM}{RANDOM}",
    "a password": f'password = "{RANDOM[:20]}"',
    "a password in an address": f"postgres://admin:{RANDOM[:18]}@db",
}


@pytest.mark.parametrize("kind", KEYS)
def test_keys_are_found_and_not_repeated(kind: str) -> None:
    """The kind, the place and the first four characters are enough to find it."""
    (finding,) = secrets(a_material(a_file(f"Log in.\nUse {KEYS[kind]} there.")))

    assert kind in finding.message
    assert finding.location is not None
    assert finding.location.line == 6
    assert RANDOM[4:18] not in finding.message + finding.hint


@pytest.mark.parametrize(
    "text",
    [
        "password = your-password-here-please",
        'api_key = os.environ["SERVICE_API_KEY"]',
        "api_key: ${SERVICE_API_KEY_OF_2024}",
        "AK" + "IAIOSFODNN7EXAMPLE",
        "sk" + "-ant-xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
        "postgres://user:password@localhost/db",
        "postgres://admin:${DB_PASSWORD}@db",
        "secret = hashlib.sha256(value).hexdigest()",
        'Figma token: "Desktop/Title/H1Big2"',
        "the task-force-has-thirty-two-characters-in-its-name",
        "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
    ],
)
def test_stand_ins_are_no_secrets(text: str) -> None:
    """Documentation is full of them."""
    assert list(secrets(a_material(a_file(text)))) == []


@pytest.mark.parametrize("path", ["/home/mkowalski/x", "/Users/m.kowalski/y", "C:\\Users\\Kowalski\\z", "(/home/mk/a)"])
def test_home_folders_are_found(path: str) -> None:
    """On every kind of machine, once for each file."""
    assert [finding.rule for finding in personal_paths(a_material(a_file(f"{path}\n{path}")))] == ["personal-path"]


@pytest.mark.parametrize(
    "path",
    [
        "/home/user/x",
        "/Users/username/y",
        "/home/runner/work",
        "https://example.invalid/home/kowalski",
        "src/home/kowalski",
    ],
)
def test_folders_of_nobody_are_left_alone(path: str) -> None:
    """Stand-ins, machines' own accounts, and parts of other paths."""
    assert list(personal_paths(a_material(a_file(path)))) == []


def test_addresses_are_found_and_shortened() -> None:
    """Who it is stays hidden, where it is does not."""
    (finding,) = mail_addresses(a_material(a_file("Ask marta.kowalski@harbour-mill.eu, or ops@example.com.")))

    assert "ma…@harbour-mill.eu" in finding.message
    assert "kowalski" not in finding.message


@pytest.mark.parametrize(
    "text",
    [
        "git@github.com:a/b.git",
        "user@company.com",
        "a@b.example",
        "lodash@4.17.js",
        "pkg@next.ts",
        "no-reply@harbour.eu",
    ],
)
def test_what_only_looks_like_an_address_is_left_alone(text: str) -> None:
    """Repositories, packages and stand-ins."""
    assert list(mail_addresses(a_material(a_file(text)))) == []


def test_entropy_is_shannons() -> None:
    """Two characters, equally often: one bit each; one character: none."""
    assert entropy("abab") == pytest.approx(1.0)
    assert entropy("aaaa") == 0.0


@given(st.text(max_size=300))
def test_any_text_is_survived(text: str) -> None:
    """Agents are untrusted; and a finding of a secret never holds all of it."""
    material = a_material(a_file(text))

    found = [*secrets(material), *personal_paths(material), *mail_addresses(material)]

    assert all(finding.location is not None for finding in found)


@pytest.mark.parametrize("piece", ["a-", "eyJ-", "password-", "a@", "/home/x/", "`a", "[a](", "a.b@c.", "sk-", "://a:"])
def test_hostile_text_takes_no_long_time(piece: str) -> None:
    """A file may be large, and made to keep patterns busy."""
    material = a_material(a_file(piece * (300_000 // len(piece))))

    found = [*secrets(material), *personal_paths(material), *mail_addresses(material), *missing_tools(material)]
    found += [*unknown_agents(material), *missing_files(material), *hidden_characters(material)]

    assert all(finding.location is not None for finding in found)
