"""The one JSON that promptfoo writes its results into: a head, and a list of results that may be long."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from passmuster.adapters.run_files.json_stream import JsonStream, opened_json
from passmuster.documents import Document
from passmuster.documents import Path as Way

_HEAD: Final = ("evalId", "metadata", "config")
_RESULTS_HEAD: Final = ("version", "timestamp", "prompts")
_MOST_PLACES: Final = 10_000


def head_of(location: Path) -> Document:
    """Return everything but the single results; each part knows where it is written."""
    data: dict[str, object] = {}
    positions: dict[Way, tuple[int, int]] = {(): (1, 1)}
    with opened_json(location) as stream:
        for key in stream.members():
            if key in _HEAD:
                _keep(stream.value(), (key,), data, positions)
            elif key == "results":
                inner: dict[str, object] = {}
                data["results"] = inner
                for name in stream.members():
                    if name in _RESULTS_HEAD:
                        _keep(stream.value(), ("results", name), inner, positions)
                    else:
                        _pass_by(stream, is_list=name == "results")
            else:
                stream.skip()
        stream.finish()
    return Document(path=str(location), data=data, positions=positions)


def results_of(location: Path) -> Iterator[Document]:
    """Yield the single results, each a document of its own."""
    with opened_json(location) as stream:
        for key in stream.members():
            if key != "results":
                stream.skip()
                continue
            for name in stream.members():
                if name == "results":
                    for _ in stream.items():
                        yield stream.value()
                else:
                    stream.skip()


def _keep(document: Document, way: Way, data: dict[str, object], positions: dict[Way, tuple[int, int]]) -> None:
    data[str(way[-1])] = document.data
    positions[way] = document.positions[()]
    if len(document.positions) <= _MOST_PLACES:
        positions.update({(*way, *inner): place for inner, place in document.positions.items()})


def _pass_by(stream: JsonStream, *, is_list: bool) -> None:
    if not is_list:
        stream.skip()
        return
    # A list of gigabytes is no value that could be taken as a whole.
    for _ in stream.items():
        stream.skip()
