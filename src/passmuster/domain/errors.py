"""Everything that passmuster raises.

::

    PassmusterError                      printed as "message — hint", never with a traceback
    ├── InvalidInputError                exit 2: the user's files; carries every finding at once
    │   ├── InvalidConfigurationError
    │   ├── InvalidRosterError
    │   ├── InvalidDatasetError
    │   └── InvalidBaselineError
    ├── UnknownComponentError            exit 2: a name in the suite that nothing is registered for
    ├── MissingExtraError                exit 2: an optional dependency is not installed
    ├── UnacceptableRunError             exit 2: what cannot become the baseline
    ├── EnvironmentFaultError            exit 3: the disk, the terminal, a place that cannot be written
    │   └── CodeHostError                where a change is discussed, no comment could be placed
    │       ├── CodeHostBusyError        it may succeed a moment later
    │       └── PermissionMissingError   the token may not comment
    ├── StoreError                       exit 3
    │   ├── StoreLockedError
    │   ├── SchemaVersionError
    │   └── RunNotFoundError             exit 2: the user named it
    └── TrialFailure                     recorded on one trial; never stops the run
        ├── RoutingError
        │   ├── SetupError               what the product loaded is not what was to be tested
        │   ├── InfrastructureError      the product did not run to an end: no binary, no key, no time
        │   └── EmbeddingError           an embedder gave no vectors
        ├── BackendError
        │   ├── BackendUnavailableError  the service did not answer, or not to the end; may pass
        │   │   ├── RateLimitedError     it wants to be asked later
        │   │   ├── TimeLimitError       it took longer than allowed
        │   │   │   └── ConnectionTimeError  to connect, so that nothing was sent
        │   │   ├── ServiceGoneError     it has failed for so long that it is asked no more for now
        │   │   └── BrokenOffError       it had the request, and the answer did not come to its end
        │   ├── BackendRefusedError      it will not answer this request, however often it is asked
        │   ├── UnreadableAnswerError    it answered what is no answer
        │   ├── BudgetExhaustedError     the request was not sent, since it might have cost too much
        │   ├── RecordingMissingError
        │   └── RecordingStaleError
        └── CriterionError               a criterion could not judge: Unscored, never zero
            ├── CriterionUnavailableError  this machine lacks what it needs: left out on both sides
            └── SandboxError             a sandbox could not do its part
"""

from collections.abc import Sequence

from passmuster.domain.findings import Finding


class PassmusterError(Exception):
    """An error that we foresaw.

    Attributes:
        message: What is wrong, with the offender's name.
        hint: What to do about it; empty where nothing can be advised.
    """

    def __init__(self, message: str, *, hint: str = "") -> None:
        """Keep the message and the hint."""
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        """Return "message — hint"."""
        return f"{self.message} — {self.hint}" if self.hint else self.message


class InvalidInputError(PassmusterError):
    """The user's files are wrong; every complaint is carried at once."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        """Keep the findings, in the order in which they are to be printed."""
        super().__init__("\n".join(str(finding) for finding in findings))
        self.findings = tuple(findings)


class InvalidConfigurationError(InvalidInputError):
    """A suite or a setting is wrong."""


class InvalidRosterError(InvalidInputError):
    """No roster can be made of the agent files."""


class InvalidDatasetError(InvalidInputError):
    """A dataset is wrong, or names agents that the roster has not."""


class InvalidBaselineError(InvalidInputError):
    """A baseline file is wrong, or is another suite's."""


class UnknownComponentError(PassmusterError):
    """A suite uses a name that no component is registered for."""


class MissingExtraError(PassmusterError):
    """A component needs a package that is not installed."""


class UnacceptableRunError(PassmusterError):
    """A run, or a part of it, cannot become the baseline."""


class EnvironmentFaultError(PassmusterError):
    """The machine does not let us do what was asked: a full disk, a place that cannot be written."""


class CodeHostError(EnvironmentFaultError):
    """A code host does not let us comment on a change."""


class CodeHostBusyError(CodeHostError):
    """A code host could not be reached, failed inside, or wants to be asked less often.

    Attributes:
        wait: Seconds that it asks to wait; ``None`` where it does not say.
    """

    def __init__(self, message: str, *, hint: str = "", wait: float | None = None) -> None:
        """Keep what was said, and how long to wait."""
        super().__init__(message, hint=hint)
        self.wait = wait


class PermissionMissingError(CodeHostError):
    """The token is not allowed to comment."""


class StoreError(PassmusterError):
    """The store cannot be used."""


class StoreLockedError(StoreError):
    """Another process holds the store, and did not let go in time."""


class SchemaVersionError(StoreError):
    """The store was written by another version of passmuster that we cannot read."""


class RunNotFoundError(StoreError):
    """No run of that name is in the store."""


class TrialFailure(PassmusterError):  # noqa: N818 - a failure is recorded as data; it is no error of the program
    """Something kept one trial from being judged; the run goes on.

    Attributes:
        is_transient: Whether the same call may succeed later.
    """

    is_transient = False


class RoutingError(TrialFailure):
    """A router gave no decision."""


class SetupError(RoutingError):
    """What a product loaded is not the roster that was to be tested, so that its choice says nothing."""


class InfrastructureError(RoutingError):
    """A product, a process or a service did not run to its end; that is no choice, least of all of nobody."""


class EmbeddingError(RoutingError):
    """An embedder gave no vectors."""


class BackendError(TrialFailure):
    """A backend gave no completion.

    Attributes:
        may_have_cost: Whether the service may want money for the attempt, although it brought nothing.
    """

    may_have_cost = False


class BackendUnavailableError(BackendError):
    """A service could not be reached, broke off, or failed inside; asking again may help.

    Attributes:
        is_unreached: Whether there was no connection, which says nothing of the request.
    """

    is_transient = True
    is_unreached = False


class RateLimitedError(BackendUnavailableError):
    """A service wants to be asked less often.

    Attributes:
        retry_after: Seconds that it asks to wait; ``None`` where it does not say.
    """

    def __init__(self, message: str, *, hint: str = "", retry_after: float | None = None) -> None:
        """Keep what was said, and how long to wait."""
        super().__init__(message, hint=hint)
        self.retry_after = retry_after


class TimeLimitError(BackendUnavailableError):
    """A service took longer than it was given; what it did meanwhile may have to be paid for."""

    may_have_cost = True


class ConnectionTimeError(TimeLimitError):
    """No connection came about in time; nothing was sent."""

    may_have_cost = False
    is_unreached = True


class BrokenOffError(BackendUnavailableError):
    """A connection ended after the request was sent and before the answer was whole; it may have to be paid for."""

    may_have_cost = True


class ServiceGoneError(BackendUnavailableError):
    """A request was not sent, because nothing but failures has come from the service for some time."""


class BackendRefusedError(BackendError):
    """A service will not answer this request: no right, no such model, too long a text, forbidden content.

    Attributes:
        is_for_all: Whether it would refuse any other request as well, since it knows no such key or model.
    """

    def __init__(self, message: str, *, hint: str = "", is_for_all: bool = False) -> None:
        """Keep what was said, and whom it is for."""
        super().__init__(message, hint=hint)
        self.is_for_all = is_for_all


class UnreadableAnswerError(BackendError):
    """A service answered what is no answer: no JSON, or without what belongs to it; asking again may help."""

    is_transient = True
    may_have_cost = True


class BudgetExhaustedError(BackendError):
    """A request was not sent, because the budget might not have sufficed."""


class RecordingMissingError(BackendError):
    """No recording of this request exists."""


class RecordingStaleError(BackendError):
    """The only recording of this request was made with other instructions or another sampling."""


class CriterionError(TrialFailure):
    """A criterion could not judge; the answer is not to blame."""


class CriterionUnavailableError(CriterionError):
    """This machine lacks what a criterion needs, so that nobody's answer can be judged by it here.

    Such a criterion is left out on both sides of a comparison, and is no failure of the harness.
    """


class SandboxError(CriterionError):
    """A sandbox could not start a command, or lost it; what the command itself does is never an error."""
