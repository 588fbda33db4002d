"""What several calls consumed together."""

from passmuster.domain.values import Usage

_NOTHING = Usage()


def total(*usages: Usage) -> Usage:
    """Return what all of them consumed.

    A call that consumed nothing is free; of any other without a price the cost is unknown, and so is the sum.
    """
    consumed = [usage for usage in usages if usage != _NOTHING]
    known = [usage.cost for usage in consumed if usage.cost is not None]
    return Usage(
        input_tokens=sum(usage.input_tokens for usage in consumed),
        output_tokens=sum(usage.output_tokens for usage in consumed),
        cached_tokens=sum(usage.cached_tokens for usage in consumed),
        cache_written_tokens=sum(usage.cache_written_tokens for usage in consumed),
        reasoning_tokens=sum(usage.reasoning_tokens for usage in consumed),
        cost=sum(known[1:], known[0]) if known and len(known) == len(consumed) else None,
    )
