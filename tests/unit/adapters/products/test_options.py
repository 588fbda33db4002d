"""Options of products, and what of them makes up a subject."""

from pathlib import Path

import pytest

from passmuster.adapters.products import claude_code, command

from .stand_in_product import (
    StandIn,
)


@pytest.mark.parametrize(
    "options",
    [
        {"environment": ("HOME",)},
        {"environment": ("A=secret",)},
        {"arguments": ("a\0b",)},
        {"time_limit": 0},
        {"concurrency": 0},
        {"maximum_cost": "-1"},
        {"program": ""},
        {"permission_mode": "whatever"},
        {"modle": "x"},
    ],
)
def test_options_that_cannot_be(options: dict[str, object]) -> None:
    """Names of variables and never values, nothing that leads into the user's own set-up, no misspelt key."""
    with pytest.raises(ValueError, match="validation error"):
        claude_code.ClaudeCodeOptions.model_validate(options)


def test_what_does_not_change_answers_is_no_part_of_what_a_subject_is() -> None:
    """Runs with other limits of this machine stay comparable; runs with another model do not."""
    usual = claude_code.ClaudeCodeOptions()
    other = claude_code.ClaudeCodeOptions(concurrency=9, maximum_output=1_000, transcripts="kept")

    assert other.model_dump(mode="json") == usual.model_dump(mode="json")
    assert claude_code.ClaudeCodeOptions(model="opus").model_dump() != usual.model_dump()


def test_an_edit_of_a_program_beside_the_suite_is_seen(stand_in: StandIn) -> None:
    """It is a part of what a subject is; a program of the machine is not."""
    options = command.CommandOptions(command=("./product",))
    before = command.ROUTER.content(options, stand_in.folder)

    (stand_in.folder / "product").write_text("other", encoding="utf-8")

    assert command.ROUTER.content(options, stand_in.folder) != before
    assert command.ROUTER.content(command.CommandOptions(command=("cat",)), stand_in.folder) == ""


def test_the_content_of_the_workspace_is_a_part_of_what_a_subject_is(tmp_path: Path) -> None:
    """An edit there may change every answer."""
    (tmp_path / "template").mkdir()
    file = tmp_path / "template" / "CLAUDE.md"
    file.write_text("Be kind.", encoding="utf-8")
    options = claude_code.ClaudeCodeOptions(workspace="template")

    before = claude_code.ROUTER.content(options, tmp_path)
    file.write_text("Be brief.", encoding="utf-8")

    assert claude_code.ROUTER.content(options, tmp_path) != before
    assert claude_code.ROUTER.content(claude_code.ClaudeCodeOptions(), tmp_path) == ""
