"""How evidence is laid out for people."""

from passmuster.adapters.reporters.evidence_text import evidence_texts


def test_places_come_first_and_read_as_file_and_line() -> None:
    """A list of places is one line each; line 0 stands for the whole file and is not written."""
    places = [
        {"file": "app/main.py", "line": 3, "message": "`add` lacks a return type"},
        {"file": "app/models.py", "line": 0, "message": "was deleted"},
    ]

    told = list(evidence_texts({"functions": 2, "places": places}))

    assert told == [
        ("places", "app/main.py:3 `add` lacks a return type\napp/models.py was deleted"),
        ("functions", "2"),
    ]


def test_lists_and_mappings_are_one_line_for_each_item() -> None:
    """Texts stand as they are, without quotes; a mapping's items stand under its key."""
    told = dict(evidence_texts({"notes": ["first", "second"], "counts": {"passed": 3, "failed": 1}, "word": "plain"}))

    assert told == {"notes": "first\nsecond", "counts": "failed: 1\npassed: 3", "word": "plain"}


def test_what_is_empty_is_left_out() -> None:
    """No places and no warnings are no evidence; a count of none is."""
    assert list(evidence_texts({"places": [], "counts": {}, "word": "", "failed": 0})) == [("failed", "0")]


def test_an_item_cannot_pretend_to_be_two() -> None:
    """New lines within an item, a path or a message are blanks."""
    hostile = [{"file": "a\nb.py", "line": 1, "message": "one\r\nmain.py:1 two"}]

    told = dict(evidence_texts({"places": hostile, "notes": ["three\nfour"], "more": {"five": "six\nseven"}}))

    assert told == {"places": "a b.py:1 one main.py:1 two", "notes": "three four", "more": "five: six seven"}
