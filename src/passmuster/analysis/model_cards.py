"""What a model that learnt from requests is, and how well it did on requests that were held out."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from passmuster.domain.values import AgentName

FEW_FOR_NOBODY = 20
"""A threshold that was fitted on fewer validation requests for nobody is hardly better than a guess."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentCard:
    """One agent in a model.

    Attributes:
        agent: Its name.
        requests: How many requests it learnt from.
        held_out: How many others it was asked.
        found: For how many of these it was the best.
    """

    agent: AgentName
    requests: int
    held_out: int
    found: int

    @property
    def recall(self) -> float | None:
        """The share of held-out requests that found it; ``None`` without any."""
        return self.found / self.held_out if self.held_out else None


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldOutFigures:
    """What was measured on requests that neither weights, nor temperature, nor threshold were fitted on.

    Attributes:
        requests: How many requests for agents were held out.
        nobody: How many for nobody; only validation has such.
        accuracy: The share of the former whose best agent is right, before anything is refused.
        accuracy_within_three: The share with a right one among the best three.
        calibration_error: Of the confidences in the best agents; ``None`` with fewer than 100 requests.
        choice_error: Of the confidences in what was chosen, requests for nobody included; likewise.
        area_under_curve: How well scores tell requests for nobody; ``None`` without any.
        accuracy_kept: The share of validation's requests for agents that are still right with the threshold.
        nobody_recall: The share of those for nobody that are refused.
        nobody_precision: The share of those refused that are for nobody; ``None`` where none is refused.
    """

    requests: int
    nobody: int
    accuracy: float
    accuracy_within_three: float
    calibration_error: float | None = None
    choice_error: float | None = None
    area_under_curve: float | None = None
    accuracy_kept: float | None = None
    nobody_recall: float | None = None
    nobody_precision: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelCard:
    """What a model is.

    Attributes:
        router: The router that uses it, such as ``trained``.
        requests: How many requests it learnt from.
        descriptions: How many descriptions and examples of agents were among the training texts.
        for_nobody: How many requests for nobody counted against every agent.
        left_out: How many requests were left out, by the agent that the roster has not.
        features: How many columns its rows have.
        lexical_weight: How much the lexical router's score counts, in spreads of the scores; 0 for not at all.
        temperature: What scores are divided by to become probabilities.
        threshold: The score below which nobody is chosen; ``None`` if that has not been fitted.
        agents: In order of name.
        figures: What was measured.
        versions: Of the packages that it was made with.
    """

    router: str
    requests: int
    descriptions: int
    for_nobody: int
    left_out: Mapping[str, int] = field(default_factory=dict)
    features: int
    lexical_weight: float
    temperature: float
    threshold: float | None
    agents: tuple[AgentCard, ...]
    figures: HeldOutFigures
    versions: Mapping[str, str] = field(default_factory=dict)


def cautions(card: ModelCard, *, minimum: int) -> tuple[str, ...]:
    """Return what users of a model must know, in sentences.

    Args:
        card: The model.
        minimum: With how many requests an agent is learnt well enough.
    """
    sentences = []
    weak = [agent.agent for agent in card.agents if agent.requests < minimum]
    if weak:
        named = ", ".join(repr(name) for name in weak)
        sentences.append(f"fewer than {minimum} requests were there for {named}: mostly its description speaks for it")
    if card.threshold is None:
        sentences.append("it never says nobody: no validation request is for nobody, so no threshold could be fitted")
    elif card.figures.nobody < FEW_FOR_NOBODY:
        sentences.append(f"its threshold rests on {card.figures.nobody} validation requests for nobody: add more")
    if card.figures.calibration_error is None:
        sentences.append("its scores are no confidences: fewer than 100 requests were held out to calibrate them on")
    if card.left_out:
        names = ", ".join(f"{name!r} ({count})" for name, count in sorted(card.left_out.items()))
        sentences.append(f"requests for agents that the roster has not were left out: {names}")
    return tuple(sentences)


def markdown_of(card: ModelCard, *, minimum: int) -> str:
    """Return a model card as a Markdown page; equal cards make equal pages."""
    learnt_from = (
        f"{card.requests} requests, {card.for_nobody} requests for nobody, and {card.descriptions} descriptions and "
        "examples of the agents"
    )
    lines = [
        f"# Model of the router `{card.router}`",
        "",
        f"It chooses among {len(card.agents)} agents, learnt from {learnt_from}.",
        "",
        "| held out | |",
        "|---|---|",
        *(f"| {name} | {value} |" for name, value in figure_rows(card.figures)),
        "",
        *(f"* {sentence[:1].upper()}{sentence[1:]}." for sentence in cautions(card, minimum=minimum)),
        "* Its weights know the agents as they were described when it was trained: train again when that changes.",
        "* No trained router can tell that a request which sounds like the roster's work is no agent's.",
        "",
        "| agent | requests | held out | recall |",
        "|---|---|---|---|",
        *(f"| {_cell(one.agent)} | {one.requests} | {one.held_out} | {_share(one.recall)} |" for one in card.agents),
        "",
        "Made with " + ", ".join(f"{name} {version}" for name, version in sorted(card.versions.items())) + ".",
    ]
    return "\n".join(lines) + "\n"


def figure_rows(figures: HeldOutFigures) -> list[tuple[str, str]]:
    """Return the figures as pairs of a name and a number, as far as they were measured."""
    found = [
        ("requests for agents", str(figures.requests)),
        ("right", _share(figures.accuracy)),
        ("right within three", _share(figures.accuracy_within_three)),
        ("calibration error", _share(figures.calibration_error)),
        ("calibration error of what is chosen", _share(figures.choice_error)),
        ("requests for nobody", str(figures.nobody)),
        ("area under the curve for nobody", _share(figures.area_under_curve)),
        ("right with the threshold", _share(figures.accuracy_kept)),
        ("recall of nobody", _share(figures.nobody_recall)),
        ("precision of nobody", _share(figures.nobody_precision)),
    ]
    return [(name, value) for name, value in found if value != "–"]


def _share(number: float | None) -> str:
    return "–" if number is None else f"{number:.3f}"


def _cell(name: str) -> str:
    return "`" + name.replace("|", "\\|").replace("`", "'").replace("\n", " ") + "`"
