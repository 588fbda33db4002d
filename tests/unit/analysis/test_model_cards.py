"""What people are told about a model."""

from dataclasses import replace

from passmuster.analysis.model_cards import AgentCard, HeldOutFigures, ModelCard, cautions, figure_rows, markdown_of
from passmuster.domain.values import AgentName

CARD = ModelCard(
    router="trained",
    requests=7,
    descriptions=2,
    for_nobody=1,
    features=100,
    lexical_weight=0.5,
    temperature=0.2,
    threshold=-0.5,
    agents=(
        AgentCard(agent=AgentName("a|b"), requests=5, held_out=4, found=3),
        AgentCard(agent=AgentName("c"), requests=2, held_out=0, found=0),
    ),
    figures=HeldOutFigures(requests=120, nobody=20, accuracy=0.75, accuracy_within_three=1.0, calibration_error=0.05),
    versions={"scikit-learn": "1.0"},
)


def test_a_good_model_needs_no_cautions() -> None:
    """Enough requests, a threshold and a calibration: nothing to warn of."""
    assert cautions(CARD, minimum=2) == ()


def test_everything_that_limits_a_model_is_said() -> None:
    """Few requests, no threshold, no confidences, agents that are gone."""
    poor = replace(
        CARD, threshold=None, figures=replace(CARD.figures, calibration_error=None), left_out={"gone": 4, "away": 1}
    )

    said = " ".join(cautions(poor, minimum=3))

    assert "fewer than 3 requests were there for 'c'" in said
    assert "never says nobody" in said
    assert "no confidences" in said
    assert "'away' (1), 'gone' (4)" in said


def test_a_threshold_by_a_handful_of_requests_is_warned_of() -> None:
    """Nine requests for nobody are too few to trust it."""
    few = replace(CARD, figures=replace(CARD.figures, nobody=9))

    assert cautions(few, minimum=2) == ("its threshold rests on 9 validation requests for nobody: add more",)


def test_only_what_was_measured_is_in_the_figures() -> None:
    """A figure that nobody measured has no row."""
    names = [name for name, _ in figure_rows(CARD.figures)]

    assert "calibration error" in names
    assert "recall of nobody" not in names


def test_the_page_has_each_agent_and_cannot_be_broken_by_a_name() -> None:
    """A pipe in a name is escaped; an agent without held-out requests has a dash."""
    page = markdown_of(CARD, minimum=2)

    assert "| `a\\|b` | 5 | 4 | 0.750 |" in page
    assert "| `c` | 2 | 0 | – |" in page
    assert page == markdown_of(CARD, minimum=2)
