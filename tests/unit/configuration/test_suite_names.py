"""What a suite calls itself, even where its file cannot be used."""

from pathlib import Path

import pytest

from passmuster.configuration.suite_names import written_name


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("name: team\nroster: {", "team"),
        ("# name: other\nroster: {}\n\"name\" : 'te.am-2' # ours\n", "te.am-2"),
        ("gate:\n  name: inner\n", "folder"),
        ("name: <!-- -->\n", "folder"),
    ],
)
def test_a_name_is_found_in_what_cannot_be_read(tmp_path: Path, text: str, name: str) -> None:
    """A comment is found by the suite's name, and most of all when its file is broken; else the folder has one."""
    suite = tmp_path / "folder" / "suite.yaml"
    suite.parent.mkdir()
    suite.write_text(text, encoding="utf-8")

    assert written_name(suite) == name


def test_a_file_that_is_gone_is_called_after_its_folder(tmp_path: Path) -> None:
    """Then nothing else is known."""
    assert written_name(tmp_path / "gone" / "suite.yaml") == "gone"
