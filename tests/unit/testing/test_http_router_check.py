"""The check of a router behind an address, against services that keep the contract and services that break it."""

import socket
from collections.abc import Iterator, Sequence

import pytest

from passmuster.testing.factories import a_case, a_roster
from passmuster.testing.http_router_check import Promise, Service, Standing, check_http_router

from ..adapters.routers.loopback import HOST, TOKEN, Loopback, serving  # noqa: TID252 - tests are no package


@pytest.fixture(scope="module")
def server() -> Iterator[Loopback]:
    with serving() as running:
        yield running


def named(promises: Sequence[Promise], standing: Standing) -> list[str]:
    return [promise.name for promise in promises if promise.standing is standing]


async def test_a_service_that_keeps_the_contract_is_told_so(server: Loopback) -> None:
    """Every promise is kept, and how far the check is was told after each."""
    told: list[tuple[int, int]] = []

    promises = await check_http_router(
        Service(url=server.url("right")), progress=lambda done, total: told.append((done, total))
    )

    assert [(promise.name, promise.detail) for promise in promises if promise.standing is not Standing.KEPT] == []
    assert told == [(number, len(promises)) for number in range(1, len(promises) + 1)]
    assert len({promise.name for promise in promises}) == len(promises)


@pytest.mark.parametrize(
    ("behaviour", "broken", "words"),
    [
        ("fixed/debugger", ["roster", "no-agents", "many-agents", "at-once"], "is no agent of the roster"),
        ("late", ["roster", "no-agents", "at-once"], "is no agent of the roster"),
        ("picky", ["strange-requests"], "the status is 500"),
        ("narrow", ["later-keys"], "the status is 422"),
        ("careless", ["broken-json"], "where 400 would tell"),
        ("half", ["answer", "strange-requests"], "the body cannot be read: not valid JSON"),
        ("huge/1100000", ["answer"], "more than the 1048576 bytes"),
        ("status/503", ["answer", "no-agents"], "the status is 503"),
    ],
)
async def test_a_broken_promise_is_named(server: Loopback, behaviour: str, broken: list[str], words: str) -> None:
    """With what was seen; the promises after it are tried all the same."""
    promises = await check_http_router(Service(url=server.url(behaviour)))

    assert set(broken) <= set(named(promises, Standing.BROKEN))
    assert named(promises, Standing.NOT_TRIED) == []
    details = [promise.detail for promise in promises if promise.standing is Standing.BROKEN]
    assert any(words in detail for detail in details), details


@pytest.mark.parametrize(
    ("behaviour", "advised"),
    [("plain", "content-type"), ("fickle", "equal-answers"), ("careless", "other-shape")],
)
async def test_advice_is_no_promise(server: Loopback, behaviour: str, advised: str) -> None:
    """What the contract only advises is told apart from what it demands."""
    promises = await check_http_router(Service(url=server.url(behaviour)))

    assert advised in named(promises, Standing.ADVISED)
    assert advised not in named(promises, Standing.BROKEN)


async def test_a_token_is_brought_and_missed(server: Loopback) -> None:
    """With a token it is also tried whether the service refuses those who bring none."""
    guarded = await check_http_router(Service(url=server.url("guarded"), token=TOKEN))
    open_to_all = await check_http_router(Service(url=server.url("right"), token=TOKEN))

    assert named(guarded, Standing.BROKEN) == []
    assert "token" in named(guarded, Standing.KEPT)
    assert named(open_to_all, Standing.ADVISED) == ["token"]


async def test_a_service_out_of_reach_is_asked_once() -> None:
    """Nothing more can be known of it."""
    with socket.socket() as taken:
        taken.bind((HOST, 0))

        promises = await check_http_router(Service(url=f"http://{HOST}:{taken.getsockname()[1]}"))

    assert named(promises, Standing.BROKEN) == ["reachable"]
    assert len(named(promises, Standing.NOT_TRIED)) == len(promises) - 1


async def test_a_service_that_drips_is_too_slow(server: Loopback) -> None:
    """The limit is for the whole answer."""
    promises = await check_http_router(Service(url=server.url("slow/0.02"), timeout=0.2))

    assert promises[0].detail == "no whole answer came within 0.2 seconds"


async def test_a_suite_is_asked_as_well(server: Loopback) -> None:
    """Every case with the suite's own roster; how many were right is told, and is no promise."""
    cases = [a_case("one", text="Let the debugger do it."), a_case("two", text="hm"), a_case("three", preferred=None)]

    kept = await check_http_router(Service(url=server.url("right")), roster=a_roster("debugger"), cases=cases)
    broken = await check_http_router(Service(url=server.url("fixed/nurse")), roster=a_roster("debugger"), cases=cases)

    assert (kept[-1].name, kept[-1].standing, kept[-1].detail) == ("suite", Standing.KEPT, "3 cases, 2 of them right")
    assert broken[-1].standing is Standing.BROKEN
    assert broken[-1].detail.startswith("case 'one'")
