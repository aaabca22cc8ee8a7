"""What the files of a sentence model say of it, before anything of it is loaded.

The folder is one of sentence-transformers: `config.json` of the encoder, and `modules.json`, which
names the steps that a text passes through. Source: `save_pretrained` of sentence-transformers 6,
which reads what its earlier versions wrote, too.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

BERT = "bert"
CLS, MEAN = "cls", "mean"
_PLAIN_STEPS = {"Transformer", "Pooling", "Normalize"}
_SAYS_WHAT_IT_IS = (".json", ".model", ".safetensors")
_END = 1 << 20  # bytes of a file, first and last, that its fingerprint is made of


@dataclass(frozen=True)
class ModelStep:
    """Of `modules.json`. kind: `Transformer`, `Pooling`, `Normalize`, `Dense` and others."""

    kind: str
    folder: Path
    config: dict[str, Any]

    def pooling_modes(self) -> list[str]:
        """As sentence-transformers 6 has them, or as flags, which its earlier versions had."""
        modes = self.config.get("pooling_mode")
        if modes is not None:
            return [modes] if isinstance(modes, str) else list(modes)
        prefix = "pooling_mode_"
        flags = [
            name.removeprefix(prefix).removesuffix("_token").removesuffix("_tokens")
            for name, is_set in self.config.items()
            if name.startswith(prefix) and is_set
        ]
        return flags or [MEAN]


@dataclass(frozen=True)
class ModelFolder:
    """encoder: its configuration. steps: in their order; none where `modules.json` is missing."""

    path: Path
    encoder: dict[str, Any]
    steps: tuple[ModelStep, ...]

    @property
    def model_type(self) -> str:
        """Such as `bert` or `xlm-roberta`."""
        return str(self.encoder.get("model_type", BERT))

    def is_plain_bert(self) -> bool:
        """Whether it is a BERT encoder, the mean or first of its vectors, and nothing else."""
        poolings = [step.pooling_modes() for step in self.steps if step.kind == "Pooling"]
        return (
            self.model_type == BERT
            and {step.kind for step in self.steps} <= _PLAIN_STEPS
            and all(modes in ([MEAN], [CLS]) for modes in poolings)
        )

    def vector_size(self) -> int:
        """Numbers of a vector. Raises ValueError where the files do not say it."""
        size = self.encoder.get("hidden_size")
        for step in self.steps:
            if step.kind == "Pooling":
                size = _pooled_size(step, size)
            size = step.config.get("out_features", size) if step.kind == "Dense" else size
        cut_at = _object_in(self.path / "config_sentence_transformers.json").get("truncate_dim")
        if not isinstance(size, int):
            message = "the files do not say how many numbers a vector has"
            raise ValueError(message)  # noqa: TRY004 - of the file, not of an argument
        return min(size, cut_at) if cut_at else size

    def lack(self) -> str:
        """What it needs to be run by sentence-transformers and has not; empty where it has all."""
        if not self.steps:
            return "modules.json, which says how its vectors are made"
        for number, folder in enumerate(step.folder for step in self.steps):
            has_other = any(folder.glob("*.bin"))
            if (number == 0 or has_other) and not any(folder.glob("*.safetensors")):
                return f"{(folder / 'model.safetensors').relative_to(self.path)}"
        return ""

    def fingerprint(self) -> str:
        """8 hexadecimal digits of what the model is: other weights are another model.

        Of each file its size, its beginning and its end are read: 2 GB would take seconds.
        """
        digest = sha256()
        for file in self._files():
            size = file.stat().st_size
            digest.update(f"{file.relative_to(self.path)} {size}\n".encode())
            with file.open("rb") as content:
                digest.update(content.read(_END))
                content.seek(max(0, size - _END))
                digest.update(content.read(_END))
        return digest.hexdigest()[:8]

    def _files(self) -> Iterator[Path]:
        for folder in sorted({self.path, *(step.folder for step in self.steps)}):
            if folder.is_dir():
                files = (file for file in folder.iterdir() if file.suffix in _SAYS_WHAT_IT_IS)
                yield from sorted(files)


def read_model_folder(path: Path) -> ModelFolder:
    """Raises OSError, ValueError, KeyError where it is none of a sentence model."""
    modules = path / "modules.json"
    listed = json.loads(modules.read_text(encoding="utf-8")) if modules.exists() else []
    steps = tuple(_step(path, module) for module in listed)
    own = steps[0].folder if steps else path
    encoder = json.loads((own / "config.json").read_text(encoding="utf-8"))
    if not isinstance(encoder, dict):
        message = "config.json is no object"
        raise ValueError(message)  # noqa: TRY004 - of the file, not of an argument
    return ModelFolder(path=path, encoder=encoder, steps=steps)


def _step(path: Path, module: dict[str, str]) -> ModelStep:
    folder = path / module["path"]
    kind = module["type"].rpartition(".")[2]
    return ModelStep(kind=kind, folder=folder, config=_object_in(folder / "config.json"))


def _object_in(file: Path) -> dict[str, Any]:
    """Empty where there is none."""
    if not file.exists():
        return {}
    content = json.loads(file.read_text(encoding="utf-8"))
    return content if isinstance(content, dict) else {}


def _pooled_size(step: ModelStep, size: int | None) -> int | None:
    """Several modes stand side by side."""
    own = step.config.get("embedding_dimension", step.config.get("word_embedding_dimension", size))
    return own * len(step.pooling_modes()) if isinstance(own, int) else None
