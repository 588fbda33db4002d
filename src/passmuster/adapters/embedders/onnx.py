"""Vectors from a model in ONNX form that lies in a folder of the user's; nothing leaves the machine.

Each text goes through the model alone and on one thread, so that its vector depends on nothing but itself: vectors of
texts that share a batch differ in their last digits. Models of fewer than 32 bits are refused, because theirs differ in
the first ones. The token vectors are pooled as the folder says, and the result has length 1.
"""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from onnxruntime import InferenceSession, SessionOptions
from pydantic import BaseModel, ConfigDict, Field
from tokenizers import Tokenizer

from passmuster.adapters.embedders.model_folder import ModelFolder, complaint, content_of, read_folder
from passmuster.adapters.embedders.onnx_graph import short_numbers_in
from passmuster.components import BuildContext, Component
from passmuster.domain.errors import EmbeddingError, InvalidConfigurationError
from passmuster.domain.values import Fingerprint, whole_characters
from passmuster.ports import Embedder

LONGEST_TEXT: Final = 100_000
"""Characters of a text that are looked at; no model reads as many."""

AT_ONCE: Final = 32
"""Texts between two moments at which an interrupt is noticed."""

_SENTENCE: Final = "sentence_embedding"
"""What exports call an output that has been pooled already."""

_TYPES: Final = {"tensor(int64)": np.int64, "tensor(int32)": np.int32}
_INPUTS: Final = {"input_ids", "attention_mask", "token_type_ids", "position_ids"}
_PER_TOKEN, _PER_TEXT = 3, 2


class OnnxOptions(BaseModel):
    """Options of the embedder ``onnx``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    location: str = Field(min_length=1, description="The folder with `model.onnx` and `tokenizer.json`.")
    maximum_length: int | None = Field(
        default=None, ge=2, le=100_000, description="Tokens of a text that are read; default: as the folder says."
    )
    cache: bool = Field(
        default=True, exclude=True, description="Whether vectors are kept on this machine, so that none is made twice."
    )


class OnnxEmbedder:
    """Runs a model."""

    def __init__(self, folder: ModelFolder) -> None:
        """Load the model, and try it once.

        Raises:
            InvalidConfigurationError: If it cannot be loaded, or is none that turns a text into vectors of its tokens.
        """
        self._folder = folder
        self._tokenizer = _tokenizer(folder)
        self._session = _session(folder)
        self._inputs = {item.name: _TYPES.get(item.type) for item in self._session.get_inputs()}
        strange = [name for name, kind in self._inputs.items() if name not in _INPUTS or kind is None]
        if strange:
            raise _unusable(folder, f"its input {strange[0]!r} is not one of {', '.join(sorted(_INPUTS))}")
        self._output, self._is_pooled = self._try_out()

    async def embed(self, texts: Sequence[str]) -> Sequence[Sequence[float]]:
        """Return one vector for each text, all of one length.

        Raises:
            EmbeddingError: If the model can make nothing of a text.
        """
        found: list[list[float]] = []
        for start in range(0, len(texts), AT_ONCE):
            batch = texts[start : start + AT_ONCE]
            found += await asyncio.gather(*(asyncio.to_thread(self._vector, text) for text in batch))
        return found

    def _vector(self, text: str) -> list[float]:
        inputs = self._inputs_of(text)
        if not inputs["input_ids"].size:
            message = f"the tokenizer of {str(self._folder.tokenizer.parent)!r} knows nothing of the text {text[:80]!r}"
            raise EmbeddingError(message)
        [output] = self._session.run([self._output], {name: inputs[name] for name in self._inputs})
        tokens = np.asarray(output[0], dtype=np.float64)
        pooled = tokens if self._is_pooled else tokens.mean(axis=0) if self._folder.pooling == "mean" else tokens[0]
        length = float(np.linalg.norm(pooled))
        if not np.isfinite(length) or length == 0:
            message = f"the model in {str(self._folder.model.parent)!r} gives no vector for the text {text[:80]!r}"
            raise EmbeddingError(message)
        # As many digits as the model has: the others are chance.
        unit: list[float] = (pooled / length).astype(np.float32).tolist()
        return unit

    def _inputs_of(self, text: str) -> dict[str, NDArray[np.int64] | NDArray[np.int32]]:
        readable = whole_characters(text[:LONGEST_TEXT])
        encoding = self._tokenizer.encode(readable.lower() if self._folder.is_lower_case else readable)
        values = {
            "input_ids": encoding.ids,
            "attention_mask": encoding.attention_mask,
            "token_type_ids": encoding.type_ids,
            "position_ids": range(len(encoding.ids)),
        }
        return {name: np.array([values[name]], dtype=kind) for name, kind in self._inputs.items()}

    def _try_out(self) -> tuple[str, bool]:
        """Return which output is the text's, and whether it has been pooled already."""
        names = [item.name for item in self._session.get_outputs()]
        kinds = {item.name: item.type for item in self._session.get_outputs()}
        inputs = self._inputs_of("a")
        if "input_ids" not in inputs:
            raise _unusable(self._folder, "it has no input 'input_ids'")
        try:
            shapes = dict(zip(names, (np.shape(one) for one in self._session.run(names, inputs)), strict=True))
        except Exception as error:  # onnxruntime has exceptions of its own for everything, with no root in common
            raise _unusable(self._folder, f"it cannot be run: {error}") from error
        texts = [name for name in names if len(shapes[name]) == _PER_TEXT]
        tokens = [name for name in names if len(shapes[name]) == _PER_TOKEN]
        if _SENTENCE in texts:
            chosen, is_pooled = _SENTENCE, True
        elif tokens:
            chosen, is_pooled = tokens[0], False
        elif len(texts) == 1:
            chosen, is_pooled = texts[0], True
        else:
            raise _unusable(self._folder, f"none of its outputs {', '.join(names)} holds a vector for each token")
        if kinds[chosen] != "tensor(float)":
            raise _unusable(self._folder, f"its output {chosen!r} is of type {kinds[chosen]}, not of 32-bit numbers")
        return chosen, is_pooled


def _tokenizer(folder: ModelFolder) -> Tokenizer:
    try:
        tokenizer = Tokenizer.from_file(str(folder.tokenizer))
        tokenizer.no_padding()
        tokenizer.enable_truncation(folder.maximum_length)
    except Exception as error:  # tokenizers raises plain exceptions for everything
        hint = "export the tokenizer again"
        finding = complaint("embedding-model", f"the tokenizer cannot be read: {error}", folder.tokenizer, hint)
        raise InvalidConfigurationError([finding]) from error
    return tokenizer


def _session(folder: ModelFolder) -> InferenceSession:
    """Load a model after making sure that it reckons in 32 bits."""
    try:
        short = short_numbers_in(folder.model)
    except (OSError, ValueError) as error:
        raise _unusable(folder, f"it cannot be read: {error}") from error
    if short:
        message = f"the model has fewer than 32 bits: it holds {short}"
        hint = "export it in 32 bits; with fewer, a text's vector depends on the texts beside it and on the machine"
        raise InvalidConfigurationError([complaint("quantised-model", message, folder.model, hint)])
    options = SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 4  # what goes wrong is raised; its log would go to the user's screen
    try:
        return InferenceSession(str(folder.model), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime has exceptions of its own for everything, with no root in common
        raise _unusable(folder, f"it cannot be loaded: {error}") from error


def _unusable(folder: ModelFolder, reason: str) -> InvalidConfigurationError:
    hint = "export the model again, for feature extraction"
    return InvalidConfigurationError(
        [complaint("embedding-model", f"the model cannot be used: {reason}", folder.model, hint)]
    )


def build(options: OnnxOptions, context: BuildContext) -> Embedder:
    """Build the embedder.

    Raises:
        InvalidConfigurationError: With every complaint about the folder.
    """
    return OnnxEmbedder(read_folder(_place(options, context.folder), options.maximum_length))


def _content(options: OnnxOptions, folder: Path) -> Fingerprint:
    return content_of(_place(options, folder))


def _place(options: OnnxOptions, folder: Path) -> Path:
    return folder / Path(options.location).expanduser()


COMPONENT = Component(
    options=OnnxOptions, build=build, is_deterministic=lambda _options: True, is_free=True, content=_content
)
"""``onnx``: runs a model from a folder."""
