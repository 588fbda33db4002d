"""Cursor's agents."""

from collections.abc import Callable

import pytest

from .bench import Bench, fates


@pytest.fixture
def bench(bench_of: Callable[[str], Bench]) -> Bench:
    return bench_of("cursor")


def test_a_name_may_be_missing(bench: Bench) -> None:
    """Then the file's name stands in for it; other fields are kept."""
    bench.agent("agents/a.md", "name: reviewer\ndescription: b\nmodel: fast\nreadonly: true\nis_background: false")
    bench.agent("agents/writer.md", "description: b")

    roster = bench.load("agents")

    assert roster.names == ("reviewer", "writer")
    assert roster.agents[0].model == "fast"
    assert roster.agents[0].metadata == {"readonly": True, "is_background": False}


def test_what_is_missing_is_told(bench: Bench) -> None:
    """An agent without a description loads, broken front matter does not."""
    bench.agent("agents/a.md", "name: a")
    bench.agent("agents/b.md", "description: Use it: now")
    bench.put("agents/c.md", "# C")

    assert fates(bench.load("agents")) == [("a", "placeholder"), (None, "refused"), (None, "not an agent")]
