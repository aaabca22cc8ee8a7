"""A sentence model in a folder of files, run by sentence-transformers: the port `Embedder`.

For encoders that `sentence_encoder.py` does not read, such as BGE-M3's. Nothing is downloaded: the
libraries are told so before they are imported, and again with each model. No code of the folder is
run, and no pickled weights are read.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import numpy as np

from core.errors import ModelUnavailable

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from core.knowledge.vectors import Vectors
    from integrations.embeddings.model_folder import ModelFolder

MOST_TOKENS = 512  # of a text; what is longer is cut
MOST_THREADS = 2  # others have work, too
TRIAL = "The replica is behind its primary."
ADVICE = "Copy its folder again, with checksums: docs/how-to/choose-an-embedding-model.md, BGE-M3."
_ENVIRONMENT = {
    "HF_HUB_OFFLINE": "1",
    "TRANSFORMERS_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "HF_HUB_DISABLE_PROGRESS_BARS": "1",
    "TOKENIZERS_PARALLELISM": "false",
    "OMP_WAIT_POLICY": "PASSIVE",  # its threads sleep while they wait
    "TRANSFORMERS_VERBOSITY": "error",  # what is wrong is said in one line, by us
}


class SentenceTransformersEncoder:
    """Loads its model at the first text, in seconds, into a thread of its own.

    Texts are embedded one by one: several at once take as long, and so a question waits for one
    text of a document, not for all of them. A model that could not be loaded is not tried again:
    it has gigabytes.
    """

    def __init__(self, folder: ModelFolder) -> None:
        self.name = f"{folder.path.name}-{folder.fingerprint()}"
        self.size = folder.vector_size()
        self._folder = folder.path
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="embedding")
        self._model: Any = None
        self._failure = ""

    def embed(self, texts: Sequence[str]) -> Vectors:
        """In their order. Whoever came first is first, text by text. Raises ModelUnavailable."""
        vectors = np.empty((len(texts), self.size), np.float32)
        for row, text in enumerate(texts):
            vectors[row] = self._thread.submit(self._vector_of, text).result()
        return vectors

    def _vector_of(self, text: str) -> Vectors:
        return _vector_of(self._loaded(), text)

    def _loaded(self) -> Any:
        if self._failure:
            raise ModelUnavailable(self._failure, next_step=ADVICE)
        if self._model is None:
            try:
                self._model = _checked(_open(self._folder), self._folder, size=self.size)
            # Its libraries raise errors of their own for files that are cut off or of another
            # sort, and share no class.
            except Exception as error:
                self._failure = f"the model in {self._folder} cannot be loaded: {_line_of(error)}"
                raise ModelUnavailable(self._failure, next_step=ADVICE) from error
        return self._model


def _open(folder: Path) -> Any:
    os.environ.update(_ENVIRONMENT)
    import torch  # noqa: PLC0415 - the seam of the extra `sentence-transformers`
    from sentence_transformers import SentenceTransformer  # noqa: PLC0415

    torch.set_num_threads(min(MOST_THREADS, os.cpu_count() or 1))
    model = SentenceTransformer(
        str(folder),
        device="cpu",
        trust_remote_code=False,
        local_files_only=True,
        model_kwargs={"use_safetensors": True, "dtype": torch.float32},
    )
    model.max_seq_length = min(model.max_seq_length or MOST_TOKENS, MOST_TOKENS)
    return model


def _vector_of(model: Any, text: str) -> Vectors:
    vector: Vectors = model.encode(text, normalize_embeddings=True, show_progress_bar=False)
    return vector


def _checked(model: Any, folder: Path, *, size: int) -> Any:
    """Raises ValueError where what it computes is not what its files promise."""
    missing = _missing_weights(model, folder)
    if missing:
        message = f"its weights lack {missing[0]} and {len(missing) - 1} more"
        raise ValueError(message)
    vector = _vector_of(model, TRIAL)
    if vector.shape != (size,):
        message = f"its vectors have {vector.size} numbers, its files say {size}"
        raise ValueError(message)
    if not np.isfinite(vector).all():
        message = "its vectors are no numbers"
        raise ValueError(message)
    return model


def _missing_weights(model: Any, folder: Path) -> list[str]:
    """What transformers would fill with random numbers, others in each process."""
    from safetensors import safe_open  # noqa: PLC0415 - the seam of the extra

    stored: set[str] = set()
    for file in folder.rglob("*.safetensors"):
        with safe_open(file, framework="numpy") as weights:
            stored.update(weights.keys())
    encoder = model.transformers_model
    named = [name for name, _ in encoder.named_parameters()] if encoder is not None else []
    # An encoder's own pooler is not asked: sentence-transformers pools.
    wanted = [name for name in named if not name.startswith("pooler.")]
    return [name for name in wanted if not _is_in(stored, name)]


def _is_in(stored: set[str], name: str) -> bool:
    """Whether it is there, also with the prefix of a larger model."""
    return name in stored or any(other.endswith(f".{name}") for other in stored)


def _line_of(error: Exception) -> str:
    text = str(error).strip()
    return text.splitlines()[0][:200] if text else type(error).__name__
