"""Every model of sentences gives a text its vector, whatever stands beside it."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from core.knowledge.ports import Embedder
from tests.fakes.embedder import ConceptEmbedder
from tests.fakes.sentence_models import bert_in, xlm_roberta_in

TEXTS = (
    "the replica is behind its primary",
    "disk full",
    "?",
    "диск",
    "复制 延迟",
    "lag " * 2_000,
    "disk full",
)
Open = Callable[[Path], Embedder]


def of_concepts(_: Path) -> Embedder:
    return ConceptEmbedder()


def of_bert(folder: Path) -> Embedder:
    from integrations.embeddings.installed import embedder_of  # noqa: PLC0415 - an extra

    return embedder_of(str(bert_in(folder))) or ConceptEmbedder(is_broken=True)


def of_xlm_roberta(folder: Path) -> Embedder:
    from integrations.embeddings.installed import embedder_of  # noqa: PLC0415 - an extra

    return embedder_of(str(xlm_roberta_in(folder))) or ConceptEmbedder(is_broken=True)


no_onnx = pytest.mark.skipif(find_spec("onnxruntime") is None, reason="no extra `embeddings` here")
no_torch = pytest.mark.skipif(
    find_spec("sentence_transformers") is None, reason="no extra `sentence-transformers` here"
)


@pytest.fixture(
    scope="module",
    params=[
        pytest.param(of_concepts, id="concepts"),
        pytest.param(of_bert, id="bert", marks=no_onnx),
        pytest.param(of_xlm_roberta, id="xlm-roberta", marks=[no_torch, pytest.mark.torch]),
    ],
)
def embedder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Embedder:
    open_embedder: Open = request.param
    return open_embedder(tmp_path_factory.mktemp("model"))


def test_a_text_has_one_row_of_length_1(embedder: Embedder) -> None:
    vectors = embedder.embed(TEXTS)
    assert vectors.dtype == np.float32
    assert vectors.shape == (len(TEXTS), embedder.size)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


def test_a_vector_does_not_depend_on_its_neighbours(embedder: Embedder) -> None:
    together = embedder.embed(TEXTS)
    alone = np.concatenate([embedder.embed([text]) for text in TEXTS])
    assert np.allclose(together, alone, atol=1e-4)
    assert np.allclose(together[1], together[-1], atol=1e-4)


def test_threads_may_ask_at_once(embedder: Embedder) -> None:
    wanted = embedder.embed(TEXTS)
    with ThreadPoolExecutor(4) as threads:
        rows = list(threads.map(lambda _: embedder.embed(TEXTS), range(8)))
    assert all(np.allclose(vectors, wanted, atol=1e-4) for vectors in rows)


def test_it_has_a_name(embedder: Embedder) -> None:
    assert embedder.name
