"""What is left out of a description when a router without scores is asked again."""

from passmuster.application.ablating import sentences_of


def test_markup_alone_is_no_sentence() -> None:
    """Leaving it out would cost a choice of a model, and tell nothing; hosts hand line breaks on as two characters."""
    description = r"Finds faults. Waters roses.\n<example>\nuser: Why?\n</commentary>\n</example>"

    found = sentences_of(description)

    assert found == ["Finds faults.", "Waters roses.", r"\n<example>\nuser: Why?"]
