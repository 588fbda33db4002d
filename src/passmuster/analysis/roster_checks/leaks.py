"""What does not belong into a prompt: keys, passwords, home folders, e-mail addresses.

The shapes of keys are those that their issuers document. What is found is never repeated in full.
"""

import re
from collections import Counter
from collections.abc import Iterator
from math import log2

from passmuster.analysis.roster_checks.material import AgentText, Material
from passmuster.analysis.roster_checks.rules import complaint
from passmuster.analysis.secret_shapes import KEY_SHAPES
from passmuster.domain.findings import Finding

SHOWN = 4
"""Characters of a secret that are shown: enough to find it."""

LEAST_ENTROPY = 3.0
"""Bits for each character, from which a value after ``password =`` is no word; random base64 of 20 has about 4."""

FEWEST_DIFFERENT = 8
"""Keys with fewer different characters are drawings of keys."""

ALL_KINDS = 3
"""Small letters, capital letters, digits."""

# Each with texts of which one is in every such key: to look for these is many times quicker than the pattern.
_ASSIGNED = re.compile(
    r"(?:passw(?:or)?d|secret|api[_-]?key|access[_-]?key|secret[_-]?key)"
    r"[\"']?[ \t]{0,3}[:=][ \t]{0,3}[\"']?(?P<value>[A-Za-z0-9+/=_.!@#$%^&*~-]{12,200})",
    re.IGNORECASE,
)
_CREDENTIALS = re.compile(r"://[^\s:/@<>{}$]{1,60}:(?P<value>[^\s:/@<>{}$\[\]]{6,100})@")
# What documentation writes in the place of a secret.
_STAND_IN = re.compile(
    r"example|sample|dummy|placeholder|changeme|change[_-]me|your|xxx|\.\.\.|\*\*\*|<|>|\$|%\(|redacted|test|fake"
    r"|secret|password|process\.env|os\.environ|getenv|[a-z]+\(|1234|abcd|0000|replace|insert|token|key|\.[a-z]+\.",
    re.IGNORECASE,
)
_HOME = re.compile(r"(?<![\w.:/-])(?:/home/|/Users/|[A-Za-z]:\\{1,2}Users\\{1,2})(?P<who>[A-Za-z0-9][\w.-]*)")
_EVERYBODY = """
user users username user_name user-name yourname your-name your_name you yourusername your-username your_username
name me myuser myname someone somebody shared public default guest admin ubuntu debian centos fedora node app
appuser vscode runner runneradmin circleci jenkins gitpod codespace coder ec2-user vagrant pi root deploy deployer
developer dev dev1 nonroot docker container git www www-data linuxbrew jovyan sandbox test tester testuser example
alice bob john johndoe jdoe jane janedoe firstname firstname.lastname lastname first.last foo bar xxx nginx postgres
mysql redis sites home
"""
_NOBODY = frozenset(_EVERYBODY.split())
_MAIL = re.compile(
    r"(?<![\w.+/:@-])(?P<who>[A-Za-z0-9][\w.+-]{0,63})@(?P<where>(?:[A-Za-z0-9-]{1,63}\.)+[A-Za-z]{2,24})\b(?![:/])"
)
# https://www.rfc-editor.org/rfc/rfc2606 keeps these for documentation; the others are what people write besides.
_NO_HOST = re.compile(
    r"(?:^|\.)(?:example|test|invalid|localhost|local)$"
    r"|(?:^|\.)(?:example|(?:your-?|my-?)?(?:domain|company|site|app)|acme|email|mail|test|foo|bar|corp|org|host|server|sample)"
    r"\.(?:com|org|net|edu|io|co|dev|local|fr|de|uk)$",
    re.IGNORECASE,
)
_NO_MAIL_ENDING = frozenset(
    {"js", "ts", "py", "sh", "md", "json", "yml", "yaml", "png", "svg", "css", "html", "x", "service"}
)
# Placeholders, and roles: an address of a role is meant to be known.
_NOBODYS_MAIL = frozenset(
    {
        "support",
        "info",
        "security",
        "sales",
        "hello",
        "contact",
        "help",
        "team",
        "git",
        "noreply",
        "no-reply",
        "user",
        "you",
        "your",
        "name",
        "username",
    }
)


def secrets(material: Material) -> Iterator[Finding]:
    """Find what looks like a key or a password; a line is named once."""
    for text in material.written:
        found: dict[int, Finding] = {}
        for what, value, offset in _secrets(text.plain):
            place = text.at_offset(offset)
            words = f"here stands what looks like {what}: {value[:SHOWN]}… ({len(value)} characters)"
            hint = "take it out of the file and its history, revoke it, and let the agent look it up"
            found.setdefault(place.line or 0, complaint("secret", place, words, hint))
        yield from found.values()


def personal_paths(material: Material) -> Iterator[Finding]:
    """Find the home folders of people, once for each file and person."""
    for text in material.written:
        for match in _first_each(text, _HOME):
            if match["who"].rstrip(".").casefold() not in _NOBODY:
                yield complaint(
                    "personal-path",
                    text.at_offset(match.start()),
                    f"{match[0]!r} is somebody's home folder, which others do not have",
                    "write a path from the repository's root, or ~",
                )


def mail_addresses(material: Material) -> Iterator[Finding]:
    """Find e-mail addresses that may be somebody's, once for each file."""
    for text in material.written:
        for match in _first_each(text, _MAIL):
            where, ending = match["where"], match["where"].rpartition(".")[2].lower()
            if _NO_HOST.search(where) or ending in _NO_MAIL_ENDING or match["who"].lower() in _NOBODYS_MAIL:
                continue
            yield complaint(
                "e-mail-address",
                text.at_offset(match.start()),
                f"here stands an e-mail address: {match['who'][:2]}…@{where}",
                "write a name of a role, or an address below example.com",
            )


def _first_each(text: AgentText, pattern: re.Pattern[str]) -> Iterator[re.Match[str]]:
    seen: set[str] = set()
    for match in pattern.finditer(text.plain):
        if match[0] not in seen:
            seen.add(match[0])
            yield match


def _secrets(text: str) -> Iterator[tuple[str, str, int]]:
    """Yield what each secret looks like, the secret, and where it begins."""
    for what, marks, pattern in KEY_SHAPES:
        for match in pattern.finditer(text) if any(mark in text for mark in marks) else ():
            if not _is_stand_in(match[0].partition("_")[2] or match[0]):
                yield what, match[0], match.start()
    for what, pattern in (("a password", _ASSIGNED), ("a password in an address", _CREDENTIALS)):
        for match in pattern.finditer(text):
            value = match["value"]
            if not _STAND_IN.search(value) and _is_random(value):
                yield what, value, match.start("value")


def _is_stand_in(value: str) -> bool:
    """Whether a key is one that documentation shows: a word says so, or hardly any character differs."""
    return (
        bool(re.search(r"example|your|xxx|placeholder|1234567|abcdefg|\.\.\.", value, re.IGNORECASE))
        or len(set(value)) < FEWEST_DIFFERENT
    )


def _is_random(value: str) -> bool:
    kinds = sum(bool(re.search(pattern, value)) for pattern in ("[a-z]", "[A-Z]", "[0-9]"))
    return kinds == ALL_KINDS and entropy(value) >= LEAST_ENTROPY


def entropy(text: str) -> float:
    """Return the bits for each character, by how often each stands in the text itself (Shannon 1948)."""
    counts = Counter(text)
    return -sum(count / len(text) * log2(count / len(text)) for count in counts.values()) + 0.0
