"""The chain of an audit trail: whatever was changed, removed or put in is named."""

import json
from collections.abc import Callable
from random import Random

import pytest

from passmuster.composition.review_trail import chained_line, read_trail
from passmuster.domain.findings import Severity
from passmuster.domain.reviews import Decision, DecisionKind
from passmuster.domain.values import CaseIdentifier, RunIdentifier, SubjectName

OLD = b'{"at": "2026-01-01", "by": "ann", "kind": "commented", "case": "c", "note": "before chains"}\n'


def a_decision(number: int) -> Decision:
    return Decision(
        at=f"2026-01-02T00:00:{number:02}+00:00",
        by="ann",
        kind=DecisionKind.COMMENTED,
        suite="team",
        run=RunIdentifier("run"),
        case=CaseIdentifier(f"case-{number}"),
        subject=SubjectName("lexical"),
        note=f"n{number} – “quoted”",
    )


def a_trail(count: int, begun: bytes = b"", first: int = 1) -> list[bytes]:
    """Return the lines of a trail that goes on from another."""
    content = begun
    for number in range(first, first + count):
        content += chained_line(content, a_decision(number))
    return content.splitlines(keepends=True)


def told(lines: list[bytes]) -> list[tuple[str, int | None]]:
    """Return the rule and the line of every finding."""
    found = read_trail(b"".join(lines), "trail.jsonl").findings
    return [(item.rule, item.location.line if item.location else None) for item in found]


def test_trail_that_nobody_edited_is_sound() -> None:
    """It gives back its decisions, and says nothing."""
    found = read_trail(b"".join(a_trail(5)), "trail.jsonl")

    assert found.findings == ()
    assert found.decisions == tuple(a_decision(number) for number in range(1, 6))


@pytest.mark.parametrize(
    ("edit", "expected"),
    [
        (lambda lines: [*lines[:2], lines[2].replace(b"n3", b"m3"), *lines[3:]], [("trail-edited", 3)]),
        (lambda lines: [*lines[:2], *lines[3:]], [("trail-broken", 3)]),
        (lambda lines: lines[1:], [("trail-broken", 1)]),
        (lambda lines: [*lines[:2], OLD, *lines[2:]], [("trail-edited", 3)]),
        (lambda lines: [*lines[:3], lines[1], *lines[3:]], [("trail-edited", 4), ("trail-forked", 4)]),
        (lambda lines: [lines[0], lines[2], lines[1], *lines[3:]], [("trail-broken", 2), ("trail-forked", 3)]),
        (lambda lines: [*lines[:2], b"nonsense\n", *lines[3:]], [("trail-unreadable", 3), ("trail-broken", 4)]),
    ],
    ids=["changed", "removed", "first removed", "put in", "repeated", "moved", "overwritten"],
)
def test_edit_is_named_by_its_line(
    edit: Callable[[list[bytes]], list[bytes]], expected: list[tuple[str, int | None]]
) -> None:
    """Each kind of edit is told from the others."""
    lines = a_trail(6)

    assert told(edit(lines))[: len(expected)] == expected


def test_line_that_was_written_anew_with_its_digest_is_named_by_the_next() -> None:
    """Whoever reckons the digest of an edited line cannot reckon those that rest on it."""
    lines = a_trail(4)
    lines[1] = chained_line(lines[0], a_decision(9))

    assert told(lines) == [("trail-broken", 3)]


def test_two_merged_branches_are_told_and_not_refused() -> None:
    """Both go on from one line, which is no error: teams merge."""
    common = a_trail(2)
    own, other = (a_trail(2, b"".join(common), first)[2:] for first in (3, 5))

    found = read_trail(b"".join([*common, *own, *other]), "trail.jsonl").findings

    assert [(item.rule, item.severity) for item in found] == [("trail-forked", Severity.WARNING)]
    assert "line 5 goes on from line 2: lines 3 to 4 came in between" in found[0].message


def test_trail_from_before_chains_is_read_with_a_remark_and_held_together_from_then_on() -> None:
    """Its lines count as one: an edit of them is noticed as soon as a decision was chained to them."""
    old = [OLD, OLD.replace(b"2026-01-01", b"2026-01-02")]
    lines = a_trail(1, b"".join(old))

    assert told(old) == [("trail-unchained", None)]
    assert told(lines) == [("trail-unchained", None)]
    assert told([lines[0].replace(b"ann", b"bob"), *lines[1:]]) == [("trail-unchained", None), ("trail-broken", 3)]


def test_line_that_was_broken_off_spoils_no_other() -> None:
    """After a power cut the next decision begins a line of its own and goes on from the last sound one."""
    content = b"".join(a_trail(2)) + b'{"at": "2026-01'
    content += chained_line(content, a_decision(3))

    found = read_trail(content, "trail.jsonl")

    assert [item.rule for item in found.findings] == ["trail-unreadable"]
    assert [item.case for item in found.decisions] == ["case-1", "case-2", "case-3"]


def test_every_single_edit_of_a_word_is_named() -> None:
    """Two hundred edits at random places: of a value, of a line removed, of a line doubled."""
    chance, lines = Random(5), a_trail(20)  # noqa: S311 - places of edits, not secrets
    for _ in range(200):
        place = chance.randrange(len(lines) - 1)
        data = json.loads(lines[place])
        key = chance.choice(sorted(data))
        data[key] = f"{data[key]}x"
        changed = json.dumps(data).encode() + b"\n"
        edited = chance.choice(([changed], [], [lines[place], lines[place]]))

        found = told([*lines[:place], *edited, *lines[place + 1 :]])

        assert found
        assert all(line in {place + 1, place + 2, place + 3} for _, line in found)
