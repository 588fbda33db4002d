"""Embedders that ask a service, over a real connection."""

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from passmuster.adapters.embedders import ollama, openai_compatible
from passmuster.components import BuildContext
from passmuster.domain.errors import EmbeddingError
from passmuster.ports import Embedder

from .embedding_service import HOST, Reply, Service, given, ollama_vectors, openai_vectors, serving, vector_of

TEXTS = ["a slow query", "", "two", "ünïcode 🐢"]
VECTOR = [1.0, 2.0]
WHO = "me:secret"


@pytest.fixture
def service() -> Iterator[Service]:
    with serving() as running:
        yield running


def embedder_at(service: Service, **options: object) -> Embedder:
    said = {"base_url": service.address, "model": "tiny", **options}
    component = openai_compatible.COMPONENT
    return component.build(component.options.model_validate(said), BuildContext(folder=Path()))


def ollama_at(service: Service, **options: object) -> Embedder:
    said = {"base_url": service.address, "model": "tiny", **options}
    component = ollama.COMPONENT
    return component.build(component.options.model_validate(said), BuildContext(folder=Path()))


async def failure_of(embedder: Embedder, texts: list[str] | None = None) -> EmbeddingError:
    with pytest.raises(EmbeddingError) as caught:
        await embedder.embed(["text"] if texts is None else texts)
    return caught.value


async def test_vectors_come_back_in_the_order_of_the_texts(service: Service) -> None:
    """The indices of the answer count, not the order in which it lists them."""
    service.answer = openai_vectors

    found = await embedder_at(service).embed(TEXTS)

    assert [list(vector) for vector in found] == [vector_of(text) for text in TEXTS]
    assert service.paths == ["/embeddings"]
    assert service.documents == [{"model": "tiny", "input": TEXTS}]
    assert service.tokens == [None]


async def test_many_texts_are_sent_in_batches(service: Service) -> None:
    """No request holds more texts than the option allows, and none is lost."""
    service.answer = openai_vectors
    texts = [f"text {number}" for number in range(7)]

    found = await embedder_at(service, batch_size=3).embed(texts)

    assert [list(vector) for vector in found] == [vector_of(text) for text in texts]
    assert [len(document["input"]) for document in service.documents] == [3, 3, 1]


async def test_nothing_is_asked_for_no_text(service: Service) -> None:
    """No texts, no request."""
    assert list(await embedder_at(service).embed([])) == []
    assert service.documents == []


async def test_the_length_of_vectors_can_be_asked_for(service: Service) -> None:
    """The option reaches the service, and is not sent where it is not given."""
    service.answer = openai_vectors

    await embedder_at(service, dimensions=6).embed(["text"])

    assert service.documents[0]["dimensions"] == 6


async def test_long_texts_are_cut_and_halves_of_characters_replaced(service: Service) -> None:
    """A service is sent what it can read."""
    service.answer = openai_vectors

    await embedder_at(service, maximum_characters=5).embed(["abcdefgh", "a\ud800b"])

    assert service.documents[0]["input"] == ["abcde", "a?b"]


async def test_the_token_is_read_from_the_environment(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is sent as a bearer's, and is read when it is needed."""
    service.answer = openai_vectors
    embedder = embedder_at(service, token_variable="EMBEDDING_TOKEN")  # noqa: S106 - the name of a variable
    monkeypatch.setenv("EMBEDDING_TOKEN", " t0ken\n")

    await embedder.embed(["text"])

    assert service.tokens == ["Bearer t0ken"]


@pytest.mark.parametrize("value", [None, "", "  ", "tökén", "a\x07b"])
async def test_a_token_that_cannot_be_is_a_failure(
    service: Service, monkeypatch: pytest.MonkeyPatch, value: str | None
) -> None:
    """Nothing is sent, and the variable is named."""
    monkeypatch.delenv("EMBEDDING_TOKEN", raising=False)
    if value is not None:
        monkeypatch.setenv("EMBEDDING_TOKEN", value)

    error = await failure_of(embedder_at(service, token_variable="EMBEDDING_TOKEN"))  # noqa: S106 - as above

    assert "'EMBEDDING_TOKEN'" in str(error)
    assert not error.is_transient
    assert service.documents == []


async def test_a_token_that_is_repeated_is_not_shown(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    """A careless service puts it into its complaint."""
    monkeypatch.setenv("EMBEDDING_TOKEN", "t0ken-of-mine")
    service.answer = lambda _document: Reply({"error": "t0ken-of-mine is no good"}, status=401)

    error = await failure_of(embedder_at(service, token_variable="EMBEDDING_TOKEN"))  # noqa: S106 - as above

    assert "t0ken" not in str(error)
    assert "answered 401" in str(error)


@pytest.mark.parametrize(
    ("status", "is_transient"),
    [(400, False), (401, False), (404, False), (408, True), (429, True), (500, True), (503, True)],
)
async def test_a_refusal_says_whether_to_try_again(service: Service, status: int, *, is_transient: bool) -> None:
    """The status and the beginning of the complaint are told."""
    service.answer = lambda _document: Reply({"error": "too\nmuch"}, status=status)

    error = await failure_of(embedder_at(service))

    assert f"answered {status}: " in str(error)
    assert "too" in str(error)
    assert error.is_transient is is_transient


async def test_redirects_are_not_followed(service: Service) -> None:
    """The texts go nowhere but where the suite says."""
    service.answer = lambda _document: Reply({}, status=307, headers={"Location": f"{service.address}/elsewhere"})

    error = await failure_of(embedder_at(service))

    assert "answered 307" in str(error)
    assert service.paths == ["/embeddings"]


@pytest.mark.parametrize(
    ("reply", "told", "is_transient"),
    [
        (Reply(b'{"data": [{"ind'), "no JSON", True),
        (Reply(b"\xff\xfe"), "no JSON", True),
        (Reply(b"[" * 100_000), "no JSON", True),
        (Reply({"data": []}, missing=10), "could not be asked", True),
        (Reply(b"no gzip", headers={"Content-Encoding": "gzip"}), "could not be asked", False),
        (Reply([1]), "without 'data'", False),
        (Reply({"data": {}}), "'data' is no list", False),
        (Reply({"data": [{"embedding": VECTOR}]}), "without 'index'", False),
        (Reply({"data": [{"index": "0", "embedding": VECTOR}]}), "index '0'", False),
        (Reply({"data": [{"index": 1, "embedding": VECTOR}]}), "do not count from 0", False),
        (Reply({"data": [{"index": 0, "embedding": VECTOR}] * 2}), "do not count from 0", False),
        (Reply({"data": [{"index": 0}]}), "without 'embedding'", False),
    ],
)
async def test_an_answer_of_another_form_is_a_failure(
    service: Service, reply: Reply, told: str, *, is_transient: bool
) -> None:
    """What is wrong is said; half an answer may be whole the next time."""
    service.answer = lambda _document: reply

    error = await failure_of(embedder_at(service))

    assert told in str(error)
    assert error.is_transient is is_transient


@pytest.mark.parametrize(
    ("vectors", "told"),
    [
        ([], "0 vectors for 2 texts"),
        ([VECTOR], "1 vectors for 2 texts"),
        ([VECTOR] * 3, "3 vectors for 2 texts"),
        ([VECTOR, [1.0]], "different lengths"),
        ([VECTOR, []], "'[]' for a vector"),
        ([VECTOR, "AAAA"], "for a vector"),
        ([VECTOR, [1.0, None]], "for a vector"),
        ([VECTOR, [True, 1.0]], "for a vector"),
        ([VECTOR, [float("nan"), 1.0]], "not finite"),
        ([VECTOR, [float("inf"), 1.0]], "not finite"),
        ([VECTOR, [10**400, 1.0]], "not finite"),
        ([VECTOR, [0.0, 0]], "points nowhere"),
    ],
)
async def test_vectors_that_cannot_be_are_a_failure(service: Service, vectors: list[object], told: str) -> None:
    """Neither too few, nor unequal, nor without a direction."""
    service.answer = given(vectors)

    error = await failure_of(embedder_at(service), ["one", "two"])

    assert told in str(error)
    assert not error.is_transient


async def test_an_answer_without_end_is_not_read(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    """The memory of this machine is not a service's to fill."""
    monkeypatch.setattr("passmuster.adapters.embedders.transport.MAXIMUM_BYTES", 1_000)
    service.answer = lambda _document: Reply(b" " * 2_000)

    error = await failure_of(embedder_at(service))

    assert "more than 1000 bytes" in str(error)


async def test_a_silent_service_is_given_up(service: Service) -> None:
    """After the time that the option allows; a later try may succeed."""
    service.answer = lambda _document: None

    error = await failure_of(embedder_at(service, timeout=0.2))

    assert "within 0.2 seconds" in str(error)
    assert error.is_transient


async def test_a_connection_that_breaks_off_is_a_failure(service: Service) -> None:
    """A later try may succeed."""

    def reset(_document: dict[str, Any]) -> Reply:
        raise ConnectionResetError

    service.answer = reset

    error = await failure_of(embedder_at(service))

    assert "could not be asked" in str(error)
    assert error.is_transient


async def test_nobody_at_the_address_is_a_failure() -> None:
    """A later try may succeed: the server may not have been started yet."""
    with socket.socket() as taken:
        taken.bind((HOST, 0))
        nobody = Service(address=f"http://{HOST}:{taken.getsockname()[1]}")

        error = await failure_of(embedder_at(nobody))

    assert nobody.address in str(error)
    assert error.is_transient


async def test_ollama_gives_vectors(service: Service) -> None:
    """Its own route, and its own names."""
    service.answer = ollama_vectors

    found = await ollama_at(service).embed(TEXTS)

    assert [list(vector) for vector in found] == [vector_of(text) for text in TEXTS]
    assert service.paths == ["/api/embed"]
    assert service.documents == [{"model": "tiny", "input": TEXTS, "truncate": True}]


@pytest.mark.parametrize("answer", [{"embedding": [1.0]}, {"embeddings": {}}, {"embeddings": [[1.0], [2.0]]}])
async def test_ollama_is_checked_as_well(service: Service, answer: dict[str, object]) -> None:
    """The older route's answer, no list, and a wrong number of vectors."""
    service.answer = lambda _document: Reply(answer)

    error = await failure_of(ollama_at(service))

    assert service.address in str(error)


async def test_what_ollama_complains_of_is_told(service: Service) -> None:
    """Most often the model has not been pulled."""
    service.answer = lambda _document: Reply({"error": 'model "tiny" not found'}, status=404)

    error = await failure_of(ollama_at(service))

    assert "not found" in str(error)


@pytest.mark.parametrize(
    "options",
    [
        {"base_url": "example.invalid/v1"},
        {"base_url": "ftp://example.invalid"},
        {"base_url": "https://"},
        {"base_url": f"https://{WHO}@example.invalid/v1"},
        {"base_url": "https://example.invalid/v1?key=secret"},
        {"base_url": "http://example.invalid", "token_variable": "TOKEN"},
        {"token_variable": "not a name"},
        {"model": ""},
        {"batch_size": 0},
        {"timeout": 0},
        {"retries": 3},
    ],
)
def test_wrong_options_are_refused(options: dict[str, object]) -> None:
    """An address without a secret in it, and no token that travels in the open."""
    said = {"base_url": "https://example.invalid/v1", "model": "tiny"} | options

    with pytest.raises(ValidationError):
        openai_compatible.COMPONENT.options.model_validate(said)


def test_what_changes_no_vector_is_in_no_fingerprint() -> None:
    """A longer patience makes no other router."""
    component = openai_compatible.COMPONENT
    said = {"base_url": "https://example.invalid/v1/", "model": "tiny"}

    short = component.options.model_validate({**said, "timeout": 1, "batch_size": 1, "cache": False})
    long = component.options.model_validate(said)

    assert short.model_dump(mode="json") == long.model_dump(mode="json")


@pytest.mark.parametrize("component", [openai_compatible.COMPONENT, ollama.COMPONENT])
def test_a_service_repeats_itself_only_if_the_suite_says_so(component: Any) -> None:  # noqa: ANN401 - either component
    """Nobody can tell from outside."""
    said = {"base_url": "https://example.invalid/v1", "model": "tiny"}

    answers = [
        component.is_deterministic(component.options.model_validate(said | more))
        for more in ({}, {"deterministic": True})
    ]

    assert answers == [False, True]
