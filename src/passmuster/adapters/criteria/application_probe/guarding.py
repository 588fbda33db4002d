"""Authentication: nothing is done for somebody who says nothing, or the wrong thing, of who they are."""

from pydantic import Field

from passmuster.adapters.criteria.application_probe.asking import ProbeOptions
from passmuster.adapters.criteria.application_probe.judging import (
    PUBLIC,
    ApplicationCriterion,
    Judgement,
    Violations,
)
from passmuster.adapters.criteria.application_probe.observations import UNAUTHORIZED, Exchange, Seen, is_public
from passmuster.components import BuildContext, Component
from passmuster.domain.budgets import counted
from passmuster.domain.errors import CriterionError
from passmuster.ports import Criterion

_ELSEWHERE = frozenset({302, 303, 307})
_SAID = {"anonymous": "without credentials", "wrong credentials": "to wrong credentials"}


class AuthenticationOptions(ProbeOptions):
    """Options of ``authentication_required``."""

    public: tuple[str, ...] = Field(
        default=PUBLIC,
        description="Addresses that anybody may ask, as patterns such as `*/health*` or `POST /orders`; replaces what "
        "is taken as public otherwise: health, documents, signing in.",
    )
    declared: bool = Field(
        default=True, description="Whether the OpenAPI document, where there is one, must declare `security` for them."
    )


async def authentication_required(seen: Seen, options: AuthenticationOptions) -> Judgement:
    """Look at what came back for requests without credentials, and with wrong ones."""
    guarded = [name for name in seen.operations if not is_public(name, options.public)]
    if not guarded:
        message = "every operation of the application is public"
        raise CriterionError(message, hint="say in the option 'public' which addresses anybody may ask")
    violations = Violations()
    for item in seen.of_kinds(*_SAID):
        if item.operation in guarded and not _is_refused(item):
            message = f"{item.operation} {item.told()} {_SAID[item.kind]}, instead of 401 or 403"
            violations.note(seen, item.operation, message, item.error)
    if seen.document and options.declared:
        general = seen.document.get("security")
        for name in (name for name in guarded if not seen.declared(name).get("security", general)):
            violations.note(seen, name, f"{name} declares no security in its OpenAPI document")
    good = f"{counted(len(guarded), 'operation')} refused whoever came without credentials or with wrong ones"
    return Judgement(asked=guarded, violations=violations, good=good)


def _is_refused(item: Exchange) -> bool:
    if item.status in UNAUTHORIZED:
        return True
    return item.status in _ELSEWHERE and "login" in item.headers.get("location", "").lower()


def _build(options: AuthenticationOptions, context: BuildContext) -> Criterion:
    return ApplicationCriterion(options, context, authentication_required)


AUTHENTICATION_REQUIRED = Component(
    options=AuthenticationOptions,
    build=_build,
    is_deterministic=lambda _options: True,
    is_free=True,
    needs_sandbox=True,
)
"""``authentication_required``: who says nothing of themselves is refused."""
