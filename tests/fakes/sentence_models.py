"""Folders of sentence models as they are published, tiny and with random weights."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from pathlib import Path

    import numpy.typing as npt

WORDS = ("[PAD]", "[UNK]", "replica", "lag", "disk", "full", "pod")
INNER, PLACES = 16, 32
CONFIG = {
    "hidden_size": 8,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "layer_norm_eps": 1e-12,
    "max_position_embeddings": PLACES,
}

LARGE_SIZE = 32
LINES = (
    "the replica is behind its primary",
    "disk full on the volume of the database",
    "la réplica está atrasada respecto al primario",
    "复制 延迟 过高",
    "диск заполнен на сервере базы данных",
)
SPECIAL = ["<s>", "<pad>", "</s>", "<unk>"]  # in the order of their numbers
ROLES = ("bos", "pad", "eos", "unk", "cls", "sep")
TOKENS = {f"{role}_token": SPECIAL[at] for role, at in zip(ROLES, (0, 1, 2, 3, 0, 2), strict=True)}
# As the repository of BGE-M3 has them: in the words of sentence-transformers 2.
MODULES = (("", "Transformer"), ("1_Pooling", "Pooling"), ("2_Normalize", "Normalize"))
POOLING = {
    "word_embedding_dimension": LARGE_SIZE,
    "pooling_mode_cls_token": True,
    "pooling_mode_mean_tokens": False,
    "pooling_mode_max_tokens": False,
    "pooling_mode_mean_sqrt_len_tokens": False,
}


def weights() -> dict[str, npt.NDArray[np.float32]]:
    chance, size = np.random.default_rng(0), CONFIG["hidden_size"]
    shapes: dict[str, tuple[int, ...]] = {
        "embeddings.word_embeddings.weight": (len(WORDS), int(size)),
        "embeddings.position_embeddings.weight": (PLACES, int(size)),
        "embeddings.token_type_embeddings.weight": (2, int(size)),
        **norm("embeddings"),
    }
    for layer in range(2):
        part = f"encoder.layer.{layer}"
        for name in ("query", "key", "value"):
            shapes |= dense(f"{part}.attention.self.{name}", 8, 8)
        shapes |= dense(f"{part}.attention.output.dense", 8, 8)
        shapes |= dense(f"{part}.intermediate.dense", INNER, 8)
        shapes |= dense(f"{part}.output.dense", 8, INNER)
        shapes |= norm(f"{part}.attention.output") | norm(f"{part}.output")
    return {name: chance.normal(size=shape).astype(np.float32) for name, shape in shapes.items()}


def dense(name: str, rows: int, columns: int) -> dict[str, tuple[int, ...]]:
    return {f"{name}.weight": (rows, columns), f"{name}.bias": (rows,)}


def norm(name: str) -> dict[str, tuple[int, ...]]:
    return {f"{name}.LayerNorm.weight": (8,), f"{name}.LayerNorm.bias": (8,)}


def bert_in(folder: Path, *, of_first: bool = False) -> Path:
    """A folder of a BERT encoder with random weights. Needs the extra `embeddings`."""
    from safetensors.numpy import save_file  # noqa: PLC0415 - an extra
    from tokenizers import Tokenizer, models, pre_tokenizers  # noqa: PLC0415 - an extra

    vocabulary = {word: number for number, word in enumerate(WORDS)}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token=WORDS[1]))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.save(str(folder / "tokenizer.json"))
    (folder / "config.json").write_text(json.dumps(CONFIG))
    save_file(
        {f"bert.{name}": value for name, value in weights().items()}, folder / "model.safetensors"
    )
    (folder / "1_Pooling").mkdir()
    pooling = json.dumps({"pooling_mode_cls_token": of_first})
    (folder / "1_Pooling/config.json").write_text(pooling)
    return folder


def xlm_roberta_in(folder: Path, *, seed: int = 0) -> Path:
    """A folder of the form of BGE-M3's. Needs the extra `sentence-transformers`."""
    import torch  # noqa: PLC0415 - an extra
    from transformers import XLMRobertaConfig, XLMRobertaModel  # noqa: PLC0415 - an extra

    torch.manual_seed(seed)
    size = _save_unigrams(folder)
    config = XLMRobertaConfig(
        vocab_size=size,
        hidden_size=LARGE_SIZE,
        num_hidden_layers=2,
        num_attention_heads=4,
        intermediate_size=64,
        max_position_embeddings=66,
        type_vocab_size=1,
        initializer_range=0.5,
    )
    XLMRobertaModel(config).save_pretrained(folder)
    describe_steps(folder)
    return folder


def describe_steps(folder: Path) -> None:
    """Writes what stands beside weights and tokenizer. Needs no library."""
    modules = [
        {
            "idx": number,
            "name": str(number),
            "path": path,
            "type": f"sentence_transformers.models.{kind}",
        }
        for number, (path, kind) in enumerate(MODULES)
    ]
    (folder / "modules.json").write_text(json.dumps(modules))
    (folder / "1_Pooling").mkdir()
    (folder / "1_Pooling/config.json").write_text(json.dumps(POOLING))
    limits = {"max_seq_length": 64, "do_lower_case": False}
    (folder / "sentence_bert_config.json").write_text(json.dumps(limits))


def _save_unigrams(folder: Path) -> int:
    """Trains a tokenizer as XLM-RoBERTa has it; how many tokens it knows."""
    from tokenizers import Tokenizer, models, pre_tokenizers, processors, trainers  # noqa: PLC0415 - an extra
    from transformers import PreTrainedTokenizerFast  # noqa: PLC0415 - an extra

    tokenizer = Tokenizer(models.Unigram())
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    trainer = trainers.UnigramTrainer(
        vocab_size=120, special_tokens=SPECIAL, unk_token=SPECIAL[3], show_progress=False
    )
    tokenizer.train_from_iterator(LINES, trainer)
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        **TOKENS,
    ).save_pretrained(folder)
    return int(tokenizer.get_vocab_size())
