"""How often intervals of a judged pass rate cover the truth: raw, corrected, and prediction-powered.

A scripted judge passes good answers with one known probability and fails bad ones with another. Each simulation draws
people's labels, the answers of a run, and the judge's verdicts on both::

    python benchmarks/judge_calibration.py
"""

import numpy as np

from passmuster.analysis.corrected_rates import MeasuredJudge, prediction_powered, rogan_gladen
from passmuster.analysis.proportions import wilson

SIMULATIONS = 1_000
SETTINGS = (
    # Sensitivity, specificity, share of good answers, answers of the run, labels of each kind.
    (0.90, 0.80, 0.50, 300, 60),
    (0.90, 0.80, 0.80, 300, 60),
    (0.90, 0.80, 0.95, 300, 60),
    (0.95, 0.90, 0.30, 200, 40),
    (0.80, 0.70, 0.20, 300, 100),
    (0.99, 0.99, 0.98, 100, 30),
)


def verdicts(generator: np.random.Generator, truth: np.ndarray, sensitivity: float, specificity: float) -> np.ndarray:  # type: ignore[type-arg]  # of truths
    """Return what the judge says of answers whose truth is known."""
    chance = generator.random(len(truth))
    return np.where(truth, chance < sensitivity, chance >= specificity)


def simulate(setting: tuple[float, float, float, int, int], seed: int) -> tuple[float, float, float, float]:
    """Return how often the raw, the corrected and the prediction-powered interval cover, and the judge's mean rate."""
    sensitivity, specificity, share, answers, labels = setting
    generator = np.random.default_rng(seed)
    covered = np.zeros(3)
    rate = 0.0
    for _ in range(SIMULATIONS):
        judge = MeasuredJudge(
            passed_rightly=int(generator.binomial(labels, sensitivity)),
            good=labels,
            failed_rightly=int(generator.binomial(labels, specificity)),
            bad=labels,
        )
        passed = verdicts(generator, generator.random(answers) < share, sensitivity, specificity)
        told = generator.random(2 * labels) < share
        said = verdicts(generator, told, sensitivity, specificity)
        corrected = rogan_gladen(int(passed.sum()), answers, judge)
        powered = prediction_powered(
            passed.astype(float).tolist(), list(zip(said.astype(float), told.astype(float), strict=True))
        )
        bounds = [
            wilson(int(passed.sum()), answers),
            (corrected.lower, corrected.upper),
            (powered.lower, powered.upper),
        ]
        covered += [lower <= share <= upper for lower, upper in bounds]
        rate += float(passed.mean())
    raw, of_corrected, of_powered = (covered / SIMULATIONS).tolist()
    return raw, of_corrected, of_powered, rate / SIMULATIONS


def main() -> None:
    """Print the table."""
    print(f"coverage of 95 % intervals in {SIMULATIONS:,} simulations")
    print("sensitivity  specificity  truly good  answers  labels   judge says   raw  corrected  prediction-powered")
    for seed, setting in enumerate(SETTINGS):
        sensitivity, specificity, share, answers, labels = setting
        raw, corrected, powered, rate = simulate(setting, seed)
        print(
            f"{sensitivity:11.2f}  {specificity:11.2f}  {share:10.2f}  {answers:7d}  {2 * labels:6d}   {rate:10.3f}"
            f"  {raw:4.3f}  {corrected:9.3f}  {powered:18.3f}"
        )


if __name__ == "__main__":
    main()
