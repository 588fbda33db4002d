"""How probable the tokens of an answer were, as far as a service tells."""

from collections.abc import Iterable, Mapping

from passmuster.domain.answers import TokenProbability

LEAST = -1e6
"""Below this lies minus infinity, which services write for what a grammar forbids."""


def token_probabilities(
    told: Iterable[Mapping[str, object]], *, written: str, probability: str
) -> tuple[TokenProbability, ...]:
    """Return the tokens with the logarithms of their probabilities.

    Args:
        told: What the service says of each token.
        written: Under which name it has the token.
        probability: Under which name it has the natural logarithm of its probability.

    Returns:
        Nothing at all where one of them cannot be read: an answer is not lost for it, and half of the tokens would
        say something untrue.
    """
    tokens = []
    for one in told:
        token, value = one.get(written), one.get(probability)
        if not isinstance(token, str) or isinstance(value, bool) or not isinstance(value, int | float):
            return ()
        if not LEAST <= value <= 0:
            return ()
        tokens.append(TokenProbability(token=token, log_probability=float(value)))
    return tuple(tokens)
