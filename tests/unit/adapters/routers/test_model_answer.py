"""What a model wrote, found in whatever surrounds it and held to the letter."""

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from passmuster.adapters.routers.model_answer import (
    LONGEST_ANSWER,
    ModelAnswer,
    Unusable,
    probability_of,
    read_answer,
)
from passmuster.adapters.routers.model_prompt import answer_schema
from passmuster.domain.answers import TokenProbability
from passmuster.domain.values import AgentName

AGENTS = tuple(map(AgentName, ["code-reviewer", "debugger", "team:docs – 文档", 'the "quoted" one']))
PLAIN = '{"agent": "debugger", "confidence": 0.75}'


def usable(text: str) -> ModelAnswer:
    answer = read_answer(text, AGENTS)
    assert isinstance(answer, ModelAnswer), answer
    return answer


def complaint_about(text: str) -> Unusable:
    answer = read_answer(text, AGENTS)
    assert isinstance(answer, Unusable), answer
    return answer


@pytest.mark.parametrize(
    "text",
    [
        PLAIN,
        f"\n {PLAIN}\n",
        f"```json\n{PLAIN}\n```",
        f"```\n{PLAIN}\n```\nI hope that this helps!",
        f"The tests fail, so the debugger should look at it: {PLAIN}",
        f"A set such as {{a, b}} or {{}} is none. {PLAIN} {{ never closed",
        f'A brace {{ with a lone " quote, and then {PLAIN}',
        f'<think>Perhaps {{"agent": "code-reviewer", "confidence": 1}}? No.</think>{PLAIN}',
        f"{PLAIN}\n\nAgain: {PLAIN}",
        '{"confidence": 0.75, "agent": "debugger"}',
        '{"agent":"\\u0064ebugger","confidence":7.5e-1}',
    ],
)
def test_what_surrounds_the_answer_is_passed_over(text: str) -> None:
    """Prose, fences, thoughts and repetitions do not change what is meant."""
    answer = usable(text)

    assert (answer.agent, answer.confidence) == ("debugger", 0.75)


@pytest.mark.parametrize("name", AGENTS)
def test_a_name_is_taken_as_the_roster_has_it(name: AgentName) -> None:
    """Colons, other scripts and quotes included; and the place of the name is known."""
    text = f"So: {json.dumps({'agent': name, 'confidence': 1}, ensure_ascii=False)}"

    answer = usable(text)

    assert answer.agent == name
    assert answer.span is not None
    assert json.loads(text[slice(*answer.span)]) == name


def test_null_is_nobody() -> None:
    """And its place is known as well."""
    text = '{"agent": null, "confidence": 0}'

    answer = usable(text)

    assert (answer.agent, answer.confidence) == (None, 0.0)
    assert text[slice(*answer.span or ())] == "null"


@pytest.mark.parametrize(
    ("text", "words", "named"),
    [
        ("", "no JSON object", None),
        ("debugger", "no JSON object", None),
        ('["debugger", 0.5]', "no JSON object", None),
        ('{"answer": {"agent": "debugger", "confidence": 1}}', "no JSON object", None),
        ('{"agent": "debugger", "confidence": 0.75', "no JSON object", None),
        (
            '{"agent": "Debugger", "confidence": 1}',
            "'Debugger' is not listed; perhaps 'debugger' was meant",
            "Debugger",
        ),
        ('{"agent": "none", "confidence": 1}', "'none' is not listed", "none"),
        ('{"agent": "", "confidence": 1}', "'' is not listed", ""),
        ('{"agent": ["debugger"], "confidence": 1}', "neither a name nor null", None),
        ('{"agent": "debugger"}', "'confidence' is missing", None),
        ('{"agent": "debugger", "confidence": "high"}', "no number from 0 to 1", None),
        ('{"agent": "debugger", "confidence": true}', "no number from 0 to 1", None),
        ('{"agent": "debugger", "confidence": 75}', "no number from 0 to 1", None),
        ('{"agent": "debugger", "confidence": -0.1}', "no number from 0 to 1", None),
        ('{"agent": "debugger", "confidence": NaN}', "NaN", None),
        ('{"agent": "debugger", "confidence": 1, "why": "it fits"}', "'why', which was not asked for", None),
        ('{"agent": "debugger", "agent": "code-reviewer", "confidence": 1}', "'agent'", None),
        ('{"agent": "debugger", "confidence": 0.1, "confidence": 1}', "'confidence'", None),
        (f'{PLAIN} or {{"agent": null, "confidence": 1}}', "several JSON objects", None),
        (f"{PLAIN} or {{'agent': 'code-reviewer', 'confidence': 1}}", "not valid JSON", None),
        (f"{PLAIN}{' ' * LONGEST_ANSWER}", "longer than", None),
        ('{"agent": ' * 2_000 + "}" * 2_000, "nested", None),
    ],
)
def test_an_answer_that_is_not_to_the_letter_is_none(text: str, words: str, named: str | None) -> None:
    """What a model may have meant is not guessed; an invented agent is reported by the name it was given."""
    answer = complaint_about(text)

    assert words in answer.complaint
    assert answer.named == named
    assert len(answer.complaint) < 300


@given(
    st.dictionaries(
        st.sampled_from(["agent", "confidence", "why"]),
        st.one_of(
            st.sampled_from([*AGENTS, "nobody", "Debugger"]),
            st.none(),
            st.booleans(),
            st.integers(-1, 2),
            st.floats(-0.5, 1.5),
            st.lists(st.text(max_size=3), max_size=2),
        ),
    )
)
def test_what_is_taken_is_what_the_schema_allows(data: dict[str, object]) -> None:
    """A server that holds the model to the schema never causes a second turn, and no other answer passes."""
    allowed = Draft202012Validator(answer_schema(AGENTS)).is_valid(data)

    answer = read_answer(json.dumps(data), AGENTS)

    assert isinstance(answer, ModelAnswer) == allowed


@given(st.text(alphabet='{}[]"\\:,agentconfide 0.15nul\n`', max_size=400) | st.text(max_size=200))
def test_nothing_that_a_model_writes_raises(text: str) -> None:
    """It is an answer, or a complaint in a short sentence."""
    answer = read_answer(text, AGENTS)

    assert isinstance(answer, ModelAnswer) or answer.complaint


def tokens(*parts: tuple[str, float]) -> list[TokenProbability]:
    return [TokenProbability(token=text, log_probability=math.log(share)) for text, share in parts]


def test_the_probability_is_that_of_the_tokens_that_name_the_agent() -> None:
    """With its quotes, since a longer name may begin alike; what stands elsewhere does not count."""
    parts = tokens(
        ('{"agent', 0.1), ('":', 0.1), (' "', 0.9), ("debug", 0.8), ('ger",', 0.5), (' "confidence":1}', 0.1)
    )
    text = "".join(part.token for part in parts)

    probability = probability_of(usable(text), text, parts)

    assert probability == pytest.approx(0.9 * 0.8 * 0.5)


@pytest.mark.parametrize(
    "parts",
    [
        [],
        tokens(("{", 1.0)),
        tokens((PLAIN[:-1], 0.5)),
        [TokenProbability(token=PLAIN, log_probability=math.nan)],
    ],
)
def test_without_the_tokens_of_the_text_there_is_no_probability(parts: list[TokenProbability]) -> None:
    """Some servers give none, or those of something else."""
    assert probability_of(usable(PLAIN), PLAIN, parts) is None


def test_a_probability_is_never_above_one() -> None:
    """Even if a server rounds carelessly."""
    parts = [TokenProbability(token=PLAIN, log_probability=0.25)]

    assert probability_of(usable(PLAIN), PLAIN, parts) == 1.0


def test_a_name_written_in_an_unusual_way_is_understood_without_its_place() -> None:
    """The key may be written with escapes; then nothing is said about probability."""
    text = '{"\\u0061gent": "debugger", "confidence": 1}'

    answer = usable(text)

    assert (answer.agent, answer.span) == ("debugger", None)
