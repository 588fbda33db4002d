"""Edits of a store by plain SQL, and what a check of it is to name."""

from typing import Final

EDITS: Final = {
    "a run is renamed": ("UPDATE run SET identifier = 'mine' WHERE number = 1", ("run", "identifier", "changed")),
    "a run has another number": ("UPDATE run SET number = 9 WHERE number = 1", ("run", "number", "changed")),
    "a trial is deleted": ("DELETE FROM trial WHERE run = 1 AND cell = 8", ("trial", "", "deleted")),
    "a trial without outcomes is deleted": ("DELETE FROM trial WHERE run = 1 AND cell = 5", ("trial", "", "deleted")),
    "a trial is repeated": (
        (
            "INSERT INTO trial SELECT run, cell, repetition + 7, is_finished, started_at, duration, inclusion,"
            " routing_status, completion_status, chosen, writer, score, margin, routing_latency, completion_latency,"
            " input_tokens, output_tokens, cost, routing, completion FROM trial WHERE run = 1 AND cell = 8"
        ),
        ("trial", "", "inserted"),
    ),
    "a trial is another repetition": (
        "UPDATE trial SET repetition = 9 WHERE run = 1 AND cell = 8",
        ("trial", "repetition", "changed"),
    ),
    "a trial is another case's": (
        "UPDATE trial SET cell = 99 WHERE run = 1 AND cell = 8",
        ("trial", "cell", "changed"),
    ),
    "a trial is no number's": ("UPDATE trial SET cell = 'x' WHERE run = 1 AND cell = 8", ("trial", "cell", "changed")),
    "a trial is another run's": ("UPDATE trial SET run = 7 WHERE run = 1 AND cell = 8", ("trial", "run", "changed")),
    "an outcome is deleted": (
        "DELETE FROM score WHERE run = 1 AND cell = 8 AND position = 1",
        ("score", "", "deleted"),
    ),
    "the last outcome is deleted": (
        "DELETE FROM score WHERE run = 1 AND cell = 8 AND position = 2",
        ("score", "", "deleted"),
    ),
    "an outcome is inserted": (
        (
            "INSERT INTO score SELECT run, cell, repetition, 3, criterion, value, passed, detail FROM score"
            " WHERE run = 1 AND cell = 8 AND position = 1"
        ),
        ("score", "", "inserted"),
    ),
    "an outcome is another trial's": (
        "UPDATE score SET cell = 5 WHERE run = 1 AND cell = 8 AND position = 2",
        ("score", "cell", "changed"),
    ),
    "an outcome is another repetition's": (
        "UPDATE score SET repetition = 4 WHERE run = 1 AND cell = 8 AND position = 2",
        ("score", "repetition", "changed"),
    ),
    "an outcome is another run's": (
        "UPDATE score SET run = 9 WHERE run = 1 AND cell = 8 AND position = 2",
        ("score", "run", "changed"),
    ),
    "a segment is deleted": ("DELETE FROM segment WHERE run = 1", ("segment", "", "deleted")),
    "a segment is another run's": ("UPDATE segment SET run = 9 WHERE run = 1", ("segment", "run", "changed")),
    "a segment is inserted": (
        (
            "INSERT INTO segment SELECT run, '2030' || substr(started_at, 5), ending, duration, trials, detail"
            " FROM segment WHERE run = 1"
        ),
        ("segment", "", "inserted"),
    ),
    "a text is deleted": (
        "DELETE FROM blob WHERE address = (SELECT completion FROM trial WHERE run = 1 AND cell = 8)",
        ("blob", "", "deleted"),
    ),
    "a text has another address": (
        "UPDATE blob SET address = x'00' WHERE address = (SELECT completion FROM trial WHERE run = 1 AND cell = 8)",
        ("blob", "address", "changed"),
    ),
    "a text has other bytes": (
        (
            'UPDATE blob SET data = CAST(\'{"text":"better"}\' AS BLOB), size = 17'
            " WHERE address = (SELECT completion FROM trial WHERE run = 1 AND cell = 8)"
        ),
        ("blob", "data", "changed"),
    ),
    "a text has bytes at its end": (
        (
            "UPDATE blob SET data = CAST(data || x'00' AS BLOB)"
            " WHERE address = (SELECT manifest FROM run WHERE number = 1)"
        ),
        ("blob", "data", "changed"),
    ),
    "a text is a text": (
        "UPDATE blob SET data = 'words' WHERE address = (SELECT roster FROM run WHERE number = 1)",
        ("blob", "data", "changed"),
    ),
    "a text has another size": (
        "UPDATE blob SET size = size - 1 WHERE address = (SELECT completion FROM trial WHERE run = 1 AND cell = 8)",
        ("blob", "size", "changed"),
    ),
    "a text is packed otherwise, they say": (
        (
            "UPDATE blob SET codec = CASE codec WHEN 'zlib' THEN 'plain' ELSE 'zlib' END"
            " WHERE address = (SELECT completion FROM trial WHERE run = 1 AND cell = 8)"
        ),
        ("blob", "codec", "changed"),
    ),
    "an answer is another one": (
        (
            "UPDATE trial SET completion = (SELECT completion FROM trial WHERE run = 1 AND cell = 5)"
            " WHERE run = 1 AND cell = 8"
        ),
        ("trial", "completion", "changed"),
    ),
    "an answer is nowhere": (
        "UPDATE trial SET completion = x'0102' WHERE run = 1 AND cell = 8",
        ("trial", "completion", "changed"),
    ),
    "a choice is a text": (
        "UPDATE trial SET routing = 'x' WHERE run = 1 AND cell = 8",
        ("trial", "routing", "changed"),
    ),
    "a judgement is nowhere": (
        "UPDATE score SET detail = x'0102' WHERE run = 1 AND cell = 8 AND position = 2",
        ("score", "detail", "changed"),
    ),
    "the roster is nowhere": ("UPDATE run SET roster = x'0102' WHERE number = 1", ("run", "roster", "changed")),
    "the cases are the roster": ("UPDATE run SET cases = roster WHERE number = 1", ("run", "cases", "changed")),
    "a case has another name": (
        "UPDATE cell SET case_identifier = 'mine' WHERE number = 8",
        ("cell", "case_identifier", "changed"),
    ),
    "a subject has another name": ("UPDATE cell SET subject = 'mine' WHERE number = 8", ("cell", "subject", "changed")),
    "work was other work": ("UPDATE cell SET fingerprint = 'f' WHERE number = 8", ("cell", "fingerprint", "changed")),
    "a cell is deleted": ("DELETE FROM cell WHERE number = 8", ("cell", "", "deleted")),
    "a link holds something else": (
        "UPDATE link SET content = CAST(content || x'00' AS BLOB) WHERE run = 1 AND position = 2",
        ("link", "content", "changed"),
    ),
    "a link holds other digests": (
        (
            "UPDATE link SET content = (SELECT content FROM link WHERE run = 1 AND position = 1)"
            " WHERE run = 1 AND position = 2"
        ),
        ("link", "content", "changed"),
    ),
    "the first link holds something else": (
        "UPDATE link SET content = x'01' WHERE run = 1 AND position = 0",
        ("link", "content", "changed"),
    ),
    "the last link holds something else": (
        (
            "UPDATE link SET content = CAST(substr(content, 1, 30) || x'2a' || substr(content, 32) AS BLOB)"
            " WHERE run = 1 AND position = 4"
        ),
        ("link", "content", "changed"),
    ),
    "a link has another chain": (
        "UPDATE link SET chain = x'07' WHERE run = 1 AND position = 1",
        ("link", "chain", "changed"),
    ),
    "the last link has another chain": (
        "UPDATE link SET chain = x'07' WHERE run = 1 AND position = 4",
        ("link", "chain", "changed"),
    ),
    "a link is of something else": (
        "UPDATE link SET kind = 'manifest' WHERE run = 1 AND position = 2",
        ("link", "kind", "changed"),
    ),
    "the last link is of something else": (
        "UPDATE link SET kind = 'trials' WHERE run = 1 AND position = 4",
        ("link", "kind", "changed"),
    ),
    "a link is elsewhere": (
        "UPDATE link SET position = 17 WHERE run = 1 AND position = 2",
        ("link", "position", "changed"),
    ),
    "the last link is elsewhere": (
        "UPDATE link SET position = 17 WHERE run = 1 AND position = 4",
        ("link", "position", "changed"),
    ),
    "a link is before all others": (
        "UPDATE link SET position = -3 WHERE run = 1 AND position = 2",
        ("link", "position", "changed"),
    ),
    "a link is at no number": (
        "UPDATE link SET position = 'x' WHERE run = 1 AND position = 2",
        ("link", "position", "changed"),
    ),
    "a link is deleted": ("DELETE FROM link WHERE run = 1 AND position = 2", ("link", "", "deleted")),
    "the first link is deleted": ("DELETE FROM link WHERE run = 1 AND position = 0", ("link", "", "deleted")),
    "the last link is deleted": ("DELETE FROM link WHERE run = 1 AND position = 4", ("link", "", "deleted")),
    "a link is another run's": ("UPDATE link SET run = 9 WHERE run = 1 AND position = 2", ("link", "", "deleted")),
    "a link is inserted": (
        "INSERT INTO link SELECT run, 5, kind, content, x'01' FROM link WHERE run = 1 AND position = 3",
        ("link", "", "inserted"),
    ),
    "an answer is where none was": (
        "UPDATE trial SET completion = x'0102' WHERE run = 1 AND cell = 7",
        ("trial", "completion", "changed"),
    ),
    "the last link has another mark": (
        (
            "UPDATE link SET content = CAST(substr(content, 1, length(content) - 1) || x'2a' AS BLOB)"
            " WHERE run = 1 AND position = 4"
        ),
        ("link", "content", "changed"),
    ),
    "the last link is there twice": (
        "INSERT INTO link SELECT run, 5, kind, content, chain FROM link WHERE run = 1 AND position = 4",
        ("link", "", "inserted"),
    ),
    "a summary is of no run": (
        "INSERT INTO summary VALUES (44, 2, x'01')",
        ("summary", "run", "changed"),
    ),
}
"""What somebody does with plain SQL, and what is to be named: the table, the column, and what became of it."""
