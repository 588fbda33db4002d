"""The made-up service does what it says, as a client sees it that knows HTTP."""

import json

import httpx
import pytest

from passmuster.testing.fault_server import FaultServer
from passmuster.testing.faults import FAULTS, HARMLESS, Asked, Delivery, always, at_first, at_random
from passmuster.testing.service_answers import Said

CHAT = {"messages": [{"role": "user", "content": "hello"}]}
PATHS = {
    "/v1/chat/completions": CHAT,
    "/v1/responses": {"input": "hello"},
    "/v1/messages": {"messages": [{"role": "user", "content": [{"type": "text", "text": "hello"}]}]},
    "/v1beta/models/made-up:generateContent": {"contents": [{"role": "user", "parts": [{"text": "hello"}]}]},
    "/api/chat": {**CHAT, "stream": False},
}
STREAMED = {path.replace(":generate", ":streamGenerate"): {**body, "stream": True} for path, body in PATHS.items()}
# What ends without an answer; every other fault ends with one, if with a bad one.
BROKEN = {
    "reset": httpx.ReadError,
    "closed": httpx.RemoteProtocolError,
    "reset-in-head": httpx.ReadError,
    "reset-in-body": httpx.ReadError,
    "closed-in-body": httpx.RemoteProtocolError,
    "closed-in-chunks": httpx.RemoteProtocolError,
    "not-http": httpx.RemoteProtocolError,
    "slow-start": httpx.ReadTimeout,
    "trickle": httpx.ReadTimeout,
}
HEAVY = {"huge", "inflated"}
PATIENT = httpx.Timeout(60)
IMPATIENT = httpx.Timeout(60, read=0.3)
"""For what never comes; what comes may take as long as a busy machine needs."""


@pytest.mark.parametrize("path", PATHS)
def test_every_protocol_is_answered(path: str) -> None:
    """With the text, and the tool that is called."""
    said = Said(text="I have read it", tool="lookup", arguments={"name": "a"})
    with FaultServer(says=lambda _asked: said) as server:
        answer = httpx.post(server.address + path, json=PATHS[path], timeout=PATIENT)

        assert answer.status_code == 200
        assert {"I have read it", "lookup"} <= set(_texts(answer.json()))
        assert server.counts == {"hello": 1}


@pytest.mark.parametrize("path", STREAMED)
def test_every_protocol_is_streamed(path: str) -> None:
    """In several pieces, the last of which says what was read and written."""
    with FaultServer() as server:
        answer = httpx.post(server.address + path, json=STREAMED[path], timeout=PATIENT)

        data = [line.removeprefix("data: ") for line in answer.text.splitlines() if line.startswith(("data: ", "{"))]
        pieces = [json.loads(line) for line in data if line != "[DONE]"]
        assert len(pieces) > 2
        assert "20" in json.dumps(pieces)


@pytest.mark.parametrize("name", sorted(set(FAULTS) - set(BROKEN) - HEAVY))
def test_faults_that_leave_an_answer(name: str) -> None:
    """Its status is the fault's, or 200 if something else is wrong with it."""
    with FaultServer(always(name)) as server:
        answer = httpx.post(server.address + "/v1/chat/completions", json=CHAT, timeout=PATIENT)

        assert answer.status_code == FAULTS[name]().status
        is_good = answer.status_code == 200 and "hello" in answer.text
        # A stream that breaks is only broken where one is asked for.
        assert is_good == (name in HARMLESS | {"broken-stream"})


@pytest.mark.parametrize("name", BROKEN)
def test_faults_that_leave_no_answer(name: str) -> None:
    """The client sees what the network did."""
    limits = IMPATIENT if BROKEN[name] is httpx.ReadTimeout else PATIENT
    with FaultServer(always(name)) as server, pytest.raises(BROKEN[name]):
        httpx.post(server.address + "/v1/chat/completions", json=CHAT, timeout=limits)


def test_stream_complains_half_way() -> None:
    """With status 200, since that has been sent long before."""
    with FaultServer(always("broken-stream")) as server:
        answer = httpx.post(server.address + "/v1/messages", json=STREAMED["/v1/messages"], timeout=PATIENT)

        assert answer.status_code == 200
        assert "event: error" in answer.text
        assert "message_stop" not in answer.text


def test_first_attempts_fail_by_key() -> None:
    """Each request has attempts of its own."""
    with FaultServer(at_first("500", 2)) as server, httpx.Client(base_url=server.address, timeout=PATIENT) as client:
        for text in ("a", "b"):
            body = {"messages": [{"role": "user", "content": text}]}
            statuses = [client.post("/v1/chat/completions", json=body).status_code for _ in range(3)]

            assert statuses == [500, 500, 200]


def test_chance_is_the_same_each_time() -> None:
    """So that a failure that was seen can be seen again."""
    script = at_random({"500": 0.05, "429": 0.05}, seed=1)

    def asked(key: str) -> Delivery:
        return script(Asked(path="", headers={}, body=b"", payload={}, key=key, attempt=1, turn=1))

    drawn = [asked(str(number)).status for number in range(2_000)]

    assert drawn == [asked(str(number)).status for number in range(2_000)]
    assert 60 < drawn.count(500) < 140
    assert 60 < drawn.count(429) < 140


def test_connections_are_counted() -> None:
    """A script may treat a connection that was used before in its own way."""
    with FaultServer() as server, httpx.Client(base_url=server.address, timeout=PATIENT) as client:
        for _ in range(2):
            client.post("/v1/chat/completions", json=CHAT)

        assert [asked.turn for asked in server.asked] == [1, 2]


def _texts(value: object) -> list[str]:
    """Return every text in plain data."""
    if isinstance(value, dict):
        return [text for inner in value.values() for text in _texts(inner)]
    if isinstance(value, list):
        return [text for inner in value for text in _texts(inner)]
    return [value] if isinstance(value, str) else []
