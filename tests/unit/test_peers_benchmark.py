"""The benchmark beside other tools: its server counts what is asked, and its table says what was measured."""

import json
import urllib.request
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture
def peers(benchmark_named: Callable[[str], ModuleType]) -> ModuleType:
    return benchmark_named("peers")


def test_the_server_answers_and_counts(peers: ModuleType) -> None:
    """Every question once, and none before a reset."""
    body = json.dumps({"model": "stub", "messages": []}).encode()
    with peers.stub_server() as port:
        address = f"http://127.0.0.1:{port}/v1/chat/completions"
        request = urllib.request.Request(address, data=body)
        for _ in range(2):
            with urllib.request.urlopen(request) as answer:  # noqa: S310 - loopback
                text = json.load(answer)["choices"][0]["message"]["content"]
        before, after = peers.asked(port, "reset"), peers.asked(port, "counts")

    assert "pineapple" in text
    assert (before["requests"], before["most_under_way"], after["requests"]) == (2, 1, 0)


def test_the_best_of_each_figure_counts(peers: ModuleType) -> None:
    """Of a tool's rounds of one size, and of no other's."""
    common = {"tool": "a", "cases": 100, "concurrency": 10, "window": 1.0, "peak": 50.0, "most_under_way": 10}
    runs = [
        peers.Figures(**common, wall=3.0, processor=1.0),
        peers.Figures(**common, wall=2.0, processor=1.5),
        peers.Figures(**{**common, "cases": 1, "concurrency": 1}, wall=0.5, processor=0.4),
    ]

    best = peers.best(runs)
    text = peers.table(best, ["a", "b"])

    assert [(item.cases, item.wall, item.processor) for item in best] == [(100, 2.0, 1.0), (1, 0.5, 0.4)]
    assert "| a | 2.00 | 1.00 | 10.00 | 50 | 0.50 |" in text
    assert "| b | – | – | – | – | – |" in text


@pytest.mark.parametrize("name", ["passmuster", "passmuster, nothing to route"])
def test_our_own_suite_can_be_read(peers: ModuleType, tmp_path: Path, name: str) -> None:
    """Every case is there, and the command names the folder."""
    [tool] = [tool for tool in peers.TOOLS if tool.name == name]
    wish = peers.Wish(address="http://127.0.0.1:1/v1", cases=3, concurrency=2, folder=tmp_path)

    command = tool.prepare(wish)

    assert command[1:] == ["run", ".", "--no-report"]
    assert len((tmp_path / "cases.jsonl").read_text(encoding="utf-8").splitlines()) == 3
