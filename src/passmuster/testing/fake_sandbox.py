"""A sandbox that runs nothing, and does what a test tells it."""

from collections.abc import Callable, Sequence

from passmuster.domain.errors import SandboxError
from passmuster.domain.sandboxes import CommandResult, ProbeFinding, SandboxCommand, SandboxProbe

Outcome = CommandResult | SandboxError
"""What comes of a command; an error is raised."""


class FakeSandbox:
    """Gives scripted results; conforms to :class:`passmuster.ports.Sandbox`.

    Attributes:
        commands: What was to be run so far.
    """

    def __init__(
        self, outcomes: Sequence[Outcome] | Callable[[SandboxCommand], Outcome] = (), *, remedy: str = ""
    ) -> None:
        """Take what is to come.

        Args:
            outcomes: What comes of the commands, in their order, the last one again and again; or what tells it of a
                command. Without any, each command succeeds and says nothing.
            remedy: What its probe advises; with such advice it is not usable.
        """
        self._outcomes = outcomes
        self._remedy = remedy
        self.commands: list[SandboxCommand] = []

    @property
    def name(self) -> str:
        """Return its name."""
        return "fake"

    async def probe(self) -> SandboxProbe:
        """Return a probe that was scripted."""
        finding = ProbeFinding(name="starts a command", is_held=not self._remedy, detail=self._remedy)
        return SandboxProbe(sandbox=self.name, version="1", findings=(finding,), remedy=self._remedy)

    async def run(self, command: SandboxCommand) -> CommandResult:
        """Return what was scripted for a command.

        Raises:
            SandboxError: If that was scripted.
        """
        self.commands.append(command)
        outcome = self._outcome(command)
        if isinstance(outcome, SandboxError):
            raise outcome
        return outcome

    def _outcome(self, command: SandboxCommand) -> Outcome:
        if callable(self._outcomes):
            return self._outcomes(command)
        if not self._outcomes:
            return CommandResult(status=0)
        return self._outcomes[min(len(self.commands), len(self._outcomes)) - 1]
