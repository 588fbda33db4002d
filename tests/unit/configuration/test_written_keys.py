"""Keys that stand in a suite."""

from passmuster.configuration.written_keys import written_keys
from passmuster.documents import parse_yaml

KEY = "sk-" + "proj-" + "a1B2" * 10
ADDRESS = "http://" + "me:hunter2@example.invalid/x"


def complaints(text: str) -> list[tuple[int | None, str]]:
    found = list(written_keys(parse_yaml(text, path="suite.yaml")))
    assert all(KEY not in str(finding) and "hunter2" not in str(finding) for finding in found)
    return [(finding.location.line if finding.location else None, finding.message) for finding in found]


def test_keys_are_found_wherever_they_stand() -> None:
    """In the order of the lines, and never repeated."""
    text = f"a: {{b: ['x', {KEY!r}]}}\nc: 3\nd: {ADDRESS}\ne: Bearer {KEY}\n"

    assert complaints(text) == [
        (1, "here stands what looks like a key of OpenAI"),
        (3, "here stands what looks like an address with a password"),
        (4, "here stands what looks like a key of OpenAI"),
    ]


def test_names_and_addresses_are_no_keys() -> None:
    """Most suites hold neither."""
    assert complaints("a: OPENAI_API_KEY\nb: http://127.0.0.1:8080/v1\nc: git@example.invalid:team/x.git\n") == []
