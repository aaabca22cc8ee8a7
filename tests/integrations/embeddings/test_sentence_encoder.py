"""The graph computes what a BERT encoder is defined to compute; a broken folder is said plainly."""

from __future__ import annotations

from math import erf, sqrt
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from core.errors import ModelUnavailable

if TYPE_CHECKING:
    from pathlib import Path

    import numpy.typing as npt

    Array = npt.NDArray[np.float64]

pytest.importorskip("onnxruntime", reason="the extra `embeddings` is not installed")
pytest.importorskip("onnx", reason="the extra `embeddings` is not installed")
pytest.importorskip("safetensors", reason="the extra `embeddings` is not installed")

from integrations.embeddings.sentence_encoder import SentenceEncoder
from tests.fakes.sentence_models import WORDS, bert_in, weights

_gelu = np.vectorize(lambda x: x * 0.5 * (1 + erf(x / sqrt(2))))


def by_definition(own: dict[str, Any], ids: list[int], *, of_first: bool) -> Array:
    """Devlin et al. 2018, and the mean or the first of the last layer; of length 1."""

    def linear(name: str, x: Array) -> Array:
        out: Array = x @ own[f"{name}.weight"].T.astype(np.float64) + own[f"{name}.bias"]
        return out

    def normed(name: str, x: Array) -> Array:
        spread = (x - x.mean(-1, keepdims=True)) / x.std(-1, keepdims=True)
        out: Array = spread * own[f"{name}.LayerNorm.weight"] + own[f"{name}.LayerNorm.bias"]
        return out

    x = own["embeddings.word_embeddings.weight"][ids].astype(np.float64)
    x = x + own["embeddings.position_embeddings.weight"][: len(ids)]
    x = normed("embeddings", x + own["embeddings.token_type_embeddings.weight"][0])
    for layer in range(2):
        part = f"encoder.layer.{layer}"
        query, key, value = (
            linear(f"{part}.attention.self.{name}", x).reshape(-1, 2, 4).swapaxes(0, 1)
            for name in ("query", "key", "value")
        )
        scores = np.exp(query @ key.swapaxes(1, 2) / 2)
        mixed = (scores / scores.sum(-1, keepdims=True)) @ value
        attended = linear(f"{part}.attention.output.dense", mixed.swapaxes(0, 1).reshape(-1, 8))
        x = normed(f"{part}.attention.output", x + attended)
        wide = _gelu(linear(f"{part}.intermediate.dense", x))
        x = normed(f"{part}.output", x + linear(f"{part}.output.dense", wide))
    pooled: Array = x[0] if of_first else x.mean(0)
    unit: Array = pooled / np.linalg.norm(pooled)
    return unit


def model_in(folder: Path, *, of_first: bool = False) -> SentenceEncoder:
    return SentenceEncoder(bert_in(folder, of_first=of_first), name="tiny")


@pytest.mark.parametrize("of_first", [False, True])
def test_texts_of_every_length_have_the_vectors_of_the_definition(
    tmp_path: Path, *, of_first: bool
) -> None:
    texts = [
        "replica lag",
        "disk",
        "pod pod disk full replica",
        "lag lag full",
        "other words",
        "full",
    ]
    vectors = model_in(tmp_path, of_first=of_first).embed(texts)
    for text, vector in zip(texts, vectors, strict=True):
        ids = [WORDS.index(word) if word in WORDS else 1 for word in text.split()]
        wanted = by_definition(weights(), ids, of_first=of_first)
        assert np.allclose(vector, wanted, atol=1e-4), text


def test_files_that_are_cut_off_are_one_plain_error(tmp_path: Path) -> None:
    model = model_in(tmp_path)
    file = tmp_path / "model.safetensors"
    file.write_bytes(file.read_bytes()[:100])
    with pytest.raises(ModelUnavailable, match="cannot be loaded"):
        model.embed(["disk"])
