"""Fenced blocks by the rules of CommonMark."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passmuster.domain.answer_files import MOST_BYTES
from passmuster.extraction.fences import FencedBlock, fenced_blocks

LINES = st.text(alphabet="ab` ~>-#1.\t", max_size=12)


@pytest.mark.parametrize(
    ("text", "blocks"),
    [
        ("", []),
        ("no `code` block", []),
        ("```python\nx = 1\n```\n", [("python", "x = 1\n", 1)]),
        ("before\n\n~~~\nx\n~~~", [("", "x\n", 3)]),
        ("```python title=a.py\nx\n```", [("python", "x\n", 1)]),
        ("   ```js\n   x\n   ```", [("js", "x\n", 1)]),
        ("    ```js\n    x\n    ```", []),
        ("````markdown\n```python\nx\n```\n````", [("markdown", "```python\nx\n```\n", 1)]),
        ("~~~\n```\n~~~", [("", "```\n", 1)]),
        ("```\nnever closed", [("", "never closed", 1)]),
        ("1. first:\n\n   ```sh\n   ls\n   ```\n", [("sh", "ls\n", 3)]),
        ("10. tenth:\n\n    ```sh\n    ls\n    ```\n", [("sh", "ls\n", 3)]),
        ("> ```sh\n> ls\n> ```\nafter", [("sh", "ls\n", 1)]),
        ("```a\r\nx\r\n```\r\n", [("a", "x\n", 1)]),
        ("``` a`b\nx", []),
        ("```a\n```\n```b\n```", [("a", "", 1), ("b", "", 3)]),
    ],
)
def test_blocks_are_those_of_commonmark(text: str, blocks: list[tuple[str, str, int]]) -> None:
    """Tildes, longer fences, indentation, lists, quotes and missing ends."""
    found = fenced_blocks(text)

    assert [(block.language, block.content, block.line) for block in found] == blocks


def test_a_language_is_compared_without_case() -> None:
    """``JSON`` is ``json``; ``json5`` is not."""
    block = FencedBlock(info="JSON", content="", line=1)

    assert block.is_in("json")
    assert not block.is_in("json5")


def test_text_beyond_the_limit_is_not_looked_at() -> None:
    """A block that begins beyond the limit is not seen."""
    text = "x" * MOST_BYTES + "\n```\na\n```\n"

    assert fenced_blocks(text) == ()


@given(content=st.lists(LINES, max_size=6), language=st.sampled_from(["", "python", "c++"]), tilde=st.booleans())
def test_a_fence_longer_than_all_within_holds_any_text(content: list[str], language: str, *, tilde: bool) -> None:
    """Whatever stands between long enough fences comes back unchanged."""
    fence = ("~" if tilde else "`") * 13
    inside = "".join(f"{line}\n" for line in content)

    found = fenced_blocks(f"words\n\n{fence}{language}\n{inside}{fence}\nwords\n")

    assert found == (FencedBlock(info=language, content=inside, line=3, label="words"),)


@given(lines=st.lists(LINES, max_size=20))
def test_any_text_is_read_and_every_block_begins_at_a_fence(lines: list[str]) -> None:
    """No text is refused; blocks come in order, and their first lines hold a fence."""
    found = fenced_blocks("\n".join(lines))

    places = [block.line for block in found]
    assert places == sorted(set(places))
    assert all("```" in lines[place - 1] or "~~~" in lines[place - 1] for place in places)
