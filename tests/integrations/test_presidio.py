from __future__ import annotations

import socket
from importlib.util import find_spec

import pytest

from core.redaction.engine import Redactor
from integrations.presidio import MOST, PresidioRecogniser, installed

# Found and not imported: that takes a second, in each process of a run.
pytestmark = pytest.mark.skipif(
    find_spec("presidio_analyzer") is None, reason="the extra `privacy` is not installed"
)
KEY = b"k" * 32


@pytest.fixture(scope="module")
def recogniser() -> PresidioRecogniser:
    return PresidioRecogniser()


def test_it_knows_what_we_do_not(recogniser: PresidioRecogniser) -> None:
    text = "titular 12345678Z dado de alta"  # a Spanish identity number with its check letter
    assert Redactor(KEY).clean(text).text == text
    assert "12345678Z" not in Redactor(KEY, recogniser=recogniser).clean(text).text


def test_what_investigations_need_stays(recogniser: PresidioRecogniser) -> None:
    text = "request 8f2c41d7-aa11-4000-8000-1234567890ab from 10.0.3.17 to db-1.shop.svc took 12 ms"
    assert Redactor(KEY, recogniser=recogniser).clean(text).text == text


def test_it_asks_nobody(recogniser: PresidioRecogniser, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        message = "the network was asked"
        raise AssertionError(message)

    monkeypatch.setattr(socket.socket, "connect", refuse)
    assert recogniser.spans("mail dana@example.com, see https://example.co.uk") == []


def test_a_long_text_is_left_to_our_own_engine(recogniser: PresidioRecogniser) -> None:
    assert recogniser.spans("943 476 5919 " * MOST) == []


def test_recognizers_that_ask_the_network_are_left_out(recogniser: PresidioRecogniser) -> None:
    assert not {"EmailRecognizer", "UrlRecognizer"} & set(recogniser.names)
    assert installed() is not None
