"""Reads what a service answered, which may be anything; every complaint is a ``ValueError`` that says what is wrong."""

import json
from collections.abc import Mapping

from passmuster.domain.values import JsonObject

USED_UP = frozenset(
    {"insufficient_quota", "billing_not_active", "billing_hard_limit_reached", "exceeded_current_quota_error"}
)
"""What OpenAI and those who speak like it call a quota that no waiting fills up again."""

MOST = 10**12
"""More than this is nonsense, and would not fit into a store."""


def parsed_json(text: str | bytes) -> object:
    """Return what a JSON text says.

    Raises:
        ValueError: If it is no JSON, no UTF-8, or nested deeper than can be read.
    """
    try:
        answer: object = json.loads(text)
    except RecursionError as error:
        message = "gave JSON that is nested too deeply"
        raise ValueError(message) from error
    except UnicodeDecodeError as error:
        message = "gave JSON that is not UTF-8"
        raise ValueError(message) from error
    except ValueError as error:
        message = f"gave what is no JSON: {error}"
        raise ValueError(message) from error
    return answer


def mapping(answer: object, *, called: str = "answer") -> Mapping[str, object]:
    """Return an answer, or a part of it, that is a JSON object.

    Raises:
        ValueError: If it is none; ``called`` names it.
    """
    if not isinstance(answer, Mapping):
        message = f"gave {called!r} that is no object"
        raise ValueError(message)  # noqa: TRY004 - every complaint about an answer takes one way
    return answer


def member(answer: object, name: str) -> object:
    """Return a member of a JSON object.

    Raises:
        ValueError: If there is none, or no object.
    """
    if not isinstance(answer, dict) or name not in answer:
        message = f"gave an answer without {name!r}"
        raise ValueError(message)
    return answer[name]


def listed(answer: object, name: str) -> list[object]:
    """Return a member of a JSON object that is a list.

    Raises:
        ValueError: If there is none, or no list.
    """
    found = member(answer, name)
    if not isinstance(found, list):
        message = f"gave an answer in which {name!r} is no list"
        raise ValueError(message)  # noqa: TRY004 - every complaint about an answer takes one way
    return found


def part(answer: Mapping[str, object], name: str) -> Mapping[str, object]:
    """Return a member that is an object; an empty one where there is none, or something else."""
    found = answer.get(name)
    return found if isinstance(found, Mapping) else {}


def parts(answer: Mapping[str, object], name: str) -> list[Mapping[str, object]]:
    """Return the objects of a member that is a list; none where there is no list."""
    found = answer.get(name)
    return [item for item in found if isinstance(item, Mapping)] if isinstance(found, list) else []


def text(answer: Mapping[str, object], name: str) -> str:
    """Return a member that is a text; an empty one where there is none, or something else."""
    found = answer.get(name)
    return found if isinstance(found, str) else ""


def count(answer: Mapping[str, object], name: str) -> int:
    """Return a member that counts something, at most :data:`MOST`; 0 where there is none, or something else."""
    found = answer.get(name)
    return min(found, MOST) if isinstance(found, int) and not isinstance(found, bool) and found > 0 else 0


def arguments_of(written: object) -> JsonObject:
    """Return the arguments of a tool call; a text that is no JSON object is kept under the key ``""``."""
    if isinstance(written, Mapping):
        return dict(written)
    if not isinstance(written, str):
        return {} if written is None else {"": json.dumps(written)}
    try:
        found = parsed_json(written or "{}")
    except ValueError:
        return {"": written}
    return found if isinstance(found, dict) else {"": written}


def sentence_in(body: object, *, depth: int = 4) -> str:
    """Return the sentence in which a service says what is wrong, wherever it puts it; empty if there is none.

    Known are ``{"error": {"message": …}}`` as OpenAI sends it, ``{"error": "…"}``, ``{"message": …}``, and FastAPI's
    ``{"detail": …}``, a text or a list of complaints. What lies deeper than ``depth`` is not looked at.
    """
    if isinstance(body, str):
        return body
    if depth == 0:
        return ""
    if isinstance(body, list):
        return "; ".join(filter(None, (sentence_in(item, depth=depth - 1) for item in body)))
    if not isinstance(body, Mapping):
        return ""
    said = (sentence_in(body.get(name), depth=depth - 1) for name in ("error", "message", "msg", "detail", "errors"))
    return next(filter(None, said), "")


def is_used_up(body: object) -> bool:
    """Whether an error says that a quota is used up for today or for good, so that asking again is of no use.

    OpenAI says so by the code or the type of the error; Google by the name of the quota (``google.rpc.QuotaFailure``).
    """
    first = body[0] if isinstance(body, list) and body else body
    if not isinstance(first, Mapping):
        return False
    error = part(first, "error")
    if not USED_UP.isdisjoint({text(error, "code"), text(error, "type")}):
        return True
    quotas = [quota for detail in parts(error, "details") for quota in parts(detail, "violations")]
    return any("PerDay" in text(quota, "quotaId") for quota in quotas)


def status_in(body: Mapping[str, object], *, otherwise: int = 500) -> int:
    """Return the status that an error within an answer says that it has, under ``code`` or ``status``."""
    if is_used_up(body):
        return 402
    error = part(body, "error")
    for name in ("code", "status"):
        said = error.get(name)
        if isinstance(said, int) and 400 <= said < 600:  # noqa: PLR2004 - the statuses of errors
            return said
    return otherwise


def wait_in(body: object) -> Mapping[str, str]:
    """Return how long a service asks to wait, as the header that it should have been; nothing where it does not say.

    Google writes it into the error (``google.rpc.RetryInfo``, with a delay such as ``37s`` or ``0.5s``).
    """
    first = body[0] if isinstance(body, list) and body else body
    details = parts(part(first, "error"), "details") if isinstance(first, Mapping) else []
    delays = (text(detail, "retryDelay") for detail in details)
    seconds = next((delay.removesuffix("s") for delay in delays if delay.endswith("s")), "")
    return {"retry-after": seconds} if seconds else {}
