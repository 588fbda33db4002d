"""The script and the stylesheet of the page."""

import re

from passmuster.adapters.reporters.page.joining import joined_script, joined_style


def test_the_script_is_one_module() -> None:
    """Nothing is imported and nothing exported any more, and no name is declared twice at the top."""
    script = joined_script()

    declared = re.findall(r"^(?:async )?(?:function\*?|class|const|let) (\w+)", script, re.MULTILINE)

    assert not re.search(r"^\s*(?:import|export)\b", script, re.MULTILINE)
    assert len(declared) > 20
    assert len(declared) == len(set(declared))


def test_the_stylesheet_has_all_parts() -> None:
    """The colours of the first part and the rules of the summary are in it."""
    style = joined_style()

    assert "--ground:" in style
    assert ".glance" in style
