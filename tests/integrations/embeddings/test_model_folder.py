"""A folder says what it is: which library runs it, the size of its vectors, and other weights."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from integrations.embeddings.model_folder import read_model_folder

if TYPE_CHECKING:
    from pathlib import Path

TRANSFORMER = {"path": "", "type": "sentence_transformers.models.Transformer"}
POOLING = {"path": "1_Pooling", "type": "sentence_transformers.models.Pooling"}
DENSE = {"path": "2_Dense", "type": "sentence_transformers.models.Dense"}
NORMALIZE = {"path": "2_Normalize", "type": "sentence_transformers.models.Normalize"}
CLS = {"word_embedding_dimension": 8, "pooling_mode_cls_token": True}


def write(file: Path, content: object) -> None:
    file.parent.mkdir(exist_ok=True)
    file.write_text(json.dumps(content))


def folder_of(
    path: Path,
    *modules: dict[str, str],
    pooling: dict[str, Any] | None = None,
    **encoder: object,
) -> Path:
    write(path / "config.json", {"hidden_size": 8, **encoder})
    if modules:
        write(path / "modules.json", modules)
    write(path / "1_Pooling/config.json", pooling or CLS)
    write(path / "2_Dense/config.json", {"in_features": 8, "out_features": 5})
    (path / "model.safetensors").write_bytes(b"weights")
    return path


@pytest.mark.parametrize(
    ("modules", "pooling", "model_type", "is_plain_bert"),
    [
        ((), CLS, "bert", True),
        ((TRANSFORMER, POOLING, NORMALIZE), CLS, "bert", True),
        ((TRANSFORMER, POOLING), {"pooling_mode": "mean"}, "bert", True),
        ((TRANSFORMER, POOLING), {"pooling_mode": ["mean", "max"]}, "bert", False),
        ((TRANSFORMER, POOLING), {"pooling_mode_max_tokens": True}, "bert", False),
        ((TRANSFORMER, POOLING, DENSE), CLS, "bert", False),
        ((TRANSFORMER, POOLING, NORMALIZE), CLS, "xlm-roberta", False),
        ((), CLS, "mpnet", False),
    ],
)
def test_only_a_plain_bert_is_for_onnxruntime(
    tmp_path: Path,
    *,
    modules: tuple[dict[str, str], ...],
    pooling: dict[str, Any],
    model_type: str,
    is_plain_bert: bool,
) -> None:
    path = folder_of(tmp_path, *modules, pooling=pooling, model_type=model_type)
    assert read_model_folder(path).is_plain_bert() is is_plain_bert


def test_a_folder_of_before_model_types_is_a_bert(tmp_path: Path) -> None:
    assert read_model_folder(folder_of(tmp_path)).is_plain_bert()


@pytest.mark.parametrize(
    ("modules", "pooling", "size"),
    [
        ((TRANSFORMER,), CLS, 8),
        ((TRANSFORMER, POOLING), {**CLS, "word_embedding_dimension": 6}, 6),
        ((TRANSFORMER, POOLING), {"embedding_dimension": 6, "pooling_mode": ["cls", "max"]}, 12),
        ((TRANSFORMER, POOLING), {**CLS, "pooling_mode_mean_tokens": True}, 16),
        ((TRANSFORMER, POOLING, DENSE), CLS, 5),
    ],
)
def test_the_steps_say_the_size_of_a_vector(
    tmp_path: Path, modules: tuple[dict[str, str], ...], pooling: dict[str, Any], size: int
) -> None:
    assert read_model_folder(folder_of(tmp_path, *modules, pooling=pooling)).vector_size() == size


def test_vectors_may_be_cut_short(tmp_path: Path) -> None:
    folder_of(tmp_path, TRANSFORMER, POOLING)
    write(tmp_path / "config_sentence_transformers.json", {"truncate_dim": 4})
    assert read_model_folder(tmp_path).vector_size() == 4


def test_files_that_do_not_say_the_size_are_an_error(tmp_path: Path) -> None:
    folder = read_model_folder(folder_of(tmp_path, TRANSFORMER, hidden_size=None))
    with pytest.raises(ValueError, match="do not say"):
        folder.vector_size()


@pytest.mark.parametrize("file", ["config.json", "1_Pooling/config.json", "model.safetensors"])
def test_another_model_has_another_fingerprint(tmp_path: Path, file: str) -> None:
    folder_of(tmp_path, TRANSFORMER, POOLING)
    before = read_model_folder(tmp_path).fingerprint()
    assert read_model_folder(tmp_path).fingerprint() == before
    content = (tmp_path / file).read_bytes()
    (tmp_path / file).write_bytes(content.replace(b"h", b"g").replace(b"w", b"v"))
    assert read_model_folder(tmp_path).fingerprint() != before


def test_a_copy_elsewhere_has_the_same_fingerprint(tmp_path: Path) -> None:
    copies = [folder_of(tmp_path / name, TRANSFORMER, POOLING) for name in "ab"]
    (tmp_path / "a" / "README.md").write_text("says nothing of vectors")
    assert len({read_model_folder(copy).fingerprint() for copy in copies}) == 1


def test_what_is_missing_is_named(tmp_path: Path) -> None:
    folder_of(tmp_path)
    assert read_model_folder(tmp_path).lack().startswith("modules.json")
    folder_of(tmp_path, TRANSFORMER, POOLING, DENSE)
    assert read_model_folder(tmp_path).lack() == ""
    (tmp_path / "2_Dense/pytorch_model.bin").write_bytes(b"pickled")
    assert read_model_folder(tmp_path).lack() == "2_Dense/model.safetensors"
    (tmp_path / "model.safetensors").rename(tmp_path / "pytorch_model.bin")
    assert read_model_folder(tmp_path).lack() == "model.safetensors"


@pytest.mark.parametrize("content", ["", "[]", "{", '"bert"'])
def test_what_is_no_configuration_is_an_error(tmp_path: Path, content: str) -> None:
    (tmp_path / "config.json").write_text(content)
    with pytest.raises(ValueError, match=r"JSON|Expecting|no object"):
        read_model_folder(tmp_path)
