"""What cannot be used says why in one line, and what to do about it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from core.errors import ModelUnavailable
from integrations.embeddings.installed import LARGE_LIBRARIES, SMALL_LIBRARIES, embedder_of
from tests.fakes.sentence_models import describe_steps

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Of the form of BGE-M3's, without anything that a library would have to read."""
    path = tmp_path / "bge-m3"
    path.mkdir()
    (path / "config.json").write_text('{"model_type": "xlm-roberta", "hidden_size": 32}')
    (path / "model.safetensors").write_bytes(b"")
    describe_steps(path)
    return path


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is installed: as importlib has it, a name that stands for None is not there.

    Torch alone may stay: pytest-randomly seeds it, where it is.
    """
    for library in {*SMALL_LIBRARIES, *LARGE_LIBRARIES} - {"torch"}:
        monkeypatch.setitem(sys.modules, library, None)


@pytest.mark.usefixtures("bare")
def test_a_library_that_is_missing_is_named_with_the_page_that_helps(folder: Path) -> None:
    with pytest.raises(ModelUnavailable, match="xlm-roberta: sentence_transformers") as why:
        embedder_of(str(folder))
    assert "choose-an-embedding-model.md" in why.value.next_step


@pytest.mark.usefixtures("bare")
def test_a_plain_bert_needs_the_small_libraries(folder: Path) -> None:
    (folder / "config.json").write_text('{"model_type": "bert", "hidden_size": 32}')
    with pytest.raises(ModelUnavailable, match=r"^onnx, onnxruntime, ") as why:
        embedder_of(str(folder))
    assert why.value.next_step == "pip install 'faultmaven[embeddings]'"


@pytest.mark.usefixtures("bare")
def test_auto_is_nothing_where_nothing_is_installed_and_minilm_says_why() -> None:
    assert embedder_of("auto") is None
    with pytest.raises(ModelUnavailable, match="not installed"):
        embedder_of("minilm")


@pytest.mark.parametrize(
    ("missing", "name"), [("modules.json", "modules.json, which"), ("model.safetensors", "model")]
)
def test_a_file_that_is_missing_is_named(folder: Path, missing: str, name: str) -> None:
    (folder / missing).unlink()
    with pytest.raises(ModelUnavailable, match=f"bge-m3 has no {name}") as why:
        embedder_of(str(folder))
    assert "choose-an-embedding-model.md" in why.value.next_step


@pytest.mark.parametrize("content", ["", "[]", '{"hidden_size": "many"}'])
def test_what_is_no_model_is_named(folder: Path, content: str) -> None:
    (folder / "config.json").write_text(content)
    (folder / "modules.json").write_text('{"not": "a list"}')
    with pytest.raises(ModelUnavailable, match="is no folder of a sentence model"):
        embedder_of(str(folder))


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailable, match="nowhere is no folder of a sentence model"):
        embedder_of(str(tmp_path / "nowhere"))
