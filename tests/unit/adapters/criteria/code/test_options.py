"""What options of criteria on code change."""

from collections.abc import Mapping
from importlib.metadata import entry_points

import pytest
from pydantic import ValidationError

from passmuster.adapters.criteria.code.annotations import DOCSTRINGS, TYPE_HINTS
from passmuster.adapters.criteria.code.linting import FORMATTED, RUFF
from passmuster.adapters.criteria.code.measures import DESCRIPTIVE_NAMES
from passmuster.adapters.criteria.code.robustness import NO_BLOCKING_CALLS

from .examiners import answer_of, judge

POINTS = {point.name: point for point in entry_points(group="passmuster.criteria")}


async def test_other_quotes_and_lengths_of_lines_are_formatted_too() -> None:
    """As long as one of each is kept throughout."""
    single = answer_of({"a.py": "x = 'y'\n"})
    wide = answer_of({"a.py": f"x = call({'a' * 40}, {'b' * 40}, c)\n"})

    assert (await judge(FORMATTED, single)).passed
    assert not (await judge(FORMATTED, single, single_quotes=False)).passed
    assert not (await judge(FORMATTED, answer_of({"a.py": "x = 'y'\nz = \"y\"\n"}))).passed
    assert (await judge(FORMATTED, wide)).passed
    assert not (await judge(FORMATTED, wide, line_lengths=[79, 88])).passed


async def test_an_answers_own_settings_are_not_heeded() -> None:
    """Neither its settings files nor its comments make ruff look away."""
    loose = "[tool.ruff]\nexclude = ['*']\n"
    files = {"pyproject.toml": loose, "ruff.toml": "exclude = ['*']\n", "a.py": "import os  # noqa\n"}
    unformatted = {**files, "a.py": "# fmt: off\nx   =   1  # fmt: skip\n"}

    assert "F401" in (await judge(RUFF, answer_of(files))).reason
    assert not (await judge(FORMATTED, answer_of(unformatted))).passed


async def test_rules_are_chosen_by_their_sets() -> None:
    """A set's letters are its own: E is not ERA; lines may be as long as the option says."""
    answer = answer_of({"a.py": f"import os\n\n# x = call(1)\ny = '{'z' * 100}'\n"})

    everything = await judge(RUFF, answer, rules=["E", "F"], ignored=[], line_length=90)
    assert everything.evidence["rules"] == {"E501": 1, "F401": 1}
    assert "E501 Line too long (106 > 90)" in everything.reason
    assert (await judge(RUFF, answer, rules=["E"])).passed
    assert (await judge(RUFF, answer, rules=["E", "F"], ignored=["F4"])).passed
    assert (await judge(RUFF, answer, rules=["ERA"])).evidence["rules"] == {"ERA001": 1}
    assert (await judge(RUFF, answer, rules=["F"], maximum=1)).passed


async def test_docstrings_follow_one_of_the_conventions() -> None:
    """The wanted one, or either throughout."""
    numpy = '''\
    def price(number: int) -> int:
        """Return a price.

        Parameters
        ----------
        number : int
            Of the order.

        Returns
        -------
        int
            The price.
        """
        return number
    '''
    answer = answer_of({"a.py": numpy})

    assert (await judge(DOCSTRINGS, answer)).evidence["convention"] == "numpy"
    assert not (await judge(DOCSTRINGS, answer, convention="google")).passed
    assert not (await judge(DOCSTRINGS, answer, modules=True)).passed
    bare = answer_of({"a.py": 'def price(number: int) -> int:\n    """Return a price."""\n    return number\n'})
    assert not (await judge(DOCSTRINGS, bare)).passed
    assert (await judge(DOCSTRINGS, bare, arguments=False)).passed
    assert (await judge(DOCSTRINGS, bare, minimum=0.0)).passed


async def test_hints_that_say_nothing_are_counted_and_may_be_limited() -> None:
    """`Any` and comments that make checkers look away."""
    text = "from typing import Any\n\n\ndef price(number: Any) -> int:  # type: ignore[misc]\n    return 1\n"
    answer = answer_of({"a.py": text})

    assert (await judge(TYPE_HINTS, answer)).evidence == {
        "places": [{"file": "a.py", "line": 4, "message": "anything goes: `Any`"}],
        "functions": 1,
        "incomplete": 0,
        "any": 1,
        "ignores": 1,
    }
    assert not (await judge(TYPE_HINTS, answer, maximum_any=0)).passed
    assert not (await judge(TYPE_HINTS, answer, maximum_ignores=0)).passed
    assert not (await judge(TYPE_HINTS, answer, minimum=2)).passed


async def test_names_may_be_allowed_and_forbidden() -> None:
    """What is a word in one trade is an abbreviation in another."""
    answer = answer_of({"a.py": "val = 1\nsku = 2\n"})

    assert not (await judge(DESCRIPTIVE_NAMES, answer)).passed
    assert (await judge(DESCRIPTIVE_NAMES, answer, allowed=["val"])).passed
    assert (await judge(DESCRIPTIVE_NAMES, answer, maximum_share=0.5)).passed
    assert not (await judge(DESCRIPTIVE_NAMES, answer, allowed=["val"], forbidden=["sku"])).passed


async def test_helpers_that_block_may_be_left_out() -> None:
    """Then only what is written into asynchronous code counts."""
    text = "import time\n\n\ndef wait() -> None:\n    time.sleep(1)\n\n\nasync def load() -> None:\n    wait()\n"
    answer = answer_of({"a.py": text})

    assert (
        "a.py:9 `wait` blocks the event loop: a.py:5 calls `time.sleep`"
        in (await judge(NO_BLOCKING_CALLS, answer)).reason
    )
    assert (await judge(NO_BLOCKING_CALLS, answer, helpers=False)).passed


@pytest.mark.parametrize(
    ("name", "options", "complaint"),
    [
        ("ruff", {"rules": ["e501"]}, "is no rule or rule set of ruff"),
        ("ruff", {"rules": []}, "at least 1 item"),
        ("formatted", {"line_lengths": [80]}, "80 is not among the lengths that are tried"),
        ("descriptive_names", {"maximum_share": 2}, "less than or equal to 1"),
    ],
)
def test_options_that_mean_nothing_are_refused(name: str, options: Mapping[str, object], complaint: str) -> None:
    """With what to write instead."""
    with pytest.raises(ValidationError, match=complaint):
        POINTS[name].load().options.model_validate({"name": "mine", **options})


@pytest.mark.parametrize("rule", ["NOPE999", "SEC", "PL", "e501", "E 501", ""])
def test_rules_that_ruff_has_not_are_refused(rule: str) -> None:
    """They would never count, and nobody would notice."""
    with pytest.raises(ValidationError, match="is no rule or rule set of ruff"):
        RUFF.options.model_validate({"name": "mine", "rules": [rule]})
