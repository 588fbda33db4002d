"""How tests drive a product: a stand-in takes its place."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any, TypeVar

from passmuster.adapters.products import command
from passmuster.components import BuildContext, Component
from passmuster.domain.agents import Roster
from passmuster.domain.answers import Answer, Asked
from passmuster.ports import Subject
from passmuster.testing.factories import a_request, a_roster

from .stand_in_product import StandIn, claude_init

ProductT = TypeVar("ProductT")
ROSTER = a_roster()
BEGIN = claude_init(*ROSTER.names)
BOTH = Asked.ROUTING | Asked.COMPLETION


def build(
    component: Component[Any, ProductT], stand_in: StandIn, roster: Roster = ROSTER, **options: object
) -> ProductT:
    is_command = component.options is command.CommandOptions
    own: dict[str, object] = {"command": (stand_in.program,)} if is_command else {"program": stand_in.program}
    context = BuildContext(folder=stand_in.folder, roster=roster)
    return component.build(component.options.model_validate({**own, **options}), context)


async def respond(subject: Subject, asked: Asked = BOTH) -> Answer:
    return await subject.respond(a_request(), repetition=0, assigned=None, asked=asked)


async def looks() -> AsyncIterator[None]:
    """Yield now and then, while what goes on goes on."""
    while True:
        yield
        await asyncio.sleep(0.01)
