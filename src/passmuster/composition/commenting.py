"""Turns what CI and the command line say of a change into what comments on it."""

import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from pydantic import ValidationError

from passmuster.components import BuildContext
from passmuster.composition.catalogue import Catalogue
from passmuster.composition.secrets import Secrets
from passmuster.configuration.discussions import GITHUB, GITLAB, Review, review_of
from passmuster.configuration.reading import find_suite
from passmuster.configuration.settings import Settings
from passmuster.configuration.suite_names import written_name
from passmuster.discussing import CodeHost, UnjudgedWriter
from passmuster.domain.comments import Comment, Unjudged
from passmuster.domain.errors import InvalidConfigurationError
from passmuster.domain.findings import Finding, Severity
from passmuster.policies.insisting import Insisting

_VARIABLES = {GITHUB: "GITHUB_TOKEN", GITLAB: "GITLAB_TOKEN"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What the command line says of the change; empty, or 0, for what it does not say."""

    host: str = ""
    address: str = ""
    repository: str = ""
    number: int = 0
    token_variable: str = ""


def review_as_told(told: Told, environment: Mapping[str, str] = os.environ) -> Review:
    """Return the change under review: what the command line says counts, and for the rest what CI says.

    Raises:
        InvalidConfigurationError: If there is no such code host.
    """
    found = review_of(environment)
    known = Catalogue(folder=Path()).names("code_hosts")
    if told.host and told.host not in known:
        finding = Finding(
            rule="unknown-code-host",
            severity=Severity.ERROR,
            message=f"there is no code host {told.host!r}",
            hint=f"known: {', '.join(known)}",
        )
        raise InvalidConfigurationError([finding])
    if told.host and told.host != found.host:
        # Another host's addresses and numbers mean nothing to this one.
        found = Review(host=told.host, token_variable=_VARIABLES.get(told.host, ""), summary=found.summary)
    return replace(
        found,
        address=told.address or found.address,
        repository=told.repository or found.repository,
        number=told.number or found.number,
        token_variable=told.token_variable or found.token_variable,
    )


def code_host_of(review: Review) -> CodeHost:
    """Build what comments on a change.

    Raises:
        InvalidConfigurationError: With everything that is missing or wrong.
    """
    component = Catalogue(folder=Path()).component("code_hosts", review.host)
    said = {
        "address": review.address,
        "repository": review.repository,
        "number": review.number,
        "secret": review.token_variable,
    }
    try:
        options = component.options.model_validate(said)
    except ValidationError as error:
        raise InvalidConfigurationError(
            [_complaint(str(item["loc"][0]), item["msg"]) for item in error.errors()]
        ) from (error)
    secrets = Secrets(Settings().environment_file)
    built: CodeHost = component.build(options, BuildContext(folder=Path(), secret=secrets.value))
    return Insisting(built, rest=time.sleep)


def name_of_suite(wanted: str | None) -> str:
    """Return what a suite calls itself, even where its file cannot be used.

    Raises:
        InvalidConfigurationError: If there is no such suite.
    """
    return written_name(find_suite(wanted or Settings().suite, Path.cwd()))


def comment_on(trouble: Unjudged) -> Comment:
    """Return what is said of a commit that could not be judged."""
    component = Catalogue(folder=Path()).component("reporters", "markdown")
    writer: UnjudgedWriter = component.build(component.options(), BuildContext(folder=Path()))
    return writer.unjudged(trouble)


def _complaint(name: str, words: str) -> Finding:
    option = "token-variable" if name == "secret" else name
    return Finding(
        rule="no-discussion",
        severity=Severity.ERROR,
        message=f"where to comment is not known: {name}: {words.removeprefix('Value error, ')}",
        hint=f"name it with --{option}",
    )
