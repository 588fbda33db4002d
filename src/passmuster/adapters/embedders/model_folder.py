"""A folder with an embedding model as exports write it: which files count, and how token vectors become one.

Beside ``model.onnx`` and ``tokenizer.json``, the files that the Sentence Transformers library writes are read where
they are present: ``modules.json``, ``1_Pooling/config.json`` and ``sentence_bert_config.json``.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final, Literal

from passmuster.domain.errors import InvalidConfigurationError
from passmuster.domain.findings import Finding, Severity
from passmuster.domain.values import UNKNOWN, Fingerprint, SourceLocation, fingerprint_of

MODEL_PLACES: Final = ("model.onnx", "onnx/model.onnx")
TOKENIZER: Final = "tokenizer.json"
MODULES: Final = "modules.json"
POOLING: Final = "1_Pooling/config.json"
TRANSFORMER: Final = "sentence_bert_config.json"
TOKENIZER_SETTINGS: Final = "tokenizer_config.json"

DEFAULT_LENGTH: Final = 512
"""Tokens that are read where no file says how many."""

_LONGEST: Final = 1_000_000
"""A larger number in a tokenizer's settings stands for no limit."""

_KNOWN_MODULES: Final = {"Transformer", "Pooling", "Normalize"}
_MAXIMUM_SETTINGS: Final = 1_048_576

PoolingKind = Literal["mean", "first_token"]
"""How the vectors of the tokens become one: their mean, or the first one's alone."""

_POOLING_MODES: Final[Mapping[str, PoolingKind]] = {
    "pooling_mode_mean_tokens": "mean",
    "pooling_mode_cls_token": "first_token",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelFolder:
    """What a folder says.

    Attributes:
        model: The model's file.
        tokenizer: The tokenizer's.
        pooling: How the vectors of the tokens become one.
        maximum_length: How many tokens are read.
        is_lower_case: Whether texts are to be put into lower case first.
    """

    model: Path
    tokenizer: Path
    pooling: PoolingKind
    maximum_length: int
    is_lower_case: bool


def read_folder(location: Path, maximum_length: int | None) -> ModelFolder:
    """Find the files of a model, and read its settings.

    Args:
        location: The folder.
        maximum_length: How many tokens are to be read; ``None`` leaves it to the settings.

    Raises:
        InvalidConfigurationError: With every complaint about the folder.
    """
    findings = _missing(location)
    settings = _Settings(location)
    pooling = settings.pooling()
    length = settings.maximum_length()
    settings.check_modules()
    findings += settings.findings
    if findings:
        raise InvalidConfigurationError(findings)
    return ModelFolder(
        model=_model_file(location) or location,
        tokenizer=location / TOKENIZER,
        pooling=pooling,
        maximum_length=maximum_length or length,
        is_lower_case=settings.of(TRANSFORMER).get("do_lower_case") is True,
    )


def content_of(location: Path) -> Fingerprint:
    """Return the fingerprint of every file of a folder that vectors depend on; nothing for what cannot be read."""
    model = _model_file(location)
    if model is None:
        return UNKNOWN
    # Large models keep their weights beside the model's file, under names of the exporter's choice.
    beside = [path for path in model.parent.iterdir() if path.is_file() and path.name.startswith("model.onnx")]
    settings = [location / name for name in (TOKENIZER, MODULES, POOLING, TRANSFORMER, TOKENIZER_SETTINGS)]
    files = sorted({*beside, *(path for path in settings if path.is_file())})
    try:
        return fingerprint_of([[path.relative_to(location).as_posix(), _digest(path)] for path in files])
    except OSError:
        return UNKNOWN


def complaint(rule: str, message: str, path: Path, hint: str) -> Finding:
    """Return a finding about a file of the folder."""
    location = SourceLocation(path=str(path))
    return Finding(rule=rule, severity=Severity.ERROR, message=message, hint=hint, location=location)


def _missing(location: Path) -> list[Finding]:
    hint = "put an export of the model to ONNX there: model.onnx, in 32 bits, and tokenizer.json; see docs/embedding.md"
    if not location.is_dir():
        return [complaint("missing-embedding-model", "there is no such folder", location, hint)]
    found = []
    if _model_file(location) is None:
        found.append(complaint("missing-embedding-model", "the folder holds no 'model.onnx'", location, hint))
    if not (location / TOKENIZER).is_file():
        found.append(complaint("missing-embedding-model", f"the folder holds no {TOKENIZER!r}", location, hint))
    return found


def _model_file(location: Path) -> Path | None:
    return next((location / place for place in MODEL_PLACES if (location / place).is_file()), None)


class _Settings:
    """The JSON files of a folder.

    Attributes:
        findings: What is wrong with them.
    """

    def __init__(self, location: Path) -> None:
        self.findings: list[Finding] = []
        self._location = location
        self._read: dict[str, object] = {}

    def of(self, name: str) -> Mapping[str, object]:
        """Return the object in a file; empty where there is none."""
        found = self._content(name)
        if found is None or isinstance(found, dict):
            return found or {}
        self._complain(name, "it holds no JSON object")
        return {}

    def pooling(self) -> PoolingKind:
        """Return how token vectors become one: the mean, unless the folder says otherwise."""
        asked = [mode for mode, is_on in self.of(POOLING).items() if mode.startswith("pooling_mode_") and is_on is True]
        kinds = [_POOLING_MODES.get(mode) for mode in asked]
        if len(kinds) > 1 or None in kinds:
            self._complain(POOLING, f"passmuster cannot pool by {', '.join(asked)}")
        return kinds[0] if kinds and kinds[0] else "mean"

    def maximum_length(self) -> int:
        """Return how many tokens are read, as the most particular file says."""
        for name, key in ((TRANSFORMER, "max_seq_length"), (TOKENIZER_SETTINGS, "model_max_length")):
            said = self.of(name).get(key)
            if isinstance(said, int) and not isinstance(said, bool) and 0 < said < _LONGEST:
                return said
        return DEFAULT_LENGTH

    def check_modules(self) -> None:
        """Complain about steps that would be left out, so that vectors would not be the model's."""
        modules = self._content(MODULES)
        for module in modules if isinstance(modules, list) else ():
            kind = str(module.get("type", "")).rpartition(".")[2] if isinstance(module, dict) else str(module)
            if kind not in _KNOWN_MODULES:
                self._complain(MODULES, f"passmuster cannot do the step {kind!r}")

    def _content(self, name: str) -> object:
        if name not in self._read:
            self._read[name] = self._parsed(name)
        return self._read[name]

    def _parsed(self, name: str) -> object:
        path = self._location / name
        if not path.is_file():
            return None
        try:
            with path.open("rb") as stream:
                return json.loads(stream.read(_MAXIMUM_SETTINGS + 1))
        except (OSError, ValueError, RecursionError) as error:
            self._complain(name, f"it is no JSON: {error}")
            return None

    def _complain(self, name: str, message: str) -> None:
        hint = "take another model, or one that was exported with all its steps inside"
        self.findings.append(complaint("embedding-model", message, self._location / name, hint))


def _digest(path: Path) -> str:
    status = path.stat()
    return _digest_of(path, status.st_size, status.st_mtime_ns)


@lru_cache(maxsize=64)
def _digest_of(path: Path, _size: int, _changed: int) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
