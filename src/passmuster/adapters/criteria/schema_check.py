"""The comparison of data with a JSON Schema, also a program of its own: see `isolated.py`.

The dialect is draft 2020-12 (https://json-schema.org/draft/2020-12). ``format`` is an annotation there and is not
checked. Nothing is ever fetched: references reach no further than the schema itself.
"""

from itertools import islice

from jsonschema import Draft202012Validator
from referencing import Registry

MAXIMUM_VIOLATIONS = 4
"""One more than are told, so that it is known whether there are more."""


def violations(schema: dict[str, object], data: object) -> list[list[str]]:
    """Return the first violations, each as the way to the value and what is wrong with it."""
    # An empty registry retrieves nothing; the library's default one would ask the network.
    validator = Draft202012Validator(schema, registry=Registry())
    errors = islice(validator.iter_errors(data), MAXIMUM_VIOLATIONS)
    return [[error.json_path, error.message] for error in errors]


answer = violations
"""What a process of `isolated.py` is asked for."""
