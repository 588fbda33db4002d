"""Embedding with a model from a folder."""

import asyncio
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from passmuster.adapters.embedders.onnx import COMPONENT
from passmuster.components import BuildContext
from passmuster.domain.errors import EmbeddingError, InvalidConfigurationError
from passmuster.ports import Embedder

from .tiny_models import MEANINGS, model_of, pooled_graph, tiny_graph, tiny_model


def embedder_of(folder: Path, **options: object) -> Embedder:
    said = COMPONENT.options.model_validate({"location": folder.name, **options})
    return COMPONENT.build(said, BuildContext(folder=folder.parent))


def embed(folder: Path, *texts: str, **options: object) -> list[list[float]]:
    return [list(vector) for vector in asyncio.run(embedder_of(folder, **options).embed(texts))]


def complaints_of(folder: Path) -> list[tuple[str, str]]:
    with pytest.raises(InvalidConfigurationError) as caught:
        embedder_of(folder)
    return [(finding.rule, finding.message) for finding in caught.value.findings]


def unit(*rows: Sequence[float]) -> list[Any]:
    """Return the mean of word vectors, of length 1."""
    mean = np.mean(np.array(rows, dtype=np.float64), axis=0)
    return [pytest.approx(number, abs=1e-6) for number in mean / np.linalg.norm(mean)]


def test_a_text_becomes_the_mean_of_its_tokens(tmp_path: Path) -> None:
    """The token that stands before every text counts, padding does not, and the length is 1."""
    folder = tiny_model(tmp_path / "tiny")

    found = embed(folder, "slow test", "")

    assert found[0] == unit(MEANINGS["[CLS]"], MEANINGS["slow"], MEANINGS["test"])
    assert found[1] == unit(MEANINGS["[CLS]"])
    assert all(math.isclose(math.hypot(*vector), 1, abs_tol=1e-6) for vector in found)


def test_a_vector_does_not_depend_on_the_texts_beside_it(tmp_path: Path) -> None:
    """Alone, among many and once more: bit by bit the same."""
    folder = tiny_model(tmp_path / "tiny")
    texts = ["slow " * number + "test" for number in range(70)]

    together = embed(folder, *texts)

    assert together == [embed(folder, text)[0] for text in texts]
    assert together == embed(folder, *reversed(texts))[::-1]


@pytest.mark.parametrize(
    ("settings", "kept"),
    [
        ({}, 512),
        ({"tokenizer_config.json": {"model_max_length": 5}}, 5),
        ({"tokenizer_config.json": {"model_max_length": 10**30}}, 512),
        ({"sentence_bert_config.json": {"max_seq_length": 4}, "tokenizer_config.json": {"model_max_length": 5}}, 4),
        ({"sentence_bert_config.json": {"max_seq_length": None}}, 512),
    ],
)
def test_only_as_many_tokens_are_read_as_the_folder_says(
    tmp_path: Path, settings: dict[str, object], kept: int
) -> None:
    """The rest of a text changes nothing; what the tokenizer's own file says about it is left aside."""
    folder = tiny_model(tmp_path / "tiny", settings=settings)
    read = ["slow"] * (kept - 1)

    short, long, cut = embed(folder, " ".join(read), " ".join([*read, "test"]), " ".join([*read[:-1], "test"]))

    assert short == long
    assert short != cut


def test_the_option_beats_the_folder(tmp_path: Path) -> None:
    """Fewer tokens can be asked for."""
    folder = tiny_model(tmp_path / "tiny")

    assert embed(folder, "slow slow test", maximum_length=3) == embed(folder, "slow slow")


def test_pooling_is_the_folders(tmp_path: Path) -> None:
    """The first token alone, where the folder says so."""
    settings = {"1_Pooling/config.json": {"pooling_mode_cls_token": True, "pooling_mode_mean_tokens": False}}
    folder = tiny_model(tmp_path / "tiny", settings=settings)

    assert embed(folder, "slow test") == [unit(MEANINGS["[CLS]"])]


def test_a_model_that_pools_by_itself_is_not_pooled_again(tmp_path: Path) -> None:
    """Its output `sentence_embedding` is the text's vector."""
    folder = tiny_model(tmp_path / "tiny", graph=pooled_graph())

    assert embed(folder, "slow test") == [unit(np.max([MEANINGS["[CLS]"], MEANINGS["slow"], MEANINGS["test"]], axis=0))]


def test_texts_are_put_into_lower_case_where_the_folder_says_so(tmp_path: Path) -> None:
    """The capital I with a dot has a lower case of two characters, which the tokenizer's own step keeps as well."""
    folder = tiny_model(tmp_path / "tiny", settings={"sentence_bert_config.json": {"do_lower_case": True}})

    assert embed(folder, "SLOW") == embed(folder, "slow")


@pytest.mark.parametrize("text", ["🐢" * 500, "a\0b\u202e", "\ud800", "x" * 300_000, " \n"])
def test_strange_texts_have_vectors_too(tmp_path: Path, text: str) -> None:
    """Whatever a dataset holds."""
    folder = tiny_model(tmp_path / "tiny")

    assert len(embed(folder, text)[0]) == 4


def test_a_model_in_a_folder_of_its_own_is_found(tmp_path: Path) -> None:
    """Many exports lie in `onnx/model.onnx`, beside the files that come from elsewhere."""
    folder = tiny_model(tmp_path / "tiny")
    (folder / "onnx").mkdir()
    (folder / "model.onnx").rename(folder / "onnx" / "model.onnx")

    assert embed(folder, "slow") == [unit(MEANINGS["[CLS]"], MEANINGS["slow"])]


def test_further_inputs_are_filled(tmp_path: Path) -> None:
    """Types and positions of tokens, as models of several families want them."""
    graph = tiny_graph(inputs=("input_ids", "attention_mask", "token_type_ids", "position_ids"))
    folder = tiny_model(tmp_path / "tiny", graph=graph)

    assert embed(folder, "slow") == [unit(MEANINGS["[CLS]"], MEANINGS["slow"])]


def test_a_text_without_any_direction_is_a_failure(tmp_path: Path) -> None:
    """Token vectors that cancel each other out leave nothing."""
    graph = tiny_graph()
    graph.graph.initializer[0].CopyFrom(numpy_helper.from_array(np.zeros((9, 4), dtype=np.float32), "table"))
    embedder = embedder_of(tiny_model(tmp_path / "tiny", graph=graph))

    with pytest.raises(EmbeddingError, match="gives no vector for the text 'slow'"):
        asyncio.run(embedder.embed(["slow"]))


# ---- what is refused


def test_what_is_missing_is_said_with_what_to_put_there(tmp_path: Path) -> None:
    """A folder that is not there, an empty one, and half a model."""
    (tmp_path / "empty").mkdir()
    half = tiny_model(tmp_path / "half")
    (half / "tokenizer.json").unlink()

    assert complaints_of(tmp_path / "none") == [("missing-embedding-model", "there is no such folder")]
    assert [message for _, message in complaints_of(tmp_path / "empty")] == [
        "the folder holds no 'model.onnx'",
        "the folder holds no 'tokenizer.json'",
    ]
    assert [message for _, message in complaints_of(half)] == ["the folder holds no 'tokenizer.json'"]


def an_operation(name: str) -> onnx.NodeProto:
    return helper.make_node(name, ["table"], ["spare", "scale", "zero"])


def a_branch_with(node: onnx.NodeProto) -> onnx.NodeProto:
    branch = helper.make_graph([node], "branch", [], [])
    return helper.make_node("If", ["condition"], [], then_branch=branch, else_branch=branch)


@pytest.mark.parametrize(
    "node",
    [
        an_operation("DynamicQuantizeLinear"),
        an_operation("MatMulInteger"),
        an_operation("QLinearMatMul"),
        an_operation("DequantizeLinear"),
        an_operation("MatMulNBits"),
        an_operation("QAttention"),
        a_branch_with(an_operation("ConvInteger")),
        helper.make_node("Constant", [], ["spare"], value=numpy_helper.from_array(np.zeros(3, dtype=np.int8))),
    ],
    ids=lambda node: str(node.op_type),
)
def test_a_quantised_model_is_refused(tmp_path: Path, node: onnx.NodeProto) -> None:
    """Wherever in the graph the short numbers are; the reason is told."""
    folder = tiny_model(tmp_path / "tiny", graph=tiny_graph(extra=[node]))

    [(rule, message)] = complaints_of(folder)

    assert rule == "quantised-model"
    assert "fewer than 32 bits" in message


@pytest.mark.parametrize("kind", [np.float16, np.int8, np.uint8])
def test_weights_of_fewer_bits_are_refused(tmp_path: Path, kind: type) -> None:
    """Also where the operations do not give it away."""
    graph = tiny_graph()
    graph.graph.initializer.append(numpy_helper.from_array(np.zeros(3, dtype=kind), "spare"))

    assert [rule for rule, _ in complaints_of(tiny_model(tmp_path / "tiny", graph=graph))] == ["quantised-model"]


@pytest.mark.parametrize("content", [b"", b"no model at all", b"\x08\x08", b"\x3a\xff\xff\xff\xff\x0f", b"\xff" * 40])
def test_a_file_that_is_no_model_is_refused(tmp_path: Path, content: bytes) -> None:
    """Empty, text, a header alone, and cut off."""
    folder = tiny_model(tmp_path / "tiny")
    (folder / "model.onnx").write_bytes(content)

    [(rule, message)] = complaints_of(folder)

    assert rule == "embedding-model"
    assert message.startswith("the model cannot be used: it cannot be ")


def test_a_model_that_is_cut_off_is_refused(tmp_path: Path) -> None:
    """As after a download that was broken off."""
    folder = tiny_model(tmp_path / "tiny")
    whole = (folder / "model.onnx").read_bytes()

    for length in range(1, len(whole), 7):
        (folder / "model.onnx").write_bytes(whole[:length])
        assert [rule for rule, _ in complaints_of(folder)] == ["embedding-model"]


def with_output(kind: int, shape: list[Any]) -> onnx.ModelProto:
    """Make a model whose one output is its input, in another type or shape."""
    cast = helper.make_node("Cast", ["input_ids"], ["cast"], to=kind)
    ending = helper.make_node("Reshape", ["cast", "shape"], ["ended"])
    graph = helper.make_graph(
        [cast, ending],
        "strange",
        [helper.make_tensor_value_info("input_ids", TensorProto.INT64, ["batch", "tokens"])],
        [helper.make_tensor_value_info("ended", kind, None)],
        [numpy_helper.from_array(np.array(shape, dtype=np.int64), "shape")],
    )
    return model_of(graph)


@pytest.mark.parametrize(
    ("graph", "told"),
    [
        (tiny_graph(inputs=("pixels",)), "input 'pixels'"),
        (with_output(TensorProto.FLOAT, [-1]), "none of its outputs ended"),
        (with_output(TensorProto.DOUBLE, [1, -1, 1]), "type tensor(double)"),
        (with_output(TensorProto.FLOAT, [7, 7]), "cannot be run"),
        (tiny_graph(extra=[helper.make_node("NoSuchOperation", ["table"], ["spare"])]), "cannot be loaded"),
        (tiny_graph(inputs=("attention_mask",)), "no input 'input_ids'"),
    ],
)
def test_a_model_for_something_else_is_refused(tmp_path: Path, graph: onnx.ModelProto, told: str) -> None:
    """What is strange about it is told."""
    [(rule, message)] = complaints_of(tiny_model(tmp_path / "tiny", graph=graph))

    assert rule == "embedding-model"
    assert told in message


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("modules.json", [{"type": "sentence_transformers.models.Dense"}], "cannot do the step 'Dense'"),
        ("modules.json", [7], "cannot do the step '7'"),
        ("modules.json", "[", "it is no JSON"),
        ("1_Pooling/config.json", {"pooling_mode_max_tokens": True}, "cannot pool by pooling_mode_max_tokens"),
        (
            "1_Pooling/config.json",
            {"pooling_mode_mean_tokens": True, "pooling_mode_cls_token": True},
            "cannot pool by pooling_mode_mean_tokens, pooling_mode_cls_token",
        ),
        ("1_Pooling/config.json", [1], "it holds no JSON object"),
        ("tokenizer.json", "{}", "the tokenizer cannot be read"),
    ],
)
def test_settings_that_passmuster_cannot_follow_are_refused(
    tmp_path: Path, name: str, content: object, told: str
) -> None:
    """A step that was left out would give vectors that are not the model's."""
    [(rule, message)] = complaints_of(tiny_model(tmp_path / "tiny", settings={name: content}))

    assert rule == "embedding-model"
    assert told in message


def test_the_usual_settings_are_followed(tmp_path: Path) -> None:
    """Transformer, pooling, normalisation: what most models do."""
    kinds = ["Transformer", "Pooling", "Normalize"]
    settings = {"modules.json": [{"type": f"sentence_transformers.models.{kind}"} for kind in kinds]}

    assert len(embed(tiny_model(tmp_path / "tiny", settings=settings), "slow")) == 1


# ---- fingerprints


def fingerprint_of(folder: Path) -> str:
    return COMPONENT.content(COMPONENT.options(location=folder.name), folder.parent)


def test_the_fingerprint_is_that_of_the_files(tmp_path: Path) -> None:
    """Wherever the folder lies; another file that nobody reads changes nothing, and one that is read does."""
    one = tiny_model(tmp_path / "one")
    other = tiny_model(tmp_path / "other")
    same = fingerprint_of(one)

    (other / "README.md").write_text("hello", encoding="utf-8")

    assert same
    assert fingerprint_of(other) == same
    for name in ("model.onnx_data", "model.onnx", "tokenizer.json", "modules.json", "1_Pooling/config.json"):
        former = fingerprint_of(other)
        (other / name).parent.mkdir(exist_ok=True)
        (other / name).write_text(f"another {name}", encoding="utf-8")
        assert fingerprint_of(other) != former


def test_a_folder_without_a_model_has_no_fingerprint(tmp_path: Path) -> None:
    """Building it says what is missing."""
    assert not fingerprint_of(tmp_path / "none")


def test_a_model_repeats_itself_and_costs_nothing() -> None:
    """Nothing leaves the machine."""
    assert COMPONENT.is_deterministic(COMPONENT.options(location="tiny"))
    assert COMPONENT.is_free
