"""A backend that runs a program for each request: what it is asked comes on its standard input, the answer goes back.

With ``protocol: json`` both are JSON objects (:mod:`passmuster.completion_contract`). With ``protocol: text`` the
program gets the conversation as people would write it down, and all that it prints is the answer.
"""

import json
import os
import shutil
import tempfile
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from passmuster.adapters.backends.request_parts import conversation, system_prompt
from passmuster.completion_contract import completion_of, request_document
from passmuster.components import BuildContext, Component
from passmuster.domain.answers import Completion, CompletionRequest, Failure, Stage
from passmuster.domain.cases import Role
from passmuster.domain.endpoints import Endpoint, Reply
from passmuster.domain.errors import (
    BackendError,
    BackendRefusedError,
    BackendUnavailableError,
    TimeLimitError,
    UnreadableAnswerError,
)
from passmuster.domain.values import UNKNOWN, Fingerprint, fingerprint_of
from passmuster.ports import LiveBackend
from passmuster.programs.arguments import Argument, fingerprint_of_file
from passmuster.programs.endings import Ending, Stop
from passmuster.programs.environment import handed_on
from passmuster.programs.processes import Launch, run
from passmuster.programs.processes import Limits as RunLimits
from passmuster.services.options import VARIABLE, Limits
from passmuster.services.reading import parsed_json
from passmuster.services.redaction import Redaction

PROVIDER: Final = "command"
PASSING: Final = 75
"""The exit status for a failure that may pass (EX_TEMPFAIL of sysexits.h)."""

SHOWN_ERRORS: Final = 300
"""Characters of the end of what a program complained of."""

_SPEAKERS: Final = {Role.USER: "User", Role.ASSISTANT: "Assistant"}

Name = Annotated[str, Field(pattern=VARIABLE)]


def _a_few_at_once() -> Limits:
    return Limits(concurrency=4)


class CommandOptions(BaseModel):
    """Options of the backend ``command``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    command: tuple[Argument, ...] = Field(
        min_length=1,
        description="The program (a name, or a place that begins with ./ or /) and its arguments; no shell reads it.",
    )
    protocol: Literal["json", "text"] = Field(
        default="json", description="Whether it is asked and answers in JSON, or in plain text."
    )
    model: str = Field(default="", description="The model that it is told to use, where a request names none.")
    environment: tuple[Name, ...] = Field(
        default=(), description="Names of the environment variables that it may see, besides PATH and the language."
    )
    deterministic: bool = Field(default=False, description="Whether it answers equal requests equally.")
    # What follows changes no answer, and is kept out of fingerprints.
    limits: Limits = Field(
        default_factory=_a_few_at_once,
        exclude=True,
        description="How many run at once (default 4), and how long one may take (total).",
    )
    maximum_output: int = Field(
        default=16_000_000, ge=1_000, exclude=True, description="Bytes of output after which a run is ended."
    )


class CommandBackend:
    """Runs a program once for each request."""

    def __init__(self, options: CommandOptions, context: BuildContext) -> None:
        """Take what is to be run, and whom to ask for the values of variables."""
        self._options = options
        self._folder = context.folder
        self._value_of = context.secret
        self._endpoint = Endpoint(provider=PROVIDER, address=options.command[0])

    @property
    def endpoint(self) -> Endpoint:
        """The program."""
        return self._endpoint

    def model_of(self, request: CompletionRequest) -> str:
        """Return the model that the program is told to use; empty for its own."""
        return request.model or self._options.model

    def most_written(self, request: CompletionRequest) -> int | None:
        """Return the limit of the request; nobody knows whether the program keeps to it."""
        return request.sampling.maximum_tokens

    def foresee(self, request: CompletionRequest) -> Failure | None:
        """Return why no request can be answered: there is no such program; ``None`` if there is."""
        del request
        try:
            self._program()
        except BackendError as error:
            return Failure.of(error, Stage.COMPLETION)
        return None

    async def complete(self, request: CompletionRequest) -> Completion:
        """Return the completion of the reply."""
        return (await self.ask(request)).completion

    async def ask(self, request: CompletionRequest) -> Reply:
        """Run the program once; when it ends, is cancelled or takes too long, nothing of it is left.

        Raises:
            BackendError: If it gives no answer.
        """
        places = {name: place for name in self._options.environment if (place := _place_in(name)) is not None}
        asked = ((name, self._value_of(name)) for name in self._options.environment if name not in places)
        values = {name: value for name, value in asked if value is not None}
        redaction = Redaction(value for value in values.values() if "://" not in value)
        lines: list[str] = []

        def take(line: str) -> bool:
            lines.append(line)
            return False

        given = _file_with(self._input(request))
        try:
            launch = Launch(
                arguments=(self._program(), *self._options.command[1:]),
                folder=self._folder,
                environment={**handed_on(()), **places, **values},
                input=given,
            )
            limits = RunLimits(seconds=self._options.limits.total, output=self._options.maximum_output)
            ending = await run(launch, limits, take)
        finally:
            with suppress(OSError):
                given.unlink()
        self._refuse(ending, redaction)
        return Reply(completion=self._completion(redaction.text("\n".join(lines)), ending.seconds))

    def _program(self) -> str:
        named = self._options.command[0]
        place = str((self._folder / named).absolute()) if "/" in named else shutil.which(named)
        if place is None or not os.access(place, os.X_OK) or not Path(place).is_file():
            message = f"there is no program {named!r}"
            raise BackendRefusedError(message, hint="install it, or correct the option command")
        return place

    def _input(self, request: CompletionRequest) -> str:
        if self._options.protocol == "text":
            return _as_text(request)
        return json.dumps(request_document(request, model=self._options.model))

    def _refuse(self, ending: Ending, redaction: Redaction) -> None:
        """Raise what a run that gave no answer means."""
        program = self._options.command[0]
        said = " ".join(redaction.text(ending.errors).split())[-SHOWN_ERRORS:]
        because = f": {said}" if said else ""
        if ending.stop is Stop.TIME:
            message = f"{program} took longer than {self._options.limits.total:g} seconds{because}"
            raise TimeLimitError(message, hint="allow it more with limits: {total: …}")
        if ending.stop is Stop.FLOOD:
            message = f"{program} printed more than {self._options.maximum_output} bytes"
            raise BackendRefusedError(message, hint="allow it more with maximum_output")
        if ending.stop is Stop.NOT_STARTED:
            message = f"{program} could not be started{because}"
            raise BackendRefusedError(message)
        if ending.exit_status == PASSING:
            message = f"{program} says that its failure may pass{because}"
            raise BackendUnavailableError(message)
        if ending.exit_status:
            message = f"{program} ended with status {ending.exit_status}{because}"
            raise BackendRefusedError(message)

    def _completion(self, output: str, seconds: float) -> Completion:
        if self._options.protocol == "text":
            return Completion(text=output, model=self._options.model, latency=seconds)
        program = self._options.command[0]
        try:
            found = completion_of(parsed_json(output))
        except ValueError as error:
            message = f"{program} printed no answer: {error}"
            raise UnreadableAnswerError(message, hint="docs/command_backend.md says what to print") from error
        return replace(found, latency=seconds, model=found.model or self._options.model)


def _place_in(variable: str) -> str | None:
    """Return the folder that an environment variable names, such as HOME, which is no secret; ``None`` without one."""
    value = os.environ.get(variable, "")
    return value if value.startswith("/") and "\0" not in value and Path(value).is_dir() else None


def _as_text(request: CompletionRequest) -> str:
    """Return a conversation as people write one down; a single message needs no name before it."""
    system, turns = system_prompt(request, schema_in_words=True), conversation(request)
    named = [f"{_SPEAKERS[turn.role]}: {turn.content}" for turn in turns]
    said = [turns[0].content] if len(turns) == 1 else named
    return "\n\n".join([*([system] if system else []), *said])


def _file_with(text: str) -> Path:
    """Write a file that nobody else can read, and return where it is."""
    descriptor, place = tempfile.mkstemp(prefix="passmuster-request-")
    with os.fdopen(descriptor, "wb") as file:
        file.write(text.encode("utf-8", "replace"))
    return Path(place)


def _content(options: CommandOptions, folder: Path) -> Fingerprint:
    """Return the fingerprint of the program, and of files that its arguments name, where they lie beside the suite."""
    beside = [
        [argument, fingerprint_of_file(folder / argument)] for argument in options.command if _is_in(folder, argument)
    ]
    return fingerprint_of(beside) if beside else UNKNOWN


def _is_in(folder: Path, named: str) -> bool:
    try:
        place = (folder / named).resolve()
        return place.is_file() and place.is_relative_to(folder.resolve())
    except OSError:
        # An argument may be anything, and too long for a name of a file.
        return False


def build(options: CommandOptions, context: BuildContext) -> LiveBackend:
    """Build the backend; nothing is run yet."""
    return CommandBackend(options, context)


COMPONENT = Component(
    options=CommandOptions, build=build, is_deterministic=lambda options: options.deterministic, content=_content
)
"""``command``: runs a program."""
