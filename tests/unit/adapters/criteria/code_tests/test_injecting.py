"""Whether code can be built with stand-ins."""

from tests.plain_examiner import judged

from passmuster.adapters.criteria.code_tests.injecting import COMPONENT

TAKING = '''
"""Sends greetings."""

from typing import Protocol


class Sender(Protocol):
    """Sends."""

    def send(self, text: str) -> None:
        """Send a text."""


class GreetingService:
    """Greets."""

    def __init__(self, sender: Sender, *, times: int, prefix: str = "Hello") -> None:
        self._sender = sender
        self._times = times
        self._prefix = prefix

    def greet(self, name: str) -> None:
        """Greet somebody."""
        for _ in range(self._times):
            self._sender.send(f"{self._prefix} {name}")
'''
MAKING = '''
"""Sends greetings."""


class MailSender:
    """Sends."""

    def send(self, text: str) -> None:
        """Send a text."""


class GreetingService:
    """Greets."""

    def __init__(self) -> None:
        self._sender = MailSender()

    def greet(self, name: str) -> None:
        """Greet somebody."""
        self._sender.send(name)
'''
SHARED = '''
"""Sends greetings."""


class MailSender:
    """Sends."""

    def send(self, text: str) -> None:
        """Send a text."""


sender = MailSender()


def greet(name: str) -> None:
    """Greet somebody."""
    sender.send(name)
'''


async def test_a_class_that_takes_its_collaborator_is_built_with_a_stand_in() -> None:
    """A constructor with a parameter of a protocol is tried, with plain values for plain parameters."""
    score = await judged(COMPONENT, {"greetings.py": TAKING})

    assert (score.value, score.passed) == (1.0, True)
    assert score.reason == "stand-ins are taken in 1 place: GreetingService was built with stand-ins"
    assert score.evidence["seams"] == ["constructor GreetingService"]


async def test_a_class_that_makes_its_collaborator_is_told_with_its_line() -> None:
    """An instance of the answer's own service made within a constructor is a tie."""
    score = await judged(COMPONENT, {"greetings.py": MAKING})

    assert not score.passed
    assert score.reason == (
        "1 place makes or fetches its own collaborators; first (greetings.py:15): "
        "__init__ makes its own MailSender instead of taking one"
    )


async def test_an_instance_that_a_module_shares_is_a_tie_where_it_is_used() -> None:
    """A function that reaches for an instance of its module cannot be given another one."""
    score = await judged(COMPONENT, {"greetings.py": SHARED})

    assert not score.passed
    assert "(greetings.py:16): greet uses the shared sender (MailSender) instead of taking one" in score.reason


async def test_whoever_puts_things_together_may_make_them() -> None:
    """Factories, a main function and what is made where nothing was given are no ties."""
    code = MAKING.replace(
        "def __init__(self) -> None:", "def __init__(self, sender: MailSender | None = None) -> None:"
    )
    code = code.replace("= MailSender()", "= sender or MailSender()")
    code += '''

def create_service() -> GreetingService:
    """Make the usual service."""
    sender = MailSender()
    return GreetingService(sender)


def main() -> None:
    """Greet."""
    service = GreetingService(MailSender())
    service.greet("you")
'''
    score = await judged(COMPONENT, {"greetings.py": code})

    assert score.passed, score.reason


async def test_ties_can_be_allowed() -> None:
    """With one tie allowed, an answer that takes a stand-in elsewhere passes with less than the full value."""
    files = {"taking.py": TAKING, "shared.py": SHARED}

    refused = await judged(COMPONENT, files)
    allowed = await judged(COMPONENT, files, maximum_ties=1)

    assert not refused.passed
    assert (allowed.passed, allowed.value) == (True, 0.5)


async def test_a_constructor_that_does_not_bear_stand_ins_is_told_with_its_error() -> None:
    """What reaches out while it is built cannot be tested with a stand-in."""
    code = TAKING.replace("self._times = times", "raise OSError('no connection')")

    score = await judged(COMPONENT, {"greetings.py": code})

    assert not score.passed
    assert score.reason == "GreetingService cannot be built with stand-ins (greetings.py:13): OSError: no connection"


async def test_code_without_anything_to_take_does_not_pass() -> None:
    """Functions of plain values take no stand-in; the case should not ask for it."""
    score = await judged(COMPONENT, {"halves.py": "def half(number: int) -> int:\n    return number // 2\n"})

    assert (score.passed, score.reason) == (False, "0 places take a stand-in; wanted are at least 1")


async def test_a_parameter_of_a_function_is_a_seam() -> None:
    """A function that takes a protocol's instance, or a function, takes any stand-in."""
    code = (
        "from collections.abc import Callable\n\n\n"
        "def greet(name: str, send: Callable[[str], None]) -> None:\n    send(name)\n"
    )

    score = await judged(COMPONENT, {"greetings.py": code})

    assert (score.passed, score.reason) == (True, "stand-ins are taken in 1 place: greet takes one")
