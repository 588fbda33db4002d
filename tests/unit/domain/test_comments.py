"""The first line of a comment, by which it is known again."""

import pytest

from passmuster.domain.comments import Comment


@pytest.mark.parametrize("marker", ["<!-- passmuster:team -->", "<!-- passmuster -->", "<!-- passmuster:a%20b-%2D -->"])
def test_the_first_line_is_the_marker(marker: str) -> None:
    """Whatever suite it names."""
    comment = Comment.read(f"{marker}\nwords\n")

    assert comment.marker == marker
    assert comment.text == f"{marker}\nwords\n"


@pytest.mark.parametrize(
    "text", ["", "words", "words\n<!-- passmuster:team -->", "<!-- passmuster:a b -->", "<!-- passmuster:a --> words"]
)
def test_other_texts_are_no_comments(text: str) -> None:
    """Without a marker a second comment could not replace the first."""
    with pytest.raises(ValueError, match="no marker"):
        Comment.read(text)


def test_only_the_same_marker_in_the_first_line_counts() -> None:
    """A comment that quotes another is a comment of its own."""
    comment = Comment.read("<!-- passmuster:team -->\nwords\n")

    assert comment.is_marked_alike("<!-- passmuster:team -->\r\nother words")
    assert not comment.is_marked_alike("<!-- passmuster:teams -->\nwords")
    assert not comment.is_marked_alike("> <!-- passmuster:team -->\nwords")
    assert not comment.is_marked_alike("words\n<!-- passmuster:team -->")
