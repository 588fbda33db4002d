"""Behaviour of the bound on tokens."""

from hypothesis import given
from hypothesis import strategies as st

from passmuster.domain.answers import CompletionRequest, ToolDefinition
from passmuster.domain.cases import Message, Role
from passmuster.policies.bounds import MESSAGE, REQUEST, most_read


@given(texts=st.lists(st.text(alphabet=st.characters(), max_size=50), max_size=4))
def test_a_text_has_no_more_tokens_than_bytes(texts: list[str]) -> None:
    """Halves of characters included, which JSON allows."""
    messages = tuple(Message(role=Role.USER, content=text) for text in texts)

    size = most_read(CompletionRequest(messages=messages))

    assert size == REQUEST + sum(MESSAGE + len(text.encode("utf-8", "surrogatepass")) for text in texts)


def test_tools_and_the_form_of_answers_are_read_too() -> None:
    """With what the service tells the model of them."""
    schema = {"type": "object", "properties": {"agent": {"enum": ["débogueur", "reviewer"]}}}
    tool = ToolDefinition(name="choose", description="Chooses an agent.", parameters=schema)

    plain = most_read(CompletionRequest(messages=()))
    formed = most_read(CompletionRequest(messages=(), answer_schema=schema))
    armed = most_read(CompletionRequest(messages=(), tools=(tool,)))

    assert plain + 1_000 < formed < armed
