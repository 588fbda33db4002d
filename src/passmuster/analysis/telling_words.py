"""Words that can tell one agent from another: neither those of any sentence nor those of any description."""

import re

_WORD = re.compile(r"[^\W_]+(?:[.'\u2019+#-][^\W_]+)*[+#]*")

_ANY_SENTENCE_WORDS = """
a about above across after again against all along also always am an and another any anyone anything are aren't as at
be because been before being below best better between both but by can can't cannot could couldn't did didn't do does
doesn't doing don't done down during each either else ensure ensures ensuring etc even ever every everyone everything
few first for from further get gets give given gives go goes good had has hasn't have haven't having he her here hers
him his how however i if in including includes instead into is isn't it it's its just keep kind last least less let
like made make makes making many may me might more most much must my need needed needs never no nobody none nor not
nothing now of off often on once one only or other others our out over own per please same shall she should so some
someone something soon sort still such sure take than that the their them then there these they thing things this
those through to together too under until up upon us use used user user's users uses using various very via want wants
was way we well were what whatever when whenever where wherever whether which while who whose why will with within
without won't would you your yours
"""
_ANY_SENTENCE = frozenset(_ANY_SENTENCE_WORDS.split())
_ANY_DESCRIPTION_WORDS = """
agent agents ai assist assistance assistant assistants assists automatically claude description dedicated delegate
delegated expert expertise experts general generic handle handles handling help helper helpful helping helps
immediately important invoke invoked proactive proactively professional purpose request requests role skill skilled
skills specialist specialists specialized specialised specializes specialises specializing specialising subagent
subagents sub-agent sub-agents task tasks work working works
"""
_ANY_DESCRIPTION = frozenset(_ANY_DESCRIPTION_WORDS.split())

_EXAMPLES = re.compile(r"<example\b.*", re.DOTALL | re.IGNORECASE)


def without_examples(description: str) -> str:
    """Return what stands before the first ``<example>`` of a description."""
    return _EXAMPLES.sub("", description)


def words_of(text: str) -> list[str]:
    """Return the words of a text in small letters, in order; ``c++``, ``node.js`` and ``code-review`` are one each."""
    return [word.casefold() for word in _WORD.findall(text)]


def telling_words(text: str) -> list[str]:
    """Return the words of a text that can tell agents apart, in order, each as often as it stands there."""
    return [word for word in words_of(text) if word not in _ANY_SENTENCE and word not in _ANY_DESCRIPTION]
