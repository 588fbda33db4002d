"""The ``<example>`` blocks of an agent's description.

Authors write them in many ways: with real or literal line breaks, as bullets, on one line, with tags or with labels,
and now and then without the closing tag. Nothing here fails; what cannot be told apart stays where it is.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from passmuster.domain.agents import AgentExample
from passmuster.domain.values import AgentName

_OPENING = re.compile(r"<example\b[^<>]{0,200}>", re.IGNORECASE)
_CLOSING = re.compile(r"</example\s{0,9}>", re.IGNORECASE)
_LITERAL_BREAK = re.compile(r"\\{1,4}n")
_LITERAL_QUOTE = re.compile(r'\\{1,4}(?=")')
_BULLET = re.compile(r"[-*+•]\s+")
_CONTEXT, _USER, _ASSISTANT, _COMMENTARY = _SPEAKERS = ("context", "user", "assistant", "commentary")
_TAGS = {"user_request": _USER, "request": _USER, "response": _ASSISTANT} | {name: name for name in _SPEAKERS}
_TAG = re.compile(rf"<(/?)({'|'.join(_TAGS)})\s{{0,9}}>", re.IGNORECASE)
_LABELS = {"agent": _ASSISTANT} | {name: name for name in _SPEAKERS}
_LABEL = re.compile(rf"[*_]{{0,3}}({'|'.join(_LABELS)})[*_]{{0,3}}[ \t]{{0,9}}:[*_]{{0,3}}", re.IGNORECASE)
# Within a line only a label before quoted speech is one: prose, too, says "the user: someone".
_LABEL_WITHIN = re.compile(r"""(?<=\s)(?:user|assistant)[ \t]{0,9}:(?=[ \t]{0,9}["'“])""", re.IGNORECASE)
_OTHER_SPEAKER = re.compile(r"([A-Z][A-Za-z]{0,30})[ \t]{0,9}:[ \t]{0,9}(?=[\"“])")
_ONLY_A_TAG = re.compile(r"<[^<>]{0,200}>")
_QUOTES = {'"': '"', "'": "'", "“": "”"}

_NAME = r"[A-Za-z0-9][A-Za-z0-9_:.-]{0,100}"
_NAMED = re.compile(rf"\b(?:the|an?|your)\s+[`'\"*]{{0,3}}({_NAME})[`'\"*]{{0,3}}\s+(?:sub-?)?agent\b", re.IGNORECASE)
_QUOTED_NAME = re.compile(rf"`@?({_NAME})`")


def read_examples(
    description: str,
    *,
    own_name: AgentName,
    known: Mapping[str, AgentName] | None = None,
    lines: Sequence[int] = (),
) -> tuple[AgentExample, ...]:
    """Read every block of a description, in order.

    A block without its closing tag ends where the next one begins. Of several turns the first user's is kept as
    ``user``; all that the assistant says is kept.

    Args:
        description: As the host gets it; a literal backslash-n counts as a line break.
        own_name: The agent's name, which is preferred where a block names several agents.
        known: The names of the roster by how an example may write them (in small letters). Any name with a hyphen
            counts as an agent's; a plain word does so only if it is known.
        lines: The line of the file on which each opening tag stands, in order.
    """
    own = own_name.rpartition(":")[2]
    names = {own.lower(): own_name, own_name.lower(): own_name, **(known or {})}
    own_pattern = re.compile(rf"(?<![\w-])(?:{re.escape(own)})(?![\w-])", re.IGNORECASE)
    examples = []
    for index, block in enumerate(_blocks(description)):
        parts = _parts(block)
        spoken = f"{parts.text(_ASSISTANT)}\n{parts.text(_COMMENTARY)}"
        agent = own_name if own and own_pattern.search(spoken) else _named(spoken, names)
        examples.append(
            AgentExample(
                context=parts.text(_CONTEXT),
                user=parts.first(_USER),
                assistant=parts.text(_ASSISTANT),
                commentary=parts.text(_COMMENTARY),
                agent=agent,
                line=lines[index] if index < len(lines) else None,
            )
        )
    return tuple(examples)


def lines_of_examples(text: str, *, first_line: int) -> tuple[int, ...]:
    """Return the line on which each opening tag stands in a text whose first line has this number."""
    lines = []
    line, position = first_line, 0
    for match in _OPENING.finditer(text):
        line += text.count("\n", position, match.start())
        position = match.start()
        lines.append(line)
    return tuple(lines)


def ends_within_example(description: str) -> bool:
    """Whether the last block has no closing tag, as in a description that was cut off."""
    ends = [match.end() for match in _OPENING.finditer(description)]
    return bool(ends) and _CLOSING.search(description, ends[-1]) is None


def _blocks(description: str) -> Iterator[str]:
    openings = list(_OPENING.finditer(description))
    starts = [*(opening.start() for opening in openings), len(description)]
    for opening, end in zip(openings, starts[1:], strict=True):
        block = description[opening.end() : end]
        closing = _CLOSING.search(block)
        yield block[: closing.start()] if closing else block


@dataclass(slots=True)
class _Turn:
    speaker: str
    lines: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return _unquoted("\n".join(self.lines).strip())


@dataclass(slots=True)
class _Parts:
    turns: list[_Turn]

    def text(self, speaker: str) -> str:
        """Return everything that a speaker says."""
        return "\n".join(turn.text for turn in self.turns if turn.speaker == speaker and turn.text)

    def first(self, speaker: str) -> str:
        """Return the first thing that a speaker says."""
        return next((turn.text for turn in self.turns if turn.speaker == speaker and turn.text), "")


def _parts(block: str) -> _Parts:
    text = _LITERAL_QUOTE.sub("", _LITERAL_BREAK.sub("\n", block))
    # Each tag and each label begins a line, and a closing tag ends one.
    text = _TAG.sub(lambda match: "\n" if match[1] else f"\n{_TAGS[match[2].lower()]}: ", text)
    turns: list[_Turn] = []
    for line in text.split("\n"):
        for piece in _pieces(line.strip()):
            _add(turns, _BULLET.sub("", piece, count=1) if _BULLET.match(piece) else piece)
    if not any(turn.speaker == _USER and turn.text for turn in turns):
        _promote_other_speaker(turns)
    return _Parts(turns)


def _pieces(line: str) -> Iterator[str]:
    """Cut a line before each label within it."""
    cuts = [0, *(match.start() for match in _LABEL_WITHIN.finditer(line)), len(line)]
    for start, end in pairwise(cuts):
        yield line[start:end].strip()


def _add(turns: list[_Turn], line: str) -> None:
    label = _LABEL.match(line)
    if label:
        turns.append(_Turn(_LABELS[label[1].lower()], [line[label.end() :].strip()]))
    elif turns and not _ONLY_A_TAG.fullmatch(line):
        turns[-1].lines.append(line)
    elif line and not turns:
        # Words before any label tell the situation.
        turns.append(_Turn(_CONTEXT, [line]))


def _promote_other_speaker(turns: list[_Turn]) -> None:
    """Take the first person who is quoted by name for the user."""
    for index, turn in enumerate(turns):
        for number, line in enumerate(turn.lines):
            speaker = _OTHER_SPEAKER.match(line) if turn.speaker == _CONTEXT else None
            if speaker:
                said = _Turn(_USER, [line[speaker.end() :], *turn.lines[number + 1 :]])
                del turn.lines[number:]
                turns.insert(index + 1, said)
                return


def _unquoted(text: str) -> str:
    if len(text) > 1 and _QUOTES.get(text[0]) == text[-1]:
        return text[1:-1].strip()
    return text


def _named(text: str, names: Mapping[str, AgentName]) -> AgentName | None:
    for match in _NAMED.finditer(text):
        written = match[1]
        if written.lower() in names:
            return names[written.lower()]
        if "-" in written:
            return AgentName(written)
    for match in _QUOTED_NAME.finditer(text):
        if match[1].lower() in names:
            return names[match[1].lower()]
    return None
