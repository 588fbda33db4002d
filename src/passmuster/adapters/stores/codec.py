"""Domain values as JSON text, and back unchanged.

The text is canonical: keys and sets are sorted, so that equal values have equal texts in every process and can share
one place in a store. Numbers that JSON has no form for (infinities, not-a-number) are written as Python's ``json``
module writes them, and lone surrogates survive, because agent files and model output are not ours to refuse here.
"""

import json
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Final, Generic, TypeVar

from pydantic import TypeAdapter, ValidationError

from passmuster.domain.agents import Roster
from passmuster.domain.answers import Completion, Failure, RoutingDecision
from passmuster.domain.cases import Case
from passmuster.domain.endpoints import RunSegment
from passmuster.domain.errors import StoreError
from passmuster.domain.results import RunManifest, Score, Trial, Unscored
from passmuster.domain.values import json_form, json_writer

ValueT = TypeVar("ValueT")


class Codec(Generic[ValueT]):
    """Writes and reads the values of one type.

    Unions are told apart by their required fields, which no two members share; a store that knows the member
    uses the member's own codec.
    """

    def __init__(self, kind: type[ValueT]) -> None:
        self._kind = kind
        self._name = getattr(kind, "__name__", str(kind))

    @cached_property
    def _adapter(self) -> TypeAdapter[ValueT]:
        # Made when it is first used: making all of them takes as long as writing some thousand values.
        return TypeAdapter(self._kind)

    def write(self, value: ValueT) -> str:
        """Return the value's canonical text.

        Raises:
            TypeError: If a field holds what its type does not allow, so that it could not be read again.
        """
        plain = self._adapter.dump_python(value, warnings=False)
        try:
            # One value of a wrong type, such as a plug-in may bring, would make the whole run unreadable.
            self._adapter.validate_python(plain)
        except ValidationError as error:
            message = f"this {self._name} holds a value of a wrong type: {error}"
            raise TypeError(message) from error
        return _WRITE(plain)

    def read(self, text: str | bytes) -> ValueT:
        """Return the value of a text.

        Raises:
            StoreError: If the text is no JSON, or not of this type.
        """
        try:
            return self._adapter.validate_json(text)
        except ValidationError:
            # Either the text is wrong, or it holds lone surrogates, which only the slower reader lets pass.
            pass
        try:
            return self._adapter.validate_python(json.loads(text))
        except ValueError as error:
            message = f"the store holds a {self._name} that cannot be read: {error}"
            hint = "restore the store from a copy, or use the version of passmuster that wrote it"
            raise StoreError(message, hint=hint) from error


_WRITE: Final = json_writer(
    json.JSONEncoder(default=json_form, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
)


def text_of_cases(cases: Iterable[Case]) -> Iterator[str]:
    """Yield the text of cases, which ``CASES`` reads, in parts: all of them as plain data would take ten times as much.

    Raises:
        TypeError: If a field of one holds what its type does not allow.
    """
    yield "["
    for number, case in enumerate(cases):
        yield f"{',' if number else ''}{CASE.write(case)}"
    yield "]"


TRIAL: Final = Codec(Trial)
MANIFEST: Final = Codec(RunManifest)
ROSTER: Final = Codec(Roster)
CASE: Final = Codec(Case)
CASES: Final = Codec(tuple[Case, ...])
DECISION: Final = Codec(RoutingDecision)
COMPLETION: Final = Codec(Completion)
FAILURE: Final = Codec(Failure)
JUDGEMENT: Final = Codec(Score)
UNSCORED: Final = Codec(Unscored)
SEGMENT: Final = Codec(RunSegment)
