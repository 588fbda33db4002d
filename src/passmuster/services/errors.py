"""Foreign errors become ours here, and nowhere else: exceptions of connections, bad statuses, reported failures."""

import email.utils
import math
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

from passmuster.domain.errors import (
    BackendError,
    BackendRefusedError,
    BackendUnavailableError,
    BrokenOffError,
    ConnectionTimeError,
    RateLimitedError,
    TimeLimitError,
    UnreadableAnswerError,
)
from passmuster.services.redaction import NOTHING, Redaction

SHOWN: Final = 300
"""Characters of a service's complaint that a message repeats."""

OVERLOADED: Final = 529
"""Anthropic's status for a service that has too much to do."""

_TOO_MANY: Final = 429
_UNAVAILABLE: Final = 503
_SERVER_ERROR: Final = 500
_REDIRECT: Final = range(300, 400)
_TRANSIENT: Final = frozenset({408, 409, 425})
"""Statuses below 500, besides 429, after which the same request may succeed."""

_UNPAID: Final = 402

_NEVER: Final = frozenset({501, 505})
"""Statuses from 500 on after which the same request cannot succeed: whatever is there knows no such requests."""

_FOR_ALL: Final = frozenset({401, 402, 403, 404, 405, *_NEVER})
"""Statuses that are about the key, the account, the model or the place, and hardly ever about what was asked."""

_ELSEWHERE: Final = "check base_url: there is something else at this address"

_HINTS: Final[Mapping[int, str]] = {
    400: "the service says what it does not take; options that send less are in docs/backends.md",
    401: "check the environment variable that 'secret' names: the service does not know this key",
    402: "the account has no money left, or its quota is used up: see the service's page for billing and limits",
    403: "this key may not ask for this; another one may, or another model",
    404: "check base_url and model: the service has nothing under this name",
    405: _ELSEWHERE,
    413: "the request is longer than the service takes",
    501: _ELSEWHERE,
    505: _ELSEWHERE,
    422: "the service says what it does not take; options that send less are in docs/backends.md",
}


class ReportedError(Exception):
    """A service says within an answer, or within a stream, that it failed; dialects raise it.

    Attributes:
        sentence: The service's own words.
        status: The status that it would have had, had it come at once: 500 and above may pass, 400 will not.
    """

    def __init__(self, sentence: str, *, status: int = _SERVER_ERROR) -> None:
        """Keep the words and the status."""
        super().__init__(sentence)
        self.sentence = sentence
        self.status = status


class TooLargeError(Exception):
    """An answer is longer than anything sensible."""


_Kind = type[BackendError]
_BROKEN: Final = (BrokenOffError, "broke off")
_UNREACHED: Final = (BackendUnavailableError, "could not be reached")
_UNCONNECTED: Final = (ConnectionTimeError, "gave no connection in time")
_WITHOUT_CONNECTION: Final = frozenset({_UNREACHED, _UNCONNECTED})
_MISTAKEN: Final = (BackendRefusedError, "cannot be asked in this way")
_ODD: Final = (UnreadableAnswerError, "answered what is no HTTP")

KINDS: Final[Mapping[str, tuple[_Kind, str]]] = {
    # httpx, after its documentation, "Exceptions".
    "httpx.HTTPError": _BROKEN,
    "httpx.RequestError": _BROKEN,
    "httpx.TransportError": _BROKEN,
    "httpx.NetworkError": _BROKEN,
    "httpx.ReadError": _BROKEN,
    "httpx.WriteError": _BROKEN,
    "httpx.CloseError": _BROKEN,
    "httpx.ProtocolError": _BROKEN,
    "httpx.RemoteProtocolError": _BROKEN,
    "httpx.StreamError": _BROKEN,
    "httpx.StreamClosed": _BROKEN,
    "httpx.TimeoutException": (TimeLimitError, "took too long"),
    "httpx.ConnectTimeout": _UNCONNECTED,
    "httpx.PoolTimeout": _UNCONNECTED,
    "httpx.ReadTimeout": (TimeLimitError, "sent nothing for too long"),
    "httpx.WriteTimeout": (TimeLimitError, "took nothing for too long"),
    "httpx.ConnectError": _UNREACHED,
    "httpx.ProxyError": (BackendUnavailableError, "could not be reached through the proxy"),
    "httpx.DecodingError": (BackendRefusedError, "answered in an encoding that cannot be read"),
    "httpx.HTTPStatusError": _ODD,
    "httpx.TooManyRedirects": _ODD,
    "httpx.CookieConflict": _ODD,
    "httpx.UnsupportedProtocol": _MISTAKEN,
    "httpx.InvalidURL": _MISTAKEN,
    "httpx.LocalProtocolError": _MISTAKEN,
    "httpx.StreamConsumed": _MISTAKEN,
    "httpx.ResponseNotRead": _MISTAKEN,
    "httpx.RequestNotRead": _MISTAKEN,
    # aiohttp, after its documentation, "Client exceptions": what lies under httpx where it is installed.
    "aiohttp.ClientError": _BROKEN,
    "aiohttp.ClientConnectionError": _BROKEN,
    "aiohttp.ClientConnectionResetError": _BROKEN,
    "aiohttp.ClientOSError": _BROKEN,
    "aiohttp.ClientPayloadError": _BROKEN,
    "aiohttp.ServerConnectionError": _BROKEN,
    "aiohttp.ServerDisconnectedError": _BROKEN,
    "aiohttp.UploadAbortedError": _BROKEN,
    "aiohttp.ServerTimeoutError": (TimeLimitError, "took too long"),
    "aiohttp.ConnectionTimeoutError": _UNCONNECTED,
    "aiohttp.SocketTimeoutError": (TimeLimitError, "sent nothing for too long"),
    "aiohttp.ClientConnectorError": _UNREACHED,
    "aiohttp.ClientConnectorDNSError": _UNREACHED,
    "aiohttp.ClientSSLError": _UNREACHED,
    "aiohttp.ClientConnectorSSLError": _UNREACHED,
    "aiohttp.ClientConnectorCertificateError": _UNREACHED,
    "aiohttp.ServerFingerprintMismatch": _UNREACHED,
    "aiohttp.UnixClientConnectorError": _UNREACHED,
    "aiohttp.ClientProxyConnectionError": (BackendUnavailableError, "could not be reached through the proxy"),
    "aiohttp.ClientHttpProxyError": (BackendUnavailableError, "could not be reached through the proxy"),
    "aiohttp.ClientResponseError": _ODD,
    "aiohttp.ContentTypeError": _ODD,
    "aiohttp.TooManyRedirects": _ODD,
    "aiohttp.WSServerHandshakeError": _ODD,
    "aiohttp.WSMessageTypeError": _ODD,
    "aiohttp.InvalidURL": _MISTAKEN,
    "aiohttp.InvalidUrlClientError": _MISTAKEN,
    "aiohttp.NonHttpUrlClientError": _MISTAKEN,
    "aiohttp.RedirectClientError": _MISTAKEN,
    "aiohttp.InvalidUrlRedirectClientError": _MISTAKEN,
    "aiohttp.NonHttpUrlRedirectClientError": _MISTAKEN,
}
"""What each exception of the packages under us means, by package and name: the error, and what the service did."""


def kind_of(error: BaseException) -> tuple[_Kind, str] | None:
    """Return what a foreign exception means; ``None`` if it is none that we know, and so a fault of ours."""
    told = _telling(error)
    if isinstance(told, TimeoutError) and _listed(told) is None:
        return TimeLimitError, "took too long"
    return _listed(told) or (_BROKEN if isinstance(told, OSError) else None)


def _listed(error: BaseException) -> tuple[_Kind, str] | None:
    names = (f"{kind.__module__.partition('.')[0]}.{kind.__name__}" for kind in type(error).__mro__)
    return next((KINDS[name] for name in names if name in KINDS), None)


def _telling(error: BaseException) -> BaseException:
    """Return the exception that tells what happened: much of it is lost in what httpx makes of one of aiohttp."""
    cause = error.__cause__
    is_telling = cause is not None and type(cause).__module__.startswith("aiohttp") and _listed(cause) is not None
    return cause if cause is not None and is_telling else error


def is_unanswered(error: Exception) -> bool:
    """Whether a connection ended before anything of an answer came, as one does that a server has closed."""
    told = _telling(error)
    if told is not error:
        # Bytes of an answer that was begun take the place of the message.
        return "Server disconnected" in str(told) or isinstance(told, OSError)
    return "without sending a response" in str(error) or type(error).__name__ in {"ReadError", "WriteError"}


def failure_of(error: Exception, address: str, redaction: Redaction = NOTHING) -> BackendError | None:
    """Return our error for a foreign exception; ``None`` if it is a fault of ours, and should be seen as one.

    Args:
        error: Whatever was raised; what it says may be what the service sent.
        address: Who was asked.
        redaction: Knows the secrets that were sent.
    """
    if isinstance(error, TooLargeError):
        refused = BackendRefusedError(f"{address} answered with {error}")
        # All of it was written.
        refused.may_have_cost = True
        return refused
    known = kind_of(error)
    if known is None:
        return None
    kind, did = known
    said = " ".join(redaction.text(str(error)).split())[:SHOWN]
    message = f"{address} {did} ({type(_telling(error)).__name__}{f': {said}' if said else ''})"
    if "CERTIFICATE_VERIFY_FAILED" in said:
        hint = "let 'certificates' name the file with the certificate that signed the service's"
        return BackendRefusedError(message, hint=hint)
    if "WRONG_VERSION_NUMBER" in said:
        hint = "whatever is at this address speaks no TLS: let base_url begin with http://, or name another port"
        return BackendRefusedError(message, hint=hint, is_for_all=True)
    failure = kind(message, hint="is the service running at this address?" if known in _WITHOUT_CONNECTION else "")
    if isinstance(failure, BackendUnavailableError):
        failure.is_unreached = known in _WITHOUT_CONNECTION
    return failure


def refusal(
    status: int, sentence: str, address: str, headers: Mapping[str, str], *, is_used_up: bool = False
) -> BackendError:
    """Return our error for an answer with a bad status.

    Args:
        status: The status, or the one that a reported failure would have had.
        sentence: The service's own words, already without secrets; may be empty.
        address: Who answered.
        headers: Of the answer, names in small letters.
        is_used_up: Whether the service says that a quota is used up which no waiting fills up again.
    """
    said = " ".join(sentence.split())
    said = said if len(said) <= SHOWN else f"{said[:SHOWN]}…"
    message = f"{address} answered {status}" + (f": {said}" if said else "")
    if is_used_up:
        return BackendRefusedError(message, hint=_HINTS[_UNPAID], is_for_all=True)
    wait = retry_after(headers, now=datetime.now(UTC))
    if status in {_TOO_MANY, OVERLOADED} or (status == _UNAVAILABLE and wait is not None):
        return RateLimitedError(message, retry_after=wait)
    if (status >= _SERVER_ERROR and status not in _NEVER) or status in _TRANSIENT:
        return BackendUnavailableError(message)
    if status in _REDIRECT:
        return BackendRefusedError(message, hint="redirects are not followed; put the final address into base_url")
    return BackendRefusedError(message, hint=_HINTS.get(status, ""), is_for_all=status in _FOR_ALL)


def retry_after(headers: Mapping[str, str], *, now: datetime) -> float | None:
    """Return how many seconds a service asks to wait; ``None`` where it does not say, or says nothing sensible.

    Read are ``retry-after-ms``, as OpenAI and Azure send it, and ``Retry-After`` in seconds or as a date (RFC 9110,
    section 10.2.3).
    """
    exact = _seconds(headers.get("retry-after-ms", ""))
    if exact is not None:
        return exact / 1_000
    said = headers.get("retry-after", "").strip()
    seconds = _seconds(said)
    if seconds is not None or not said:
        return seconds
    try:
        moment = email.utils.parsedate_to_datetime(said)
    except (ValueError, IndexError, OverflowError):
        return None
    # A date without a zone is in Greenwich time (RFC 9110, section 5.6.7).
    moment = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    return max(0.0, (moment - now).total_seconds())


def _seconds(said: str) -> float | None:
    try:
        seconds = float(said)
    except ValueError:
        return None
    return max(0.0, seconds) if math.isfinite(seconds) else None
