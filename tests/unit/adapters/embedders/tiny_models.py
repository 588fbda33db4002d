"""Embedding models of a few kilobytes, made on the spot: a table of word vectors, and nothing more."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.normalizers import Lowercase
from tokenizers.pre_tokenizers import Whitespace
from tokenizers.processors import TemplateProcessing

WIDTH = 4
MEANINGS: Mapping[str, Sequence[float]] = {
    "[UNK]": (0.0, 0.0, 0.0, 1.0),
    "[CLS]": (0.0, 0.0, 0.0, 0.5),
    "slow": (1.0, 0.0, 0.0, 0.0),
    "sluggish": (0.9, 0.1, 0.0, 0.0),
    "query": (0.8, 0.0, 0.2, 0.0),
    "test": (0.0, 1.0, 0.0, 0.0),
    "assertion": (0.1, 0.9, 0.0, 0.0),
    "colour": (0.0, 0.0, 1.0, 0.0),
    "layout": (0.0, 0.1, 0.9, 0.0),
}
"""What each word means to the model; words that it does not know mean all the same."""

INPUTS = ("input_ids", "attention_mask")


def tiny_tokenizer() -> Tokenizer:
    """Make a tokenizer that puts one token before the words of a text."""
    vocabulary = {word: place for place, word in enumerate(MEANINGS)}
    tokenizer = Tokenizer(WordLevel(vocabulary, unk_token="[UNK]"))  # noqa: S106 - no password
    tokenizer.normalizer = Lowercase()
    tokenizer.pre_tokenizer = Whitespace()
    tokenizer.post_processor = TemplateProcessing(single="[CLS] $A", special_tokens=[("[CLS]", vocabulary["[CLS]"])])
    # As exports write them: neither is to be obeyed.
    tokenizer.enable_padding(length=9)
    tokenizer.enable_truncation(3)
    return tokenizer


def tiny_graph(
    *, inputs: Sequence[str] = INPUTS, output: str = "last_hidden_state", extra: Sequence[onnx.NodeProto] = ()
) -> onnx.ModelProto:
    """Make a model that looks the words up; ``extra`` nodes stand beside."""
    table = np.array(list(MEANINGS.values()), dtype=np.float32)
    nodes = [helper.make_node("Gather", ["table", inputs[0]], [output]), *extra]
    graph = helper.make_graph(
        nodes,
        "tiny",
        [helper.make_tensor_value_info(name, TensorProto.INT64, ["batch", "tokens"]) for name in inputs],
        [helper.make_tensor_value_info(output, TensorProto.FLOAT, ["batch", "tokens", WIDTH])],
        [numpy_helper.from_array(table, "table")],
    )
    return model_of(graph)


def pooled_graph() -> onnx.ModelProto:
    """Make a model that pools by itself: it takes the largest number of each column."""
    model = tiny_graph()
    nodes = [
        *model.graph.node,
        helper.make_node("ReduceMax", ["last_hidden_state", "axes"], ["sentence_embedding"], keepdims=0),
    ]
    outputs = [
        *model.graph.output,
        helper.make_tensor_value_info("sentence_embedding", TensorProto.FLOAT, ["batch", WIDTH]),
    ]
    axes = numpy_helper.from_array(np.array([1], dtype=np.int64), "axes")
    graph = helper.make_graph(nodes, "tiny", list(model.graph.input), outputs, [*model.graph.initializer, axes])
    return model_of(graph)


def model_of(graph: onnx.GraphProto) -> onnx.ModelProto:
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=8)


def tiny_model(
    folder: Path, *, graph: onnx.ModelProto | None = None, settings: Mapping[str, object] | None = None
) -> Path:
    """Write a model's folder, with settings by the names of their files."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "model.onnx").write_bytes((graph or tiny_graph()).SerializeToString())
    tiny_tokenizer().save(str(folder / "tokenizer.json"))
    for name, content in ({} if settings is None else settings).items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return folder
