"""Foreign errors become ours, every one of them."""

import inspect
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from types import ModuleType

import aiohttp.client_exceptions
import httpx
import pytest

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
from passmuster.services.errors import KINDS, TooLargeError, failure_of, is_unanswered, refusal, retry_after

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
PLACE = "https://example.invalid/v1"


def exceptions_of(package: str, module: ModuleType) -> Iterator[str]:
    for name, item in vars(module).items():
        if inspect.isclass(item) and issubclass(item, Exception) and item.__module__.partition(".")[0] == package:
            yield f"{package}.{name}"


@pytest.mark.parametrize(("package", "module"), [("httpx", httpx), ("aiohttp", aiohttp.client_exceptions)])
def test_every_exception_of_the_packages_under_us_is_known(package: str, module: ModuleType) -> None:
    """One that a new version brings fails here; one that is gone, too."""
    known = {name for name in KINDS if name.startswith(f"{package}.")}

    assert known == set(exceptions_of(package, module))


@pytest.mark.parametrize(
    ("error", "kind", "words"),
    [
        (httpx.ConnectError("refused"), BackendUnavailableError, "could not be reached (ConnectError: refused)"),
        (httpx.ConnectTimeout(""), ConnectionTimeError, "gave no connection in time (ConnectTimeout)"),
        (httpx.ReadTimeout(""), TimeLimitError, "sent nothing for too long"),
        (httpx.RemoteProtocolError("bad"), BrokenOffError, "broke off"),
        (httpx.DecodingError("bad"), BackendRefusedError, "encoding"),
        (httpx.InvalidURL("bad"), BackendRefusedError, "cannot be asked in this way"),
        (ConnectionResetError("reset"), BrokenOffError, "broke off"),
        (TimeoutError(), TimeLimitError, "took too long"),
        (TooLargeError("more than 9 bytes"), BackendRefusedError, "answered with more than 9 bytes"),
    ],
)
def test_an_exception_says_what_the_service_did(error: Exception, kind: type[BackendError], words: str) -> None:
    """With the place, and the exception's own name and words."""
    failure = failure_of(error, PLACE)

    assert type(failure) is kind
    assert failure.message.startswith(PLACE)
    assert words in failure.message


def test_the_cause_says_more_than_what_was_made_of_it() -> None:
    """A server that closes a connection is told as a missed time limit by what lies between."""
    between = httpx.ConnectTimeout("Server disconnected")
    between.__cause__ = aiohttp.ServerDisconnectedError()

    assert type(failure_of(between, PLACE)) is BrokenOffError


def test_a_certificate_that_is_not_trusted_will_not_be_the_next_time() -> None:
    """A company's own is the usual reason; the hint names the option."""
    error = failure_of(httpx.ConnectError("[SSL: CERTIFICATE_VERIFY_FAILED] self-signed certificate"), PLACE)

    assert type(error) is BackendRefusedError
    assert "'certificates'" in error.hint


def test_a_fault_of_ours_is_seen_as_one() -> None:
    """It is no failure of a service."""
    assert failure_of(KeyError("a"), PLACE) is None


@pytest.mark.parametrize(
    ("error", "cause", "is_so"),
    [
        (httpx.ConnectTimeout(""), aiohttp.ServerDisconnectedError(), True),
        (httpx.ConnectTimeout(""), aiohttp.ClientOSError(104, "reset"), True),
        (httpx.ReadError(""), aiohttp.ClientPayloadError(), False),
        (httpx.RemoteProtocolError("Server disconnected without sending a response."), None, True),
        (httpx.RemoteProtocolError("peer closed connection without sending complete message body"), None, False),
        (httpx.ReadError(""), None, True),
        (httpx.ReadTimeout(""), None, False),
    ],
)
def test_only_an_end_without_a_byte_is_unanswered(error: Exception, cause: Exception | None, *, is_so: bool) -> None:
    """A request that may have been answered in part is never sent again unasked."""
    error.__cause__ = cause

    assert is_unanswered(error) is is_so


@pytest.mark.parametrize(
    ("status", "headers", "kind"),
    [
        (429, {}, RateLimitedError),
        (529, {}, RateLimitedError),
        (503, {"retry-after": "1"}, RateLimitedError),
        (503, {}, BackendUnavailableError),
        (500, {}, BackendUnavailableError),
        (504, {}, BackendUnavailableError),
        (408, {}, BackendUnavailableError),
        (409, {}, BackendUnavailableError),
        (425, {}, BackendUnavailableError),
        *((status, {}, BackendRefusedError) for status in (204, 302, 400, 401, 402, 403, 404, 405, 413, 418, 422, 501)),
    ],
)
def test_a_status_says_whether_to_ask_again(status: int, headers: dict[str, str], kind: type[BackendError]) -> None:
    """And the service's own sentence is told, on one line and cut."""
    error = refusal(status, "no\n luck " + "a" * 1_000, PLACE, headers)

    assert type(error) is kind
    assert error.is_transient is (kind is not BackendRefusedError)
    assert f"answered {status}: no luck aaa" in error.message
    assert len(error.message) < 400


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "7"}, 7.0),
        ({"retry-after": " 1.5 "}, 1.5),
        ({"retry-after-ms": "20", "retry-after": "9"}, 0.02),
        ({"retry-after": format_datetime(NOW + timedelta(seconds=90), usegmt=True)}, 90.0),
        ({"retry-after": "Mon, 23 Nov 2026 12:01:30 -0000"}, 90.0),
        ({"retry-after": format_datetime(NOW - timedelta(seconds=90), usegmt=True)}, 0.0),
        ({"retry-after": "-5"}, 0.0),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "inf"}, None),
        ({"retry-after": ""}, None),
        ({"retry-after": "Mon, 99 Nov 99999 12:00:00 GMT"}, None),
        ({}, None),
    ],
)
def test_how_long_to_wait_is_read_in_every_notation(headers: dict[str, str], seconds: float | None) -> None:
    """Seconds, milliseconds, dates; nonsense is nothing."""
    assert retry_after(headers, now=NOW) == seconds


def test_what_is_no_http_may_pass() -> None:
    """Something else listens for a moment, as a server that starts."""
    assert KINDS["aiohttp.ClientResponseError"][0] is UnreadableAnswerError


def test_a_quota_that_is_used_up_is_not_waited_for() -> None:
    """Nothing else would be answered either."""
    error = refusal(429, "You exceeded your current quota", PLACE, {"retry-after": "1"}, is_used_up=True)

    assert isinstance(error, BackendRefusedError)
    assert error.is_for_all
    assert "quota is used up" in error.hint


def test_an_answer_that_is_too_large_was_written_all_the_same() -> None:
    """So it may have to be paid for."""
    error = failure_of(TooLargeError("more than 9 bytes"), PLACE)

    assert error is not None
    assert error.may_have_cost


def test_a_server_without_tls_will_not_have_it_the_next_time() -> None:
    """It was asked with https:// by mistake; the hint says so."""
    error = failure_of(httpx.ConnectError("[SSL: WRONG_VERSION_NUMBER] wrong version number"), PLACE)

    assert isinstance(error, BackendRefusedError)
    assert error.is_for_all
    assert "http://" in error.hint
