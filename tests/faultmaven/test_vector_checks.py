"""`doctor` says where vectors are, and whether a server that has them answers."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pytest
from pydantic import ValidationError

from core.errors import SourceUnavailable
from faultmaven.settings import Settings
from faultmaven.vector_checks import vectors_finding

OF_A_SERVER = Settings(qdrant_url="http://qdrant.shop.test:6333")


@dataclass
class Server:
    is_away: bool = False

    def count_collections(self) -> int:
        if self.is_away:
            message = "away"
            raise SourceUnavailable(message, next_step="Look at its address.")
        return 2


async def test_a_server_that_answers_is_named() -> None:
    finding = await vectors_finding(OF_A_SERVER, open_server=lambda _: Server())
    says = r"Qdrant at qdrant\.shop\.test:6333 answers in \d\.\d s; 2 collections"
    assert re.fullmatch(says, finding.says)
    assert not finding.is_warning


async def test_one_that_is_away_or_has_no_client_is_a_warning() -> None:
    away = await vectors_finding(OF_A_SERVER, open_server=lambda _: Server(is_away=True))
    assert "does not answer: runbooks are found by their words alone" in away.says
    assert (away.is_warning, away.advice) == (True, "Look at its address.")
    missing = await vectors_finding(OF_A_SERVER, open_server=lambda _: None)
    assert (missing.is_warning, missing.advice) == (True, "pip install 'faultmaven[qdrant]'")


@pytest.mark.parametrize(
    "url", ["qdrant:6333", "ftp://qdrant", "http://key@qdrant:6333", "http://"]
)
def test_an_address_has_no_key_in_it(url: str) -> None:
    with pytest.raises(ValidationError, match="FAULTMAVEN_QDRANT_API_KEY"):
        Settings(qdrant_url=url)
