"""`doctor` says whether runbooks are found by what they mean, and if not, why."""

from __future__ import annotations

import logging
import re
import sys
from typing import TYPE_CHECKING

import pytest

from core.errors import ModelUnavailable
from core.knowledge.model import Reach
from faultmaven.embedding_checks import embedding_finding
from faultmaven.settings import Settings
from faultmaven.wiring import choose_embedder, wire
from tests.contracts.samples import a_chunk, a_document
from tests.fakes.chat import House, in_memory
from tests.fakes.embedder import ConceptEmbedder
from tests.fakes.sentence_models import describe_steps

if TYPE_CHECKING:
    from pathlib import Path

    from bot.platform import Checked

AUTO = Settings(embedding_model="auto")


@pytest.fixture
def house(tmp_path: Path) -> House:
    return in_memory(tmp_path)


async def examine(house: House, embedder: ConceptEmbedder | None) -> Checked:
    return await embedding_finding(AUTO, house.services, choose=lambda _: embedder)


async def test_off_and_not_installed_are_no_warnings(house: House) -> None:
    off = Settings(embedding_model="off")
    finding = await embedding_finding(off, house.services, choose=choose_embedder)
    assert (finding.says, finding.advice) == ("off: runbooks are found by their words", "")
    finding = await examine(house, None)
    assert (finding.says, finding.advice) == (
        "none installed: runbooks are found by their words",
        "",
    )


async def test_a_model_that_does_not_load_is_a_warning_that_says_why(house: House) -> None:
    finding = await examine(house, ConceptEmbedder(is_broken=True))
    assert finding.says == "the model is cut off: runbooks are found by their words alone"
    assert finding.is_warning


async def test_documents_without_vectors_are_counted(house: House) -> None:
    finding = await examine(house, ConceptEmbedder())
    assert re.fullmatch(r"concepts loads and answers in \d\.\d s", finding.says)
    async with house.services.unit() as unit:
        document = a_document(version=1)
        await unit.documents.add(document, revision=await unit.documents.next_revision())
        await unit.documents.put_chunks(document.id, [a_chunk(document.id)])
        assert await unit.documents.chunks(document.id, Reach.of())
    finding = await examine(house, ConceptEmbedder())
    assert "; 1 documents have no vectors of it yet" in finding.says
    assert "faultmaven reindex" in finding.advice


def test_a_folder_without_a_model_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailable, match=r"not installed|no folder of a sentence model"):
        choose_embedder(str(tmp_path))


async def test_without_its_library_a_model_means_words_and_one_line(
    house: House,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    # Its own logger, whatever other tests have done to those above it.
    wiring = logging.getLogger("faultmaven.wiring")
    monkeypatch.setattr(wiring, "disabled", False)
    monkeypatch.setattr(wiring, "handlers", [caplog.handler])
    monkeypatch.setattr(wiring, "propagate", False)
    monkeypatch.setitem(sys.modules, "sentence_transformers", None)  # is not installed
    (tmp_path / "config.json").write_text('{"model_type": "xlm-roberta", "hidden_size": 32}')
    (tmp_path / "model.safetensors").write_bytes(b"")
    describe_steps(tmp_path)
    settings = Settings(embedding_model=str(tmp_path), data_dir=tmp_path / "data")
    with caplog.at_level(logging.WARNING, logger=wiring.name):
        async with wire(settings) as installation:
            assert installation.services.embedder is None
    (line,) = [record.getMessage() for record in caplog.records if "words" in record.msg]
    assert "a model of type xlm-roberta: sentence_transformers" in line
    finding = await embedding_finding(settings, house.services, choose=choose_embedder)
    assert finding.is_warning
    assert finding.says.endswith("not installed: runbooks are found by their words alone")
    assert "choose-an-embedding-model" in finding.advice
