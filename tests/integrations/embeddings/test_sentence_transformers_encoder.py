"""A real XLM-RoBERTa, tiny: it computes what is defined, and a broken one is one plain line."""

from __future__ import annotations

import json
import os
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from shutil import copytree
from typing import TYPE_CHECKING

import numpy as np
import pytest

from core.errors import ModelUnavailable
from integrations.embeddings.installed import embedder_of
from tests.fakes.sentence_models import LARGE_SIZE, LINES, xlm_roberta_in

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from core.knowledge.ports import Embedder
    from core.knowledge.vectors import Vectors

pytestmark = [
    pytest.mark.torch,
    pytest.mark.skipif(
        find_spec("sentence_transformers") is None, reason="no extra `sentence-transformers` here"
    ),
]


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return xlm_roberta_in(tmp_path_factory.mktemp("original"))


@pytest.fixture
def folder(original: Path, tmp_path: Path) -> Path:
    return copytree(original, tmp_path / "bge")


def opened(folder: Path) -> Embedder:
    embedder = embedder_of(str(folder))
    assert embedder is not None
    return embedder


def by_definition(folder: Path, text: str) -> Vectors:
    """The first vector of the last layer, of length 1: what BGE-M3's card calls dense."""
    import torch  # noqa: PLC0415 - an extra
    from tokenizers import Tokenizer  # noqa: PLC0415 - an extra
    from transformers import XLMRobertaModel  # noqa: PLC0415 - an extra

    ids = Tokenizer.from_file(str(folder / "tokenizer.json")).encode(text).ids
    with torch.no_grad():
        model = XLMRobertaModel.from_pretrained(folder).eval()
        first: Vectors = model(torch.tensor([ids])).last_hidden_state[0, 0].numpy()
    unit: Vectors = first / np.linalg.norm(first)
    return unit


def test_vectors_are_those_of_the_definition(folder: Path) -> None:
    vectors = opened(folder).embed(LINES)
    wanted = np.stack([by_definition(folder, text) for text in LINES])
    assert np.allclose(vectors, wanted, atol=1e-5)
    assert (vectors @ vectors.T < 0.999).sum() == len(LINES) * (len(LINES) - 1)


def test_it_is_named_for_its_folder_and_its_weights(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    other = copytree(xlm_roberta_in(tmp_path / "other", seed=1), tmp_path / "elsewhere/bge")
    names = {opened(folder).name, opened(other).name}
    assert len(names) == 2
    assert all(name.startswith("bge-") for name in names)


def test_what_sentence_transformers_saves_is_the_same_model(folder: Path, tmp_path: Path) -> None:
    """As the guide tells people to, who have a model with pickled weights."""
    from sentence_transformers import SentenceTransformer  # noqa: PLC0415 - an extra

    saved = tmp_path / "saved"
    SentenceTransformer(str(folder), local_files_only=True).save_pretrained(str(saved))
    assert np.allclose(opened(saved).embed(LINES), opened(folder).embed(LINES), atol=1e-6)


def test_a_question_does_not_wait_for_all_of_a_document(folder: Path) -> None:
    embedder = opened(folder)
    embedder.embed(LINES)
    with ThreadPoolExecutor(1) as threads:
        document = threads.submit(embedder.embed, LINES * 60)
        embedder.embed(["disk full"])
        assert not document.done()


def test_libraries_know_that_nothing_is_to_be_downloaded(folder: Path) -> None:
    opened(folder).embed(["disk"])
    assert os.environ["HF_HUB_OFFLINE"] == os.environ["TRANSFORMERS_OFFLINE"] == "1"


def cut_off(folder: Path) -> None:
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:1_000])


def without_a_layer(folder: Path) -> None:
    from safetensors.numpy import load_file, save_file  # noqa: PLC0415 - an extra

    file = folder / "model.safetensors"
    weights = load_file(file)
    kept = {name: value for name, value in weights.items() if "layer.1." not in name}
    save_file(kept, file, metadata={"format": "pt"})


def of_no_numbers(folder: Path) -> None:
    from safetensors.numpy import load_file, save_file  # noqa: PLC0415 - an extra

    file = folder / "model.safetensors"
    weights = {name: value * np.nan for name, value in load_file(file).items()}
    save_file(weights, file, metadata={"format": "pt"})


def of_another_size(folder: Path) -> None:
    pooling = {"embedding_dimension": LARGE_SIZE * 2, "pooling_mode": "cls"}
    (folder / "1_Pooling/config.json").write_text(json.dumps(pooling))


def without_a_tokenizer(folder: Path) -> None:
    (folder / "tokenizer.json").unlink()


def with_code_of_its_own(folder: Path) -> None:
    modules = json.loads((folder / "modules.json").read_text())
    modules.append({"idx": 3, "name": "3", "path": "", "type": "own_code.Step"})
    (folder / "modules.json").write_text(json.dumps(modules))
    ran = folder / "ran"
    (folder / "own_code.py").write_text(f"open({str(ran)!r}, 'w').close()\nclass Step: pass\n")


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (cut_off, "header|deserializing|incomplete"),
        (without_a_layer, r"lack encoder\.layer\.1\..* and 15 more"),
        (of_no_numbers, "no numbers"),
        (of_another_size, "32 numbers, its files say 64"),
        (without_a_tokenizer, "tokenizer"),
        (with_code_of_its_own, "not part of Sentence Transformers"),
    ],
)
def test_a_model_that_cannot_be_loaded_is_one_line(
    folder: Path, damage: Callable[[Path], None], reason: str
) -> None:
    damage(folder)
    embedder = opened(folder)
    with pytest.raises(ModelUnavailable, match=rf"cannot be loaded: .*({reason})") as first:
        embedder.embed(["disk"])
    assert "\n" not in str(first.value)
    assert not (folder / "ran").exists()
    with pytest.raises(ModelUnavailable) as second:
        embedder.embed(["disk"])
    assert str(second.value) == str(first.value)


def test_a_model_that_could_not_be_loaded_is_not_tried_again(folder: Path) -> None:
    weights = folder / "model.safetensors"
    whole = weights.read_bytes()
    cut_off(folder)
    embedder = opened(folder)
    with pytest.raises(ModelUnavailable):
        embedder.embed(["disk"])
    weights.write_bytes(whole)
    with pytest.raises(ModelUnavailable):
        embedder.embed(["disk"])
    assert opened(folder).embed(["disk"]).shape == (1, LARGE_SIZE)
