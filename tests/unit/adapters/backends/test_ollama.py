"""Ollama's chats: what is sent, and what is read."""

from typing import Any

import pytest
from pydantic import ValidationError

from passmuster.adapters.backends.ollama import OllamaDialect, OllamaOptions
from passmuster.domain.answers import CompletionRequest, Sampling, TokenProbability, ToolCall, ToolDefinition
from passmuster.domain.cases import Message, Role
from passmuster.domain.endpoints import Allowance
from passmuster.services.errors import ReportedError

from .odd_answers import streamed

SCHEMA = {"type": "object", "properties": {"agent": {"type": "string"}}, "required": ["agent"]}
TOOLS = tuple(
    ToolDefinition(name=name, description="Looks.", parameters={"type": "object"}) for name in ("look_up", "look_down")
)
ANSWER = {
    "model": "tiny:latest",
    "message": {"role": "assistant", "content": "Off by one.", "thinking": "Hm."},
    "done": True,
    "done_reason": "stop",
    "prompt_eval_count": 20,
    "eval_count": 7,
}


def dialect_of(**options: object) -> OllamaDialect:
    return OllamaDialect(OllamaOptions.model_validate({"model": "tiny", **options}))


def asking(text: str = "Why?", **request: Any) -> CompletionRequest:  # noqa: ANN401 - fields of a request
    messages = (Message(role=Role.SYSTEM, content="You debug."), Message(role=Role.USER, content=text))
    return CompletionRequest(messages=messages, **request)


def sent(request: CompletionRequest, **options: object) -> dict[str, Any]:
    return dict(dialect_of(**options).payload(request))


def test_a_conversation_is_sent() -> None:
    """And nothing that nobody asked for; the server streams unless it is told not to."""
    assert sent(asking()) == {
        "model": "tiny",
        "messages": [{"role": "system", "content": "You debug."}, {"role": "user", "content": "Why?"}],
        "stream": False,
        "options": {},
    }


def test_sampling_is_sent_among_the_options() -> None:
    """With further parameters of the model; a repetition shows as a seed, where that is wanted."""
    sampling = Sampling(temperature=0.5, maximum_tokens=9, top_p=0.9, seed=3, stop=("END",))
    told = {"temperature": 0.5, "top_p": 0.9, "num_predict": 9, "stop": ["END"], "seed": 3}
    request = asking(sampling=sampling, repetition=4)

    assert sent(request)["options"] == told
    more = sent(request, vary_seed=True, context_length=8192, parameters={"top_k": 5})["options"]
    assert more == told | {"seed": 7, "num_ctx": 8192, "top_k": 5}


def test_a_schema_is_kept_by_the_servers_grammar() -> None:
    """Or by words, or by both."""
    request = asking(answer_schema=SCHEMA)

    assert sent(request)["format"] == SCHEMA
    loose = sent(request, json="object")
    assert loose["format"] == "json"
    assert "JSON Schema" in loose["messages"][0]["content"]
    assert "format" not in sent(request, json="prompt")


def test_a_tool_that_is_required_is_the_only_one() -> None:
    """For nothing forces a model to call one here."""
    both, one = sent(asking(tools=TOOLS)), sent(asking(tools=TOOLS, required_tool="look_up"))

    assert [tool["function"]["name"] for tool in both["tools"]] == ["look_up", "look_down"]
    assert [tool["function"]["name"] for tool in one["tools"]] == ["look_up"]


def test_what_else_a_server_can_be_told() -> None:
    """How long to keep the model, how much to think, and that probabilities are wanted."""
    payload = sent(asking(wants_probabilities=True), keep_alive="30m", thinking=False)

    assert (payload["keep_alive"], payload["think"], payload["logprobs"]) == ("30m", False, True)
    assert OllamaOptions(keep_alive=0).model_dump() == OllamaOptions().model_dump()


def test_an_answer_is_a_completion() -> None:
    """Nothing was paid for it, unless there is an account."""
    logprobs = [{"token": "Off by one.", "logprob": -0.5}]
    calls = [{"function": {"name": "look_up", "arguments": {"a": 1}}}]
    answer = ANSWER | {"logprobs": logprobs, "message": ANSWER["message"] | {"tool_calls": calls}}  # type: ignore[operator]  # it is an object

    completion = dialect_of().completion(answer)

    assert (completion.text, completion.model, completion.finish_reason) == ("Off by one.", "tiny:latest", "tool_calls")
    assert completion.tool_calls == (ToolCall(identifier="", name="look_up", arguments={"a": 1}),)
    assert completion.tokens == (TokenProbability(token="Off by one.", log_probability=-0.5),)  # noqa: S106 - no password
    assert (completion.usage.input_tokens, completion.usage.output_tokens) == (20, 7)
    assert completion.usage.cost == 0
    assert dialect_of(secret="MY_KEY").completion(answer).usage.cost is None  # noqa: S106 - a variable's name


@pytest.mark.parametrize("logprobs", [[{"token": "a"}], [{"token": "a", "logprob": 0.5}], [{"logprob": -1}]])
def test_an_answer_is_not_lost_for_odd_probabilities(logprobs: list[object]) -> None:
    """It has none then."""
    completion = dialect_of().completion(ANSWER | {"logprobs": logprobs})

    assert (completion.text, completion.tokens) == ("Off by one.", ())


def test_an_answer_that_was_cut_off_says_so() -> None:
    """By its length."""
    assert dialect_of().completion(ANSWER | {"done_reason": "length"}).finish_reason == "length"


def test_a_stream_gives_what_the_whole_answer_would() -> None:
    """Line by line; the last one has the counts."""
    lines = [
        {"model": "tiny", "message": {"content": "", "thinking": "Hm."}, "done": False},
        {"message": {"content": "Off "}, "done": False, "logprobs": [{"token": "Off ", "logprob": -1}]},
        {"message": {"content": "by one."}, "done": False, "logprobs": [{"token": "by one.", "logprob": -2}]},
        ANSWER | {"message": {"content": ""}},
    ]

    completion = streamed(dialect_of(), lines)

    assert (completion.text, completion.model, completion.usage.output_tokens) == ("Off by one.", "tiny:latest", 7)
    assert [token.log_probability for token in completion.tokens] == [-1, -2]
    with pytest.raises(ValueError, match="does not say that it is done"):
        streamed(dialect_of(), lines[:3])
    with pytest.raises(ReportedError, match="out of memory"):
        streamed(dialect_of(), [*lines[:2], {"error": "out of memory"}])


def test_keys_are_for_accounts() -> None:
    """A server of one's own wants none, and has no limits."""
    dialect = dialect_of()

    assert (dialect.headers(None), dialect.headers("k")) == ({}, {"authorization": "Bearer k"})
    assert dialect.allowance({}) == Allowance()
    assert dialect.complaint({"error": "model 'tiny' not found"}) == "model 'tiny' not found"


@pytest.mark.parametrize("options", [{"thinking": "a lot"}, {"json": "xml"}, {"context_length": 0}, {"key": "x"}])
def test_wrong_options_are_refused(options: dict[str, object]) -> None:
    """Before anything is sent."""
    with pytest.raises(ValidationError):
        OllamaOptions.model_validate(options)
