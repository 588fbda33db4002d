"""What code that nobody trusts may try, inside bubblewrap."""

import pytest
from tests.attacks.arena import ATTACKS, FURTHER, PYTHON, Attack, make
from tests.sandboxing import needs_bubblewrap

from passmuster.adapters.sandboxes.bubblewrap import Bubblewrap, BubblewrapOptions
from passmuster.adapters.sandboxes.unconfined import Unconfined
from passmuster.ports import Sandbox

EXACT = 1.1
"""A limit of memory is looked at twenty times a second, which is late by at most so much."""


@pytest.fixture
def bubblewrap() -> Sandbox:
    return Bubblewrap(BubblewrapOptions())


@needs_bubblewrap
@pytest.mark.parametrize("attack", [*ATTACKS, *FURTHER], ids=lambda attack: attack.name)
async def test_an_attack_is_held_back(attack: Attack, bubblewrap: Sandbox) -> None:
    """It breaks nothing, is ended by the limit that it runs into, and leaves no process behind."""
    outcome = await make(attack, bubblewrap)

    assert outcome.broken == {}
    assert outcome.result.ended_by is attack.ended_by
    assert outcome.left == 0
    # A script that fell over has attacked nothing.
    assert attack.ended_by or (outcome.result.status == 0 and outcome.held), outcome.result.errors.decode()


@pytest.mark.parametrize("attack", [attack for attack in ATTACKS if attack.is_harmless], ids=lambda attack: attack.name)
async def test_an_attack_would_do_without_a_sandbox(attack: Attack) -> None:
    """What is held back inside is there to be found: the same script breaks something where nothing holds it."""
    outcome = await make(attack, Unconfined(), python=PYTHON)

    assert outcome.broken, outcome.result.errors.decode()
