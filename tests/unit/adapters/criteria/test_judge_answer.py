"""What a judge wrote, and what may be read from it."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passmuster.adapters.criteria.judge_answer import LONGEST_VERDICT, Unusable, Verdict, read_verdict

CHOICES = ("no", "partly", "yes")
GOOD = '{"reason": "It says so in line 3.", "choice": "yes"}'


@pytest.mark.parametrize(
    "text",
    [
        GOOD,
        f"Here is my verdict:\n```json\n{GOOD}\n```\nI hope that helps.",
        f"<think>Perhaps {{'choice': 'no'}}? {{\"choice\": \"no\"}}</think>{GOOD}",
        f"The set {{1, 2}} is fine. {GOOD}",
        f"{GOOD}\n{GOOD}",
    ],
)
def test_the_object_is_found_in_what_surrounds_it(text: str) -> None:
    """Prose, fences, thoughts and the same thing said twice change nothing."""
    assert read_verdict(text, CHOICES) == Verdict(choice="yes", reason="It says so in line 3.")


@pytest.mark.parametrize(
    "text", ["It says so.\nChoice: yes", "It says\nso.\n\n**Choice:** Yes.", 'It says so.\nverdict: "yes"\n']
)
def test_a_last_line_counts_where_there_is_no_object(text: str) -> None:
    """For models that cannot be held to a form."""
    verdict = read_verdict(text, CHOICES)

    assert isinstance(verdict, Verdict)
    assert (verdict.choice, verdict.reason) == ("yes", "It says so.")


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "no JSON object"),
        ("yes", "no JSON object"),
        ("Choice: perhaps", "no JSON object"),
        ("Choice: yes", "no reason before"),
        ('{"reason": "a", "choice": "Yes"}', "'Yes' is not one of the choices no, partly, yes"),
        ('{"reason": "a", "choice": ["yes"]}', "is not one of the choices"),
        ('{"reason": " ", "choice": "yes"}', "gives no reason"),
        ('{"choice": "yes"}', "gives no reason"),
        ('{"reason": "a", "choice": "yes", "score": 9}', "'score', which was not asked for"),
        (f'{GOOD} {{"reason": "b", "choice": "no"}}', "choose differently"),
        (f'{GOOD} {{"reason": "b", "choice": "none"}}', "'none' is not one"),
        ("x" * (LONGEST_VERDICT + 1), "longer than"),
    ],
)
def test_what_means_nothing_for_sure_is_refused(text: str, complaint: str) -> None:
    """With words that the judge is shown when it is asked again."""
    found = read_verdict(text, CHOICES)

    assert isinstance(found, Unusable)
    assert complaint in found.complaint


@given(st.text())
def test_nothing_that_is_written_breaks_the_reader(text: str) -> None:
    """A verdict is one of the choices with a reason in one line, or unusable."""
    found = read_verdict(text, CHOICES)

    assert isinstance(found, Unusable) or (found.choice in CHOICES and len(found.reason.splitlines()) == 1)


@given(st.text(min_size=1).filter(str.strip), st.sampled_from(CHOICES), st.text(alphabet="ab \n."))
def test_a_good_object_is_read_whatever_its_reason(reason: str, choice: str, prose: str) -> None:
    """Quotes, braces and line breaks within a reason are its own."""
    found = read_verdict(f"{prose}{json.dumps({'reason': reason, 'choice': choice})}", CHOICES)

    assert isinstance(found, Verdict)
    assert found.choice == choice


@pytest.mark.parametrize("text", ["{" * 200_000, '{"choice":' * 4_000, "[" * 40_000 + GOOD])
def test_hostile_verdicts_take_no_time(text: str) -> None:
    """Nesting neither breaks nor delays the reader; what it holds is found or is not."""
    assert isinstance(read_verdict(text, CHOICES), Unusable | Verdict)
