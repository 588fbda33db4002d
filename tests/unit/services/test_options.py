"""What a suite says of a service."""

import pytest
from pydantic import ValidationError

from passmuster.services.options import ServiceOptions

WHO = "me:word"


@pytest.mark.parametrize(
    "options",
    [
        {"base_url": "example.invalid"},
        {"base_url": "ftp://example.invalid"},
        {"base_url": "https://"},
        {"base_url": "https://example.invalid:port"},
        {"base_url": "https://example.invalid:0"},
        {"base_url": "https://example.invalid/a b"},
        {"base_url": f"https://{WHO}@example.invalid"},
        {"base_url": "https://example.invalid?key=word"},
        {"base_url": "http://example.invalid", "secret": "KEY"},
        {"secret": "not a name"},
        {"proxy": f"http://{WHO}@example.invalid"},
        {"proxy": "socks5://example.invalid"},
        {"proxy": "example.invalid:80"},
        {"limits": {"attempts": 0}},
        {"transport": "fast"},
        {"misspelt": 1},
    ],
)
def test_what_cannot_be_meant_is_refused(options: dict[str, object]) -> None:
    """No secret in an address, none that travels in the open, and nothing misspelt."""
    with pytest.raises(ValidationError):
        ServiceOptions.model_validate({"base_url": "https://example.invalid"} | options)


def test_what_changes_no_answer_is_in_no_fingerprint() -> None:
    """Limits, streaming, the way there, and whose key it is."""
    plain = ServiceOptions.model_validate({"base_url": "https://example.invalid/"})
    other = ServiceOptions.model_validate(
        {
            "base_url": "https://example.invalid",
            "secret": "KEY",
            "limits": {"concurrency": 1},
            "stream": True,
            "proxy": "",
            "transport": "httpx",
            "certificates": "a.pem",
        }
    )

    assert plain.model_dump() == other.model_dump()
