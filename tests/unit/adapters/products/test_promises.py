"""What every router promises, of products that are driven and of transcripts that are replayed."""

from importlib.metadata import entry_points
from pathlib import Path

import pytest

from passmuster.adapters.products.keeping import Kept, keep
from passmuster.components import BuildContext
from passmuster.ports import Router
from passmuster.testing.conformance import REQUESTS, check_router
from passmuster.testing.factories import a_roster

from .stand_in_product import StandIn, Step, claude_call, claude_end, claude_init, line, prints

ROSTER = a_roster()
CLAUDE = (claude_init(*ROSTER.names), claude_call("debugger"), claude_end())
GEMINI = line(type="tool_use", tool_name="invoke_agent", tool_id="1", parameters={"agent_name": "debugger"})
OPENCODE = line(
    type="tool_use",
    part={"tool": "task", "callID": "1", "state": {"status": "completed", "input": {"subagent_type": "debugger"}}},
)
CODEX = (
    line(type="item.completed", item={"type": "agent_message", "text": '{"agent": "debugger"}'}),
    line(type="turn.completed", usage={}),
)
PRINTED: dict[str, list[Step]] = {
    "claude_code": [*prints(*CLAUDE)],
    "gemini_cli": [*prints(GEMINI)],
    "opencode": [*prints(OPENCODE)],
    "codex": [*prints(*CODEX)],
    "command": [*prints('{"agent": "debugger", "confidence": 1}')],
}
"""What a stand-in prints in the place of each product; made up."""


def build(kind: str, folder: Path, options: dict[str, object]) -> Router:
    (point,) = entry_points(group="passmuster.routers", name=kind)
    component = point.load()
    context = BuildContext(folder=folder, roster=ROSTER)
    router: Router = component.build(component.options.model_validate(options), context)
    return router


@pytest.mark.parametrize("kind", PRINTED)
async def test_a_product_keeps_the_promises_of_a_router(kind: str, stand_in: StandIn) -> None:
    """Whatever is asked; and it chooses, so that the promises are kept by decisions, not by errors alone."""
    stand_in.plan(*PRINTED[kind])
    named: dict[str, object] = {"command": [stand_in.program]} if kind == "command" else {"program": stand_in.program}
    router = build(kind, stand_in.folder, named)

    await check_router(router, ROSTER)

    assert (await router.route(REQUESTS[0])).chosen == "debugger"


async def test_the_replay_keeps_the_promises_of_a_router(tmp_path: Path) -> None:
    """For requests with a transcript and for those without."""
    for request in REQUESTS[:4]:
        keep(Kept(request=request.fingerprint, reader="claude_code", lines=CLAUDE), tmp_path)
    router = build("replay", tmp_path, {"location": "."})

    await check_router(router, ROSTER)

    assert (await router.route(REQUESTS[0])) == (await router.route(REQUESTS[0]))
