"""A model in a folder: one JSON document, plain arrays, and a card for people. No pickle, so nothing runs on loading.

The document names the digest of every array, so that arrays of another model, or cut off ones, are noticed. Equal
models make equal files, bit by bit: there is neither time nor place in them.
"""

import hashlib
import io
import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from passmuster.adapters.routers.calibration import Calibration
from passmuster.adapters.routers.learning import Model
from passmuster.adapters.routers.linear_classifier import LinearClassifier
from passmuster.adapters.routers.text_features import TextFeatures, Vocabulary
from passmuster.analysis.model_cards import ModelCard, markdown_of
from passmuster.domain.errors import InvalidConfigurationError
from passmuster.domain.findings import Finding, Severity
from passmuster.domain.values import UNKNOWN, AgentName, Fingerprint, JsonObject, SourceLocation
from passmuster.placing import place

FORMAT = 1
"""Raised whenever older models can no longer be read."""

DOCUMENT = "model.json"
CARD = "MODEL_CARD.md"

MAXIMUM_DOCUMENT = 256 * 1024 * 1024
MAXIMUM_ARRAY = 4 * 1024 * 1024 * 1024
"""Bytes; larger files are refused before they are read."""

Array = NDArray[np.float32] | NDArray[np.float64]

_REMEDY = "train it again with `passmuster train`"
_CARD = TypeAdapter(ModelCard)

_Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class _Digests(BaseModel):
    """The SHA-256 of each array's file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    weights: _Digest
    offsets: _Digest
    word_rarity: _Digest
    character_rarity: _Digest


class _Document(BaseModel):
    """What stands in the JSON document."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    format: Literal[1]
    router: str
    agents: list[str] = Field(min_length=2)
    fields: list[Literal["name", "description", "examples", "body"]] = Field(min_length=1)
    columns_before: int = Field(ge=0)
    words: list[str]
    characters: list[str]
    calibration: Calibration
    card: ModelCard
    options: dict[str, object]
    seen: list[str]
    digests: _Digests


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class SavedModel:
    """A model, what turns texts into rows, and what else its router must know.

    Attributes:
        model: What was learnt.
        text: The part of the rows that words and characters make; without any column where there is none.
        options: What the router itself wants to keep, such as which embedder made the other columns.
    """

    model: Model
    text: TextFeatures
    options: JsonObject = field(default_factory=dict)

    @property
    def columns_before(self) -> int:
        """How many columns stand before those of the text, such as those of an embedding."""
        return len(self.model.classifier.weights) - self.text.width


def save(saved: SavedModel, folder: Path, *, minimum: int) -> tuple[Path, ...]:
    """Write a model, whole or not at all, and return its files; equal models make equal files.

    Args:
        saved: The model.
        folder: Where to; it is made if need be.
        minimum: With how many requests an agent counts as learnt well enough, for the card.

    Raises:
        EnvironmentFaultError: If the place cannot be written.
    """
    model = saved.model
    arrays = {name: _written(array) for name, array in _arrays(saved).items()}
    document = {
        "format": FORMAT,
        "router": model.card.router,
        "agents": list(model.classifier.agents),
        "fields": list(model.fields),
        "columns_before": saved.columns_before,
        "words": list(saved.text.words.columns),
        "characters": list(saved.text.characters.columns),
        "calibration": asdict(model.calibration),
        "card": _CARD.dump_python(model.card, mode="json"),
        "options": dict(saved.options),
        "seen": sorted(model.seen),
        "digests": {name: hashlib.sha256(content).hexdigest() for name, content in arrays.items()},
    }
    text = json.dumps(document, ensure_ascii=True, indent=1, sort_keys=True, allow_nan=False) + "\n"
    card = markdown_of(model.card, minimum=minimum)
    # The document comes last: it vouches for the arrays beside it.
    return place(
        {f"{name}.npy": content for name, content in arrays.items()}
        | {CARD: card.encode("utf-8", "replace"), DOCUMENT: text.encode()},
        folder,
    )


def load(folder: Path, *, router: str, columns_before: int | None = None) -> SavedModel:
    """Read a model.

    Args:
        folder: Where it lies.
        router: Which router wants it; a model of another one is refused.
        columns_before: How many columns its rows must have before those of the text; ``None`` takes any number.

    Raises:
        InvalidConfigurationError: With every complaint, if there is none, or it cannot be trusted.
    """
    document = _read_document(folder / DOCUMENT, router)
    files = {name: folder / f"{name}.npy" for name in _Digests.model_fields}
    arrays: dict[str, Array] = {}
    findings = [*_doubts(folder / DOCUMENT, document, columns_before)]
    for name, path in files.items():
        try:
            arrays[name] = _read_array(path, getattr(document.digests, name))
        except _BrokenError as error:
            findings.append(_broken(path, str(error)))
    findings += [*_misfits(files, document, arrays)] if len(arrays) == len(files) else []
    if findings:
        raise InvalidConfigurationError(findings)
    return _assembled(document, arrays)


def content_of(folder: Path) -> Fingerprint:
    """Return the fingerprint of a model; unknown where there is none to read, which loading complains about."""
    try:
        return Fingerprint(hashlib.sha256((folder / DOCUMENT).read_bytes()).hexdigest()[:32])
    except OSError:
        return UNKNOWN


class _BrokenError(Exception):
    """An array cannot be read; says why."""


def _arrays(saved: SavedModel) -> Mapping[str, Array]:
    return {
        "weights": saved.model.classifier.weights,
        "offsets": saved.model.classifier.offsets,
        "word_rarity": saved.text.words.rarity,
        "character_rarity": saved.text.characters.rarity,
    }


def _written(array: Array) -> bytes:
    stream = io.BytesIO()
    np.lib.format.write_array(stream, np.ascontiguousarray(array), version=(1, 0), allow_pickle=False)
    return stream.getvalue()


def _read_document(path: Path, router: str) -> _Document:
    try:
        content = _read(path, MAXIMUM_DOCUMENT)
    except FileNotFoundError:
        message = f"there is no model in {str(path.parent)!r}"
        raise InvalidConfigurationError(
            [_finding("no-model", message, f"train one with `passmuster train --output {path.parent}`", path.parent)]
        ) from None
    except _BrokenError as error:
        raise InvalidConfigurationError([_broken(path, str(error))]) from error
    try:
        data = json.loads(content)
        found = data.get("format") if isinstance(data, dict) else None
        if found != FORMAT:
            message = f"the model has the format {found!r:.40}; this version reads {FORMAT}"
            raise InvalidConfigurationError([_finding("model-format", message, _REMEDY, path)])
        document = _Document.model_validate(data)
    except ValidationError as error:
        raise InvalidConfigurationError([_broken(path, _told(item)) for item in error.errors()]) from error
    except (ValueError, RecursionError) as error:
        raise InvalidConfigurationError([_broken(path, f"no JSON: {error}")]) from error
    if document.router != router:
        message = f"the model is one for the router {document.router!r:.40}, not for {router!r}"
        hint = f"write use: {document.router:.40}, or train one for {router}"
        raise InvalidConfigurationError([_finding("model-router", message, hint, path)])
    return document


def _told(item: Mapping[str, object]) -> str:
    way = item["loc"]
    place_of = ".".join(str(step) for step in way) if isinstance(way, tuple) else ""
    return f"{place_of}: {item['msg']}" if place_of else str(item["msg"])


def _read(path: Path, maximum: int) -> bytes:
    """Return what a file holds.

    Raises:
        FileNotFoundError: If it is not there.
        _BrokenError: If it is too large, or cannot be read.
    """
    try:
        if path.stat().st_size > maximum:
            message = f"larger than {maximum // 2**20} megabytes"
            raise _BrokenError(message)
        return path.read_bytes()
    except (FileNotFoundError, NotADirectoryError) as error:
        raise FileNotFoundError(str(path)) from error
    except OSError as error:
        raise _BrokenError(error.strerror or type(error).__name__) from error


def _read_array(path: Path, digest: str) -> Array:
    """Return an array, if its file is the one that the document vouches for.

    Nothing is made room for that the file does not hold: its header may say anything.
    """
    try:
        content = _read(path, MAXIMUM_ARRAY)
    except FileNotFoundError:
        message = "missing"
        raise _BrokenError(message) from None
    if hashlib.sha256(content).hexdigest() != digest:
        message = "cut off, changed, or of another model: its digest is not the one in the document"
        raise _BrokenError(message)
    stream = io.BytesIO(content)
    try:
        if np.lib.format.read_magic(stream) != (1, 0):
            message = "another version of the array format"
            raise _BrokenError(message)
        shape, is_fortran, kind = np.lib.format.read_array_header_1_0(stream)
    except ValueError as error:
        message = f"no array: {error}"
        raise _BrokenError(message) from error
    rest = len(content) - stream.tell()
    if is_fortran or kind.kind != "f" or min(shape, default=0) < 0 or rest != math.prod(shape) * kind.itemsize:
        message = "not an array of numbers as long as its header says"
        raise _BrokenError(message)
    array: Array = np.frombuffer(content, dtype=kind, offset=stream.tell()).reshape(shape)
    return array


def _doubts(path: Path, document: _Document, columns_before: int | None) -> Iterator[Finding]:
    """Yield what is wrong with the document beyond its shape."""
    for name, entries in (
        ("agents", document.agents),
        ("words", document.words),
        ("characters", document.characters),
    ):
        if any(one >= other for one, other in pairwise(entries)):
            yield _broken(path, f"{name} are not in order, or one stands twice")
    if not document.calibration.temperature > 0:
        yield _broken(path, f"the temperature {document.calibration.temperature!r} is not above 0")
    if columns_before not in {None, document.columns_before}:
        yield _broken(path, f"{document.columns_before} columns stand before those of words, not {columns_before}")
    if document.calibration.lexical_factor < 0:
        yield _broken(path, f"the lexical factor {document.calibration.lexical_factor!r} is below 0")


def _misfits(files: Mapping[str, Path], document: _Document, arrays: Mapping[str, Array]) -> Iterator[Finding]:
    """Yield which arrays do not fit the document, or hold what is no number."""
    agents, words, characters = len(document.agents), len(document.words), len(document.characters)
    shapes = {
        "weights": (document.columns_before + words + characters, agents),
        "offsets": (agents,),
        "word_rarity": (words,),
        "character_rarity": (characters,),
    }
    for name, shape in shapes.items():
        if arrays[name].shape != shape:
            yield _broken(files[name], f"its shape is {arrays[name].shape}, where {shape} is needed")
        elif not np.isfinite(arrays[name]).all():
            yield _broken(files[name], "it holds what is no finite number")


def _assembled(document: _Document, arrays: Mapping[str, Array]) -> SavedModel:
    classifier = LinearClassifier(
        agents=tuple(AgentName(agent) for agent in document.agents),
        weights=arrays["weights"].astype(np.float32),
        offsets=arrays["offsets"].astype(np.float32),
    )
    blocks = [
        Vocabulary({gram: column for column, gram in enumerate(grams)}, arrays[name].astype(np.float64))
        for name, grams in (("word_rarity", document.words), ("character_rarity", document.characters))
    ]
    return SavedModel(
        model=Model(
            classifier=classifier,
            calibration=document.calibration,
            fields=tuple(document.fields),
            card=document.card,
            seen=frozenset(Fingerprint(one) for one in document.seen),
        ),
        text=TextFeatures(words=blocks[0], characters=blocks[1]),
        options=document.options,
    )


def _broken(path: Path, reason: str) -> Finding:
    return _finding("broken-model", f"the model cannot be used: {reason:.300}", _REMEDY, path)


def _finding(rule: str, message: str, hint: str, path: Path) -> Finding:
    return Finding(
        rule=rule, severity=Severity.ERROR, message=message, hint=hint, location=SourceLocation(path=str(path))
    )
