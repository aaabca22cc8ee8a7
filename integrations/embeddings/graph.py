"""The graph of a BERT encoder for onnxruntime, made of the weights that it was published with.

Its operators are those into which onnxruntime fuses an exported graph: they are a third faster, and
nothing of torch is needed to write them down. Weights stay outside the graph, so that they are in
memory once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

    Array = npt.NDArray[np.float32]
    Weights = Mapping[str, Array]

OPSET, IR = 17, 8
FUSED = "com.microsoft"  # the domain of onnxruntime's own operators


@dataclass(frozen=True, kw_only=True)
class EncoderShape:
    """Of an encoder, as its `config.json` has it. of_first: its first vector speaks for a text."""

    layers: int
    heads: int
    size: int
    epsilon: float
    of_first: bool = False


class _Graph:
    def __init__(self) -> None:
        self.nodes: list[Any] = []
        self.weights: dict[str, Array] = {}
        self.constants: list[Any] = []

    def node(self, operator: str, inputs: list[str], output: str, **attributes: Any) -> str:
        self.nodes.append(helper.make_node(operator, inputs, [output], **attributes))
        return output

    def fused(self, operator: str, inputs: list[str], outputs: list[str], **attributes: Any) -> str:
        made = helper.make_node(operator, inputs, outputs, domain=FUSED, **attributes)
        self.nodes.append(made)
        return outputs[0]

    def weight(self, name: str, value: Array) -> str:
        self.weights[name] = np.ascontiguousarray(value)
        return name

    def constant(self, name: str, value: int | list[int]) -> str:
        self.constants.append(numpy_helper.from_array(np.array(value, np.int64), name))
        return name


def encoder_graph(weights: Weights, shape: EncoderShape) -> tuple[bytes, dict[str, Array]]:
    """The serialised graph, and the weights that its names stand for.

    It takes `ids` and `mask`, 32-bit integers of texts by tokens, padded at their ends; it gives
    `vectors`, of length 1. Raises KeyError for weights of another sort of model.
    """
    graph = _Graph()
    hidden = _embeddings(graph, weights, shape)
    for layer in range(shape.layers):
        hidden = _layer(graph, weights, shape, layer, hidden)
    _pool(graph, shape, hidden)
    return _serialised(graph, shape), graph.weights


def _embeddings(graph: _Graph, weights: Weights, shape: EncoderShape) -> str:
    part = "embeddings."
    places = weights[f"{part}position_embeddings.weight"]
    kind = weights[f"{part}token_type_embeddings.weight"][0]  # every text is a first sentence
    inputs = [
        "ids",
        "",
        graph.weight("words", weights[f"{part}word_embeddings.weight"]),
        graph.weight("places", places + kind),
        "",
        graph.weight("scale", weights[f"{part}LayerNorm.weight"]),
        graph.weight("shift", weights[f"{part}LayerNorm.bias"]),
        "mask",
    ]
    outputs = ["hidden", "lengths"]
    return graph.fused("EmbedLayerNormalization", inputs, outputs, epsilon=shape.epsilon)


def _layer(graph: _Graph, weights: Weights, shape: EncoderShape, layer: int, hidden: str) -> str:
    part, own = f"encoder.layer.{layer}.", f"_{layer}"
    attended = graph.fused(
        "Attention",
        [hidden, *_projections(graph, weights, layer), "lengths"],
        [f"attended{own}"],
        num_heads=shape.heads,
    )
    first = _dense(graph, weights, f"{part}attention.output.dense", attended)
    norm = f"{part}attention.output"
    middle = _added(graph, weights, norm, (first, hidden), epsilon=shape.epsilon)
    wide = _dense(graph, weights, f"{part}intermediate.dense", middle)
    bias = graph.weight(f"wide{own}", weights[f"{part}intermediate.dense.bias"])
    bent = graph.fused("BiasGelu", [wide, bias], [f"bent{own}"])
    last = _dense(graph, weights, f"{part}output.dense", bent)
    return _added(graph, weights, f"{part}output", (last, middle), epsilon=shape.epsilon)


def _projections(graph: _Graph, weights: Weights, layer: int) -> tuple[str, str]:
    """Query, key and value side by side."""
    part = f"encoder.layer.{layer}.attention.self."
    three = ("query", "key", "value")
    whole = np.concatenate([weights[f"{part}{name}.weight"].T for name in three], axis=1)
    biases = np.concatenate([weights[f"{part}{name}.bias"] for name in three])
    return graph.weight(f"projections_{layer}", whole), graph.weight(f"biases_{layer}", biases)


def _dense(graph: _Graph, weights: Weights, name: str, hidden: str) -> str:
    """Without its bias, which the operator behind it adds."""
    weight = graph.weight(f"{name}.T", weights[f"{name}.weight"].T)
    return graph.node("MatMul", [hidden, weight], name)


def _added(
    graph: _Graph, weights: Weights, name: str, both: tuple[str, str], *, epsilon: float
) -> str:
    """The sum of both and of the bias, normalised."""
    inputs = [
        *both,
        graph.weight(f"{name}.scale", weights[f"{name}.LayerNorm.weight"]),
        graph.weight(f"{name}.shift", weights[f"{name}.LayerNorm.bias"]),
        graph.weight(f"{name}.bias", weights[f"{name}.dense.bias"]),
    ]
    return graph.fused("SkipLayerNormalization", inputs, [f"{name}.sum"], epsilon=epsilon)


def _pool(graph: _Graph, shape: EncoderShape, hidden: str) -> None:
    """The mean of a text's vectors, or its first; of length 1."""
    if shape.of_first:
        pooled = graph.node("Gather", [hidden, graph.constant("first", 0)], "pooled", axis=1)
    else:
        mask = graph.node("Cast", ["mask"], "shares", to=TensorProto.FLOAT)
        column = graph.node("Unsqueeze", [mask, graph.constant("last_axis", [2])], "column")
        masked = graph.node("Mul", [hidden, column], "masked")
        tokens = graph.constant("token_axis", [1])
        # The sum has the direction of the mean, and only the direction is kept.
        pooled = graph.node("ReduceSum", [masked, tokens], "pooled", keepdims=0)
    graph.node("LpNormalization", [pooled], "vectors", axis=-1, p=2)


def _serialised(graph: _Graph, shape: EncoderShape) -> bytes:
    tokens = [
        helper.make_tensor_value_info(name, TensorProto.INT32, ["texts", "tokens"])
        for name in ("ids", "mask")
    ]
    vectors = helper.make_tensor_value_info("vectors", TensorProto.FLOAT, ["texts", shape.size])
    outside = [_outside(name, value) for name, value in graph.weights.items()]
    made = helper.make_graph(
        graph.nodes, "encoder", tokens, [vectors], [*graph.constants, *outside]
    )
    opsets = [helper.make_opsetid("", OPSET), helper.make_opsetid(FUSED, 1)]
    serialised: bytes = helper.make_model(
        made, opset_imports=opsets, ir_version=IR
    ).SerializeToString()
    return serialised


def _outside(name: str, value: Array) -> Any:
    """A weight that is handed over beside the graph."""
    tensor = onnx.TensorProto(name=name, dims=value.shape)
    tensor.data_type = helper.np_dtype_to_tensor_dtype(value.dtype)
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value="beside")
    return tensor
