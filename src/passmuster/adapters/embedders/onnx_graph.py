"""Whether a model in ONNX form reckons in 32 bits throughout, told from its file without running it.

The file is a protocol buffer. The numbers of the fields are those of ONNX's intermediate representation, see
``onnx.proto`` of that standard; they never change.
"""

import mmap
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

_GRAPH, _FUNCTION = 7, 25  # of ModelProto
_NODE, _INITIALISER = 1, 5  # of GraphProto
_FUNCTION_NODE = 7  # of FunctionProto
_OPERATION, _ATTRIBUTE = 4, 5  # of NodeProto
_TENSOR, _SUBGRAPH, _SUBGRAPHS = 5, 6, 11  # of AttributeProto
_DATA_TYPE = 2  # of TensorProto

_VARINT, _FIXED_64, _LENGTH, _FIXED_32 = 0, 1, 2, 5
_LONGEST_VARINT = 10

_SHORT_TYPES: Final = {
    2: "8-bit",
    3: "8-bit",
    10: "16-bit",
    16: "16-bit",
    17: "8-bit",
    18: "8-bit",
    19: "8-bit",
    20: "8-bit",
    21: "4-bit",
    22: "4-bit",
    23: "4-bit",
}
"""Types of numbers that take fewer than 32 bits, by their numbers in TensorProto.DataType."""

_QUANTISED: Final = re.compile(r"^Q[A-Z]|[Qq]uantize|Integer|NBits|Bnb4")
"""Operations that reckon with fewer bits, those of onnxruntime's own included."""

_DEEPEST: Final = 32

Region = tuple[int, int]
"""Where something begins and ends in the file."""


def short_numbers_in(model: Path) -> str:
    """Return what in a model has fewer than 32 bits, such as ``the operation 'MatMulInteger'``; empty for nothing.

    Raises:
        ValueError: If the file is no model in ONNX form.
        OSError: If it cannot be read.
    """
    with model.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as content:
        reader = _Reader(content)
        found = reader.short_numbers((0, len(content)))
        if not reader.has_nodes:
            message = "it holds no graph"
            raise ValueError(message)
        return found


class _Reader:
    """Walks through the one file.

    Attributes:
        has_nodes: Whether an operation has been seen.
    """

    def __init__(self, content: mmap.mmap) -> None:
        self._content = content
        self.has_nodes = False

    def short_numbers(self, model: Region) -> str:
        for field, region in self._fields(model):
            found = ""
            if field == _GRAPH:
                found = self._in_graph(region, 0)
            elif field == _FUNCTION:
                found = next(filter(None, (self._in_node(node, 0) for node in self._all(region, _FUNCTION_NODE))), "")
            if found:
                return found
        return ""

    def _in_graph(self, graph: Region, depth: int) -> str:
        if depth > _DEEPEST:
            message = "its graphs are nested too deeply"
            raise ValueError(message)
        for field, region in self._fields(graph):
            found = ""
            if field == _NODE:
                found = self._in_node(region, depth)
            elif field == _INITIALISER:
                found = self._in_tensor(region)
            if found:
                return found
        return ""

    def _in_node(self, node: Region, depth: int) -> str:
        self.has_nodes = True
        for field, (start, end) in self._fields(node):
            if field == _OPERATION:
                operation = self._content[start:end].decode("utf-8", "replace")
                if _QUANTISED.search(operation):
                    return f"the operation {operation!r}"
            elif field == _ATTRIBUTE and (found := self._in_attribute((start, end), depth)):
                return found
        return ""

    def _in_attribute(self, attribute: Region, depth: int) -> str:
        for field, region in self._fields(attribute):
            found = ""
            if field == _TENSOR:
                found = self._in_tensor(region)
            elif field in {_SUBGRAPH, _SUBGRAPHS}:
                found = self._in_graph(region, depth + 1)
            if found:
                return found
        return ""

    def _in_tensor(self, tensor: Region) -> str:
        # A number that stands alone is told as a region of no length, with its value as the beginning.
        kinds = [_SHORT_TYPES.get(start, "") for field, (start, _) in self._fields(tensor) if field == _DATA_TYPE]
        return f"{kinds[0]} numbers" if kinds and kinds[0] else ""

    def _all(self, region: Region, wanted: int) -> Iterator[Region]:
        return (inner for field, inner in self._fields(region) if field == wanted)

    def _fields(self, region: Region) -> Iterator[tuple[int, Region]]:
        """Yield every field of a message: its number, and where its content is; a number as a region of no length."""
        place, end = region
        while place < end:
            key, place = self._varint(place, end)
            field, kind = key >> 3, key & 7
            if kind == _VARINT:
                value, place = self._varint(place, end)
                yield field, (value, value)
                continue
            if kind == _LENGTH:
                length, place = self._varint(place, end)
            elif kind in {_FIXED_64, _FIXED_32}:
                length = 8 if kind == _FIXED_64 else 4
            else:
                message = "it is no protocol buffer"
                raise ValueError(message)
            if place + length > end:
                message = "it is cut off"
                raise ValueError(message)
            yield field, (place, place + length)
            place += length

    def _varint(self, place: int, end: int) -> tuple[int, int]:
        value = 0
        for position in range(_LONGEST_VARINT):
            if place + position >= end:
                break
            byte = self._content[place + position]
            value |= (byte & 0x7F) << (7 * position)
            if byte < 0x80:  # noqa: PLR2004 - the highest bit says whether more follows
                return value, place + position + 1
        message = "it is cut off"
        raise ValueError(message)
