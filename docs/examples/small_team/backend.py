"""A backend of our own: it would ask a model, and here returns what a model might write."""

from passmuster.domain.answers import CompletionRequest

ANSWER = """\
An empty cart is the smallest case, so it comes first:

```python
def test_a_cart_without_items_costs_nothing():
    assert Cart().total() == 0
```
"""


def write(request: CompletionRequest) -> str:
    """Return the answer to the last message; ``request.messages`` begins with the agent's instructions."""
    question = request.messages[-1].content
    return ANSWER if "test" in question else "I would rather not."
