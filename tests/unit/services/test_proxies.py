"""By way of whom a service is asked."""

import pytest

from passmuster.domain.errors import InvalidConfigurationError
from passmuster.services.proxies import proxy_for

VARIABLES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")
WHO = "me:word"
SERVICE = "https://example.invalid/v1"


@pytest.fixture(autouse=True)
def _nothing_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.mark.parametrize(
    ("variables", "named", "address", "proxy"),
    [
        ({}, None, SERVICE, None),
        ({}, "http://p.invalid:1", SERVICE, "http://p.invalid:1"),
        ({"https_proxy": "http://e.invalid:1"}, None, SERVICE, "http://e.invalid:1"),
        ({"HTTPS_PROXY": f"http://{WHO}@e.invalid:1"}, None, SERVICE, f"http://{WHO}@e.invalid:1"),
        ({"https_proxy": "e.invalid:1"}, None, SERVICE, "http://e.invalid:1"),
        ({"http_proxy": "http://e.invalid:1"}, None, SERVICE, None),
        ({"all_proxy": "http://e.invalid:1"}, None, SERVICE, "http://e.invalid:1"),
        ({"https_proxy": "http://e.invalid:1"}, "", SERVICE, None),
        ({"https_proxy": "http://e.invalid:1"}, "http://p.invalid:1", SERVICE, "http://p.invalid:1"),
        ({"https_proxy": "http://e.invalid:1", "no_proxy": "example.invalid"}, None, SERVICE, None),
        ({"http_proxy": "http://e.invalid:1"}, None, "http://127.0.0.1:8000", None),
        ({"http_proxy": "http://e.invalid:1"}, None, "http://localhost:8000", None),
    ],
)
def test_the_suite_comes_before_the_environment(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], named: str | None, address: str, proxy: str | None
) -> None:
    """And a service on this machine is asked directly."""
    for name, value in variables.items():
        monkeypatch.setenv(name, value)

    assert proxy_for(address, named) == proxy


def test_a_proxy_of_another_kind_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Before anything is asked, and without the password that may stand in it."""
    monkeypatch.setenv("all_proxy", f"socks5://{WHO}@e.invalid:1")

    with pytest.raises(InvalidConfigurationError, match="socks5") as caught:
        proxy_for(SERVICE, None)

    assert "word" not in str(caught.value)
