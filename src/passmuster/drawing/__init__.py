"""Charts from plain values: each is a value, and equal ones are drawn with equal bytes."""
