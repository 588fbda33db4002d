"""What holds for every reader: whatever is printed, it raises nothing, and gives equal observations."""

import json
import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from passmuster.adapters.products.choosing import decision_of
from passmuster.adapters.products.observation import observe
from passmuster.adapters.products.readers import VERSIONS, reader_of
from passmuster.domain.errors import RoutingError
from passmuster.programs.endings import Ending
from passmuster.testing.factories import a_roster

from .stand_in_product import claude_call, claude_end, claude_init, claude_result_of

ROSTER = a_roster()
WORDS = re.findall(
    r"\S+",
    "type subtype system init assistant user result stream_event message content tool_use tool_result name input id"
    " parent_tool_use_id tool_use_id is_error subagent_type Task Agent Skill usage input_tokens output_tokens agents"
    " debugger general-purpose event content_block_start content_block_delta content_block_stop message_start delta"
    " content_block partial_json message_stop total_cost_usd modelUsage permission_denials part state tool task status"
    " error completed step_finish tokens cost reason item item.completed agent_message turn.completed text agent"
    " confidence tool_name tool_id parameters agent_name invoke_agent init model stats duration_ms passmuster",
)
WORD = st.sampled_from(WORDS)
VALUE = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | WORD | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORD, inner, max_size=5),
    max_leaves=12,
)
EVENT = st.dictionaries(WORD, VALUE, max_size=6).map(json.dumps)
REAL = st.sampled_from(
    [
        claude_init("debugger"),
        claude_call("debugger"),
        claude_result_of("call-1"),
        claude_end(),
        '{"agent": "debugger"}',
    ]
)
LINES = st.lists(EVENT | REAL | st.text(max_size=40), max_size=12)


@pytest.mark.parametrize("name", VERSIONS)
@settings(deadline=None)
@given(lines=LINES)
def test_whatever_is_printed_is_an_observation(name: str, lines: list[str]) -> None:
    """Lines of the right words in the wrong places raise nothing; what they mean is a decision, or a routing error."""
    reader = reader_of(name, ROSTER)
    assert reader is not None

    seen = observe(reader, lines)

    assert seen == observe(reader, lines)
    assert seen.usage.input_tokens >= 0
    try:
        decision = decision_of(seen, Ending(), ROSTER)
    except RoutingError:
        return
    assert decision.chosen in {None, *ROSTER.names}


@pytest.mark.parametrize("name", VERSIONS)
@settings(deadline=None)
@given(content=st.binary(max_size=200))
def test_any_bytes_are_an_observation(name: str, content: bytes) -> None:
    """Bytes that are no text, and text that is no JSON."""
    reader = reader_of(name, ROSTER)
    assert reader is not None

    seen = observe(reader, content.decode("utf-8", "replace").split("\n"))

    assert seen.calls == ()


@pytest.mark.parametrize("name", VERSIONS)
@pytest.mark.parametrize(
    "line",
    [
        "[" * 200_000,
        '{"a":' * 200_000,
        '{"type": "result", "total_cost_usd": ' + "9" * 5_000 + "}",
        '{"type": "result", "usage": {"input_tokens": 1e400}, "total_cost_usd": NaN, "duration_ms": -1}',
        '{"type": "assistant", "message": {"content": [{"type": "text", "text": "\\ud800"}]}}',
        "\ufeff" + '{"type": "system", "subtype": "init", "agents": [1, null, {"name": "a"}]}',
        '{"type": {"type": "system"}, "message": [[]], "event": 3}',
    ],
)
def test_hostile_lines_are_read(name: str, line: str) -> None:
    """Deep, long, not a number, half a character, or of the wrong type."""
    reader = reader_of(name, ROSTER)
    assert reader is not None

    seen: Any = observe(reader, [line])

    assert str(seen).encode("utf-8")


def test_an_unknown_reader_is_none() -> None:
    """A transcript may name what nobody knows."""
    assert reader_of("cursor", ROSTER) is None
