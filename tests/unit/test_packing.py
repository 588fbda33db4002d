"""Packing: whatever goes in comes out, and short texts lose nothing by the quick way."""

import json
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passmuster.packing import SHORT, packed


@given(content=st.binary(max_size=300))
def test_what_was_packed_comes_back(content: bytes) -> None:
    """Any bytes, none included."""
    assert zlib.decompress(packed(content)) == content


@pytest.mark.parametrize("size", [SHORT - 1, SHORT, SHORT + 1, 10 * SHORT])
def test_long_contents_come_back_as_well(size: int) -> None:
    """On both sides of the bound."""
    content = bytes(number * 7919 % 251 for number in range(size))

    assert zlib.decompress(packed(content)) == content


def test_the_quick_way_packs_a_short_text_as_well_as_the_usual_one() -> None:
    """A judgement, as a store keeps it."""
    text = json.dumps({"criterion": "contains", "evidence": {"found": ["a", "b"]}, "reason": "every text is there"})

    assert len(packed(text.encode())) <= len(zlib.compress(text.encode()))
