"""The key of a service."""

import pytest

from passmuster.domain.errors import BackendRefusedError
from passmuster.services.secrets import secret_value


def test_no_name_is_no_secret() -> None:
    """Nothing is looked up."""

    def nobody(name: str) -> str:
        pytest.fail(f"{name} was looked up")

    assert secret_value(None, nobody) is None


def test_a_value_is_trimmed() -> None:
    """Files of variables often end with a line break."""
    assert secret_value("KEY", {"KEY": " k3y\n"}.get) == "k3y"


@pytest.mark.parametrize("value", [None, "", "  ", "two words", "tökén", "a\x07b", "line\nbreak"])
def test_what_no_header_can_carry_is_refused_unseen(value: str | None) -> None:
    """The name is told, and the value is not."""
    with pytest.raises(BackendRefusedError, match="'KEY'") as caught:
        secret_value("KEY", lambda _name: value)

    assert not value or not value.strip() or value not in str(caught.value)
