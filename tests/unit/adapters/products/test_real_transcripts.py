"""Recorded runs of the real product, classified by the benchmark; some of their authors' labels are wrong."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from passmuster.adapters.products.choosing import decision_of, surviving_calls
from passmuster.adapters.products.claude_code_events import ClaudeCodeReading
from passmuster.programs.endings import Ending, Stop

ROOT = Path(__file__).parents[4]
TRANSCRIPTS = ROOT.parent / "shared" / "data" / "transcripts"

pytestmark = pytest.mark.skipif(not TRANSCRIPTS.is_dir(), reason="the shared transcripts are not here")


@pytest.fixture(scope="module")
def benchmark(benchmark_named: Callable[[str], ModuleType]) -> ModuleType:
    return benchmark_named("transcripts_classified")


def test_every_recording_is_classified_and_every_difference_explained(benchmark: ModuleType) -> None:
    """Five runs without the program were labelled as choices of nobody, and one refused call as a choice."""
    verdicts = {verdict.name.partition("/")[2]: verdict for verdict in benchmark.classify(TRANSCRIPTS)}
    different = {name: verdict for name, verdict in verdicts.items() if verdict.differs}

    assert len(verdicts) == 25
    assert Counter(verdict.ours for verdict in verdicts.values()) == {
        "InfrastructureError": 5,
        "nobody": 7,
        "dev:researcher": 4,
        "code-analysis:detective": 3,
        "dev:developer": 2,
        "dev:debugger": 2,
        "dev:architect": 1,
        "agentdev:reviewer": 1,
    }
    assert Counter(verdict.ours for verdict in different.values()) == {
        "InfrastructureError": 5,
        "code-analysis:detective": 1,
    }
    assert all(verdict.status == 127 for verdict in different.values() if verdict.ours == "InfrastructureError")
    refused = different["run-20260209-180957/hint-subagent-02"]
    assert (refused.label, refused.refused, refused.is_right) == ("dev:audit", ("dev:audit",), "yes")
    assert "not explained" not in {verdict.explanation for verdict in verdicts.values()}


def test_a_choice_that_is_seen_early_is_the_choice(benchmark: ModuleType) -> None:
    """A run that is stopped at the first choice says what the whole run would have said."""
    chosen = {}
    for file in sorted(TRANSCRIPTS.rglob("*-transcript.jsonl")):
        roster, reading = benchmark.agents_in([file]), ClaudeCodeReading()
        for line in file.read_text(encoding="utf-8").splitlines():
            if reading.take(line) and surviving_calls(reading.observation(), roster):
                early = decision_of(reading.observation(), Ending(stop=Stop.ENOUGH), roster)
                chosen[benchmark.name_of(file, TRANSCRIPTS)] = early.chosen
                break
    whole = {
        f"{verdict.name}{'/run1' if verdict.label != benchmark.UNLABELLED else ''}-transcript.jsonl": verdict.ours
        for verdict in benchmark.classify(TRANSCRIPTS)
        if verdict.ours not in {benchmark.NOBODY, "InfrastructureError"}
    }

    assert chosen == whole
    assert len(chosen) == 13
