"""Saved transcripts as a router and as a subject: what a product did once, judged again at no price."""

from dataclasses import replace
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from passmuster.adapters.products.keeping import Kept
from passmuster.adapters.products.observation import Observation
from passmuster.adapters.products.options import fingerprint_of_folder
from passmuster.adapters.products.product import ProductRouter, ProductSubject, Purpose, Watched
from passmuster.adapters.products.readers import VERSION, ReaderName
from passmuster.adapters.products.transcripts import Transcript, Transcripts
from passmuster.components import BuildContext, Component
from passmuster.domain.agents import Roster
from passmuster.domain.answers import Asked, Failure, Stage
from passmuster.domain.cases import Request
from passmuster.domain.errors import RoutingError
from passmuster.domain.values import Fingerprint, fingerprint_of
from passmuster.ports import Router, Subject
from passmuster.programs.arguments import fingerprint_of_file
from passmuster.programs.endings import Ending

CAVEAT = "Choices are replayed from saved transcripts; an edit of an agent since then has no effect on them."


class ReplayOptions(BaseModel):
    """Options of the replay."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    location: str = Field(min_length=1, description="The folder of transcripts, relative to the suite's folder.")
    manifest: str | None = Field(
        default=None,
        min_length=1,
        description="A YAML or JSON file that says which transcript belongs to which request; default: they say so.",
    )
    reader: ReaderName | None = Field(
        default=None, description="Which product's output it is; default: what the transcript says, or `claude_code`."
    )
    checks_roster: bool = Field(
        default=True,
        description="Whether a transcript of a product that had not loaded the whole roster is refused.",
    )


class ReplaySubjectOptions(ReplayOptions):
    """Options of the replay as a subject."""

    by_repetition: bool = Field(
        default=False,
        description="Whether the n-th repetition plays the n-th transcript of its request; default: always the first.",
    )


class ReplayedRuns:
    """Plays transcripts.

    Attributes:
        roster: The agents that were to be chosen from.
        chooses_apart: Never: a transcript is all that there is.
    """

    def __init__(self, transcripts: Transcripts, roster: Roster, *, checks_roster: bool, by_repetition: bool) -> None:
        """Take the transcripts.

        Args:
            transcripts: What is played.
            roster: The agents that were to be chosen from.
            checks_roster: Whether the product must have had all of them.
            by_repetition: Whether each repetition has a transcript of its own.
        """
        self.roster = roster
        self.chooses_apart = False
        self._transcripts = transcripts
        self._checks_roster = checks_roster
        self._by_repetition = by_repetition

    async def watch(self, request: Request, purpose: Purpose, repetition: int) -> Watched:
        """Play the transcript of a request.

        Raises:
            RoutingError: If there is none, or it cannot be read.
        """
        del purpose
        transcript = self._transcript(request, repetition)
        if transcript is None:
            raise _missing(request)
        try:
            observation, kept = self._transcripts.read(transcript)
        except OSError as error:
            message = f"the transcript {transcript.path.name!r} cannot be read: {error.strerror}"
            raise RoutingError(message, hint="correct the file, or the option reader") from error
        return Watched(observation=self._checked(observation), ending=_ending(observation, kept))

    def foresee(self, request: Request, repetition: int, asked: Asked) -> Failure | None:
        """Return the failure that a request without a transcript ends in."""
        if self._transcript(request, repetition) is not None:
            return None
        stage = Stage.ROUTING if Asked.ROUTING in asked else Stage.COMPLETION
        return Failure(stage=stage, kind=RoutingError.__name__, message=str(_missing(request)))

    def _transcript(self, request: Request, repetition: int) -> Transcript | None:
        found = self._transcripts.of(request)
        place = repetition if self._by_repetition else 0
        return found[place] if place < len(found) else None

    def _checked(self, observation: Observation) -> Observation:
        if self._checks_roster:
            return observation
        known = (*(observation.agents or ()), *self.roster.names)
        skills = (*(observation.skill_names or ()), *self.roster.names)
        return replace(observation, agents=known, skill_names=skills)


def _ending(observation: Observation, kept: Kept) -> Ending:
    # The time that a transcript tells is a fact of it, and the same whenever it is played.
    return replace(kept.ending, seconds=kept.ending.seconds or observation.duration or 0.0)


def _missing(request: Request) -> RoutingError:
    message = f"no transcript answers the request {request.text[:60]!r} with the fingerprint {request.fingerprint}"
    return RoutingError(message, hint="record it with the option transcripts of a product, or name it in a manifest")


def _content(options: ReplayOptions, folder: Path) -> Fingerprint:
    manifest = None if options.manifest is None else fingerprint_of_file(folder / options.manifest)
    return fingerprint_of([fingerprint_of_folder(folder / options.location), manifest])


def _runs(options: ReplayOptions, context: BuildContext, *, by_repetition: bool) -> ReplayedRuns:
    transcripts = Transcripts(
        context.folder / options.location,
        manifest=None if options.manifest is None else context.folder / options.manifest,
        reader=options.reader,
        roster=context.roster,
    )
    return ReplayedRuns(transcripts, context.roster, checks_roster=options.checks_roster, by_repetition=by_repetition)


def build_router(options: ReplayOptions, context: BuildContext) -> Router:
    """Build the router for the context's roster.

    Raises:
        InvalidConfigurationError: If there are no transcripts, or the manifest is wrong.
    """
    return ProductRouter(_runs(options, context, by_repetition=False))


def build_subject(options: ReplaySubjectOptions, context: BuildContext) -> Subject:
    """Build the subject for the context's roster.

    Raises:
        InvalidConfigurationError: If there are no transcripts, or the manifest is wrong.
    """
    return ProductSubject(_runs(options, context, by_repetition=options.by_repetition))


ROUTER = Component(
    options=ReplayOptions,
    build=build_router,
    version=VERSION,
    is_deterministic=lambda _options: True,
    caveat=CAVEAT,
    is_free=True,
    content=_content,
)
SUBJECT = Component(
    options=ReplaySubjectOptions,
    build=build_subject,
    version=VERSION,
    is_deterministic=lambda options: not options.by_repetition,
    caveat=CAVEAT,
    is_free=True,
    content=_content,
)
