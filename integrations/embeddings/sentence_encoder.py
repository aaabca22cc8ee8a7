"""A sentence model in a folder of files, run by onnxruntime: the port `Embedder`.

The folder is one of a sentence-transformers model with a BERT encoder: `config.json`,
`model.safetensors`, `tokenizer.json`, and `1_Pooling/config.json` where its first vector speaks for
a text. Nothing is downloaded.
"""

from __future__ import annotations

import json
import os
from threading import Lock
from typing import TYPE_CHECKING, Any

import numpy as np

from core.errors import ModelUnavailable

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from core.knowledge.vectors import Vectors

MOST_TOKENS = 256  # of a text; what is longer is cut
AT_ONCE = 4  # texts; more do not fit into the caches, and are slower
MOST_THREADS = 2  # others have work, too


class SentenceEncoder:
    """Loads its model at the first text, in 0.3 s; threads take turns to load, not to embed."""

    def __init__(self, folder: Path, *, name: str) -> None:
        self.name = name
        self._folder = folder
        self._config = _config(folder)
        self._lock = Lock()
        self._session: Any = None
        self._tokenizer: Any = None

    @property
    def size(self) -> int:
        return int(self._config["hidden_size"])

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Texts of about the same length are embedded together. Raises ModelUnavailable."""
        self._load()
        tokens = [encoding.ids for encoding in self._tokenizer.encode_batch(list(texts))]
        vectors = np.empty((len(tokens), self.size), np.float32)
        order = sorted(range(len(tokens)), key=lambda at: len(tokens[at]))
        for start in range(0, len(order), AT_ONCE):
            some = order[start : start + AT_ONCE]
            vectors[some] = self._run([tokens[at] for at in some])
        return vectors

    def _run(self, tokens: list[list[int]]) -> Vectors:
        longest = max(map(len, tokens))
        ids, mask = (np.zeros((len(tokens), longest), np.int32) for _ in range(2))
        for row, own in enumerate(tokens):
            ids[row, : len(own)] = own
            mask[row, : len(own)] = 1
        vectors: Vectors = self._session.run(["vectors"], {"ids": ids, "mask": mask})[0]
        return vectors

    def _load(self) -> None:
        with self._lock:
            if self._session is None:
                try:
                    self._tokenizer = _tokenizer(self._folder, self._config)
                    self._session = _session(self._folder, self._config)
                # Its libraries raise errors of their own for files that are cut off or of another
                # sort, and share no class.
                except Exception as error:
                    message = f"the model in {self._folder} cannot be loaded"
                    raise ModelUnavailable(
                        message, next_step="Run `faultmaven doctor`; install the model again."
                    ) from error


def _config(folder: Path) -> dict[str, Any]:
    """Raises OSError, ValueError."""
    config: dict[str, Any] = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    return config


def _tokenizer(folder: Path, config: dict[str, Any]) -> Any:
    from tokenizers import Tokenizer  # noqa: PLC0415 - the seam of the extra `embeddings`

    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_padding()
    places = config.get("max_position_embeddings", MOST_TOKENS)
    tokenizer.enable_truncation(min(MOST_TOKENS, places))
    return tokenizer


def _session(folder: Path, config: dict[str, Any]) -> Any:
    import onnxruntime  # noqa: PLC0415 - the seam of the extra `embeddings`
    from safetensors.numpy import load_file  # noqa: PLC0415

    from integrations.embeddings.graph import EncoderShape, encoder_graph  # noqa: PLC0415

    loaded = load_file(folder / "model.safetensors")
    weights = {name.removeprefix("bert."): value for name, value in loaded.items()}
    shape = EncoderShape(
        layers=config["num_hidden_layers"],
        heads=config["num_attention_heads"],
        size=config["hidden_size"],
        epsilon=config["layer_norm_eps"],
        of_first=_is_of_first(folder),
    )
    graph, values = encoder_graph(weights, shape)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = min(MOST_THREADS, os.cpu_count() or 1)
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.enable_cpu_mem_arena = False  # it keeps the memory of the longest texts for ever
    places = [onnxruntime.OrtValue.ortvalue_from_numpy(value) for value in values.values()]
    options.add_external_initializers(list(values), places)
    return onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])


def _is_of_first(folder: Path) -> bool:
    """In the words of sentence-transformers 6, or in those of its earlier versions."""
    file = folder / "1_Pooling" / "config.json"
    pooling = json.loads(file.read_text()) if file.exists() else {}
    return pooling.get("pooling_mode") == "cls" or bool(pooling.get("pooling_mode_cls_token"))
