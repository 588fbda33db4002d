"""Use case: a page about a dataset, in Markdown with the front matter that hubs of datasets read.

The keys of the front matter are those of the dataset cards of Hugging Face; only figures are filled in, and what nobody
can know from the cases is left for people to write.
"""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from passmuster.application.describing_datasets import Census, Coverage, spread

_SIZES = (
    (1_000, "n<1K"),
    (10_000, "1K<n<10K"),
    (100_000, "10K<n<100K"),
    (1_000_000, "100K<n<1M"),
    (10_000_000, "1M<n<10M"),
)
_LARGEST = "n>10M"
SHOWN_TAGS = 30

_TO_WRITE = "*To be written by those who made the dataset.*"
_QUESTIONS = (
    ("Where the requests come from", "Who wrote or collected them, from where, and with whose consent?"),
    ("The labelling rule", "What makes an agent the preferred one, what is acceptable, and who decided?"),
    ("Known limits", "What do these requests not stand for?"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CardDetails:
    """What the cases do not say about themselves.

    Attributes:
        title: What to call the dataset; empty takes its name.
        license: The licence's identifier, such as ``apache-2.0``; empty leaves it out.
        languages: Codes such as ``en``.
        files: The data file by the name of a configuration, for hubs; empty leaves it out.
    """

    title: str = ""
    license: str = ""
    languages: tuple[str, ...] = ()
    files: str = ""


def card_of(census: Census, covered: Sequence[Coverage], name: str, details: CardDetails) -> str:
    """Return the card of a dataset.

    Args:
        census: The counts of its cases.
        covered: How well each agent is covered.
        name: The dataset's name.
        details: What else is known.
    """
    lines = [*_front_matter(census, name, details), f"# {_text(details.title or name)}", ""]
    lines += [f"{census.cases:,} requests, each with the agent that should take it, or nobody.", ""]
    lines += ["## What is in it", "", *_facts(census), ""]
    lines += [*_table(("split", "cases"), sorted(census.splits.items())), ""]
    lines += [*_table(("stratum", "cases"), sorted(census.strata.items())), ""]
    lines += ["## Agents", "", *_agents(census, covered), ""]
    if census.tags:
        tags = sorted(census.tags.items(), key=lambda item: (-item[1], item[0]))[:SHOWN_TAGS]
        lines += ["## Tags", "", *_table(("tag", "cases"), tags), ""]
    for title, question in _QUESTIONS:
        lines += [f"## {title}", "", f"{question} {_TO_WRITE}", ""]
    return "\n".join(lines).rstrip() + "\n"


def _front_matter(census: Census, name: str, details: CardDetails) -> Iterator[str]:
    yield "---"
    if details.languages:
        yield f"language: {json.dumps(list(details.languages))}"
    if details.license:
        yield f"license: {json.dumps(details.license)}"
    yield f"pretty_name: {json.dumps(details.title or name, ensure_ascii=False)}"
    yield "task_categories: [text-classification]"
    yield "task_ids: [intent-classification]"
    yield f"size_categories: [{json.dumps(size_of(census.cases))}]"
    yield "tags: [agents, routing, evaluation]"
    if details.files:
        yield "configs:"
        yield f"  - {{config_name: default, data_files: {json.dumps(details.files)}}}"
    yield "---"
    yield ""


def size_of(cases: int) -> str:
    """Return the size category of a number of cases."""
    return next((name for limit, name in _SIZES if cases < limit), _LARGEST)


def _facts(census: Census) -> Iterator[str]:
    for name, count in census.facts.items():
        if count:
            yield f"* {name}: {count:,}"
    if census.groups:
        yield f"* groups: {census.groups:,}"
    for name, counts in (("words", census.words), ("characters", census.characters)):
        lengths = spread(counts)
        if lengths is not None:
            ends = f"{lengths.smallest:,} to {lengths.largest:,}"
            yield f"* {name} in a request: {ends}, half of them up to {lengths.median:,}"
    if census.dates is not None:
        first, last = census.dates
        authors = ", ".join(_text(author) for author, _ in census.authors.most_common(5))
        yield f"* written by {authors}, {first if first == last else f'{first} to {last}'}"


def _agents(census: Census, covered: Sequence[Coverage]) -> Iterator[str]:
    splits = sorted(census.splits)
    rows = [
        (
            item.agent,
            item.cases,
            *(census.by_agent[item.agent, split] for split in splits),
            "none" if item.drop is None else f"{100 * item.drop:.0f} points",
        )
        for item in sorted(covered, key=lambda item: item.agent)
    ]
    yield from _table(("agent", "cases", *splits, "smallest drop that shows"), rows)
    yield ""
    yield "The last column holds for a subject that varies and is right in 80 % of its choices, asked once each time."


def _table(headings: Sequence[str], rows: Sequence[Sequence[object]]) -> Iterator[str]:
    yield f"| {' | '.join(headings)} |"
    yield "|" + "---|" * len(headings)
    for row in rows:
        yield f"| {' | '.join(_text(f'{cell:,}' if isinstance(cell, int) else str(cell)) for cell in row)} |"


def _text(text: str) -> str:
    """Return untrusted text as Markdown shows it as it stands, on one line."""
    shown = "".join(character if character.isprintable() else " " for character in text)
    return re.sub(r"([\\`*_\[\]<>|#])", r"\\\1", shown)
