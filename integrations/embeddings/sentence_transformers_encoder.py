"""A sentence model in a folder of files, run by sentence-transformers: the port `Embedder`.

For encoders that `sentence_encoder.py` does not read, such as BGE-M3's. Nothing is downloaded: the
libraries are told so before they are imported, and again with each model. No code of the folder is
run, and no pickled weights are read.
"""

from __future__ import annotations

import os
from threading import Lock
from typing import TYPE_CHECKING, Any

import numpy as np

from core.errors import ModelUnavailable

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from core.knowledge.vectors import Vectors
    from integrations.embeddings.model_folder import ModelFolder

MOST_TOKENS = 512  # of a text; what is longer is cut
AT_ONCE = 2  # texts: whoever asks waits for no more than these of a document that is embedded
MOST_THREADS = 2  # others have work, too
TRIAL = "The replica is behind its primary."
ADVICE = "Run `faultmaven doctor`; copy the model again."
_AT_HOME = {
    "HF_HUB_OFFLINE": "1",
    "TRANSFORMERS_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "HF_HUB_DISABLE_PROGRESS_BARS": "1",
    "TOKENIZERS_PARALLELISM": "false",
    "TRANSFORMERS_VERBOSITY": "error",  # what is wrong is said in one line, by us
}


class SentenceTransformersEncoder:
    """Loads its model at the first text, in seconds; threads take turns, some texts each.

    A model that could not be loaded is not tried again: it has gigabytes.
    """

    def __init__(self, folder: ModelFolder) -> None:
        self.name = f"{folder.path.name}-{folder.fingerprint()}"
        self.size = folder.vector_size()
        self._folder = folder.path
        self._turn = Lock()
        self._model: Any = None
        self._failure = ""

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Texts of about the same length are embedded together. Raises ModelUnavailable."""
        vectors = np.empty((len(texts), self.size), np.float32)
        order = sorted(range(len(texts)), key=lambda at: len(texts[at]))
        for start in range(0, len(order), AT_ONCE):
            some = order[start : start + AT_ONCE]
            # Its tokenizer cannot be used by two threads at once.
            with self._turn:
                vectors[some] = _run(self._loaded(), [texts[at] for at in some])
        return vectors

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
    os.environ.update(_AT_HOME)
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


def _run(model: Any, texts: list[str]) -> Vectors:
    vectors: Vectors = model.encode(
        texts, batch_size=len(texts), normalize_embeddings=True, show_progress_bar=False
    )
    return vectors


def _checked(model: Any, folder: Path, *, size: int) -> Any:
    """Raises ValueError where what it computes is not what its files promise."""
    missing = _missing_weights(model, folder)
    if missing:
        message = f"its weights lack {missing[0]} and {len(missing) - 1} more"
        raise ValueError(message)
    (vector,) = _run(model, [TRIAL])
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
