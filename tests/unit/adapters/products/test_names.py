"""Names as products write them."""

import pytest

from passmuster.adapters.products.names import KnownNames


@pytest.mark.parametrize(
    "written", ["code-reviewer", "Code Reviewer", "CODE_REVIEWER", "codeReviewer", "code reviewer"]
)
def test_case_and_separators_do_not_matter(written: str) -> None:
    """As they do not to the product."""
    assert KnownNames(["code-reviewer", "debugger"]).find(written) == "code-reviewer"


def test_the_very_name_comes_first() -> None:
    """Two names that differ in case alone are told apart where they are written exactly, and else not at all."""
    names = KnownNames(["debugger", "Debugger"])

    assert names.find("Debugger") == "Debugger"
    assert names.find("DEBUGGER") is None


@pytest.mark.parametrize(
    ("names", "written", "found"),
    [
        (["dev:researcher"], "researcher", "dev:researcher"),
        (["researcher"], "dev:researcher", "researcher"),
        (["dev:researcher"], "Dev:Researcher", "dev:researcher"),
        (["dev:researcher"], "other:researcher", None),
        (["dev:researcher", "other:researcher"], "researcher", None),
        (["a:researcher", "researcher"], "researcher", "researcher"),
        (["researcher"], "nobody", None),
        ([], "", None),
    ],
)
def test_a_plugin_may_stand_in_front_on_one_side(names: list[str], written: str, found: str | None) -> None:
    """Two different plugins are two different agents, and what fits several fits none."""
    assert KnownNames(names).find_with_plugin(written) == found


def test_a_plugin_is_not_made_up_for_the_product() -> None:
    """Without its plugin a product does not find an agent."""
    assert KnownNames(["dev:researcher"]).find("researcher") is None
