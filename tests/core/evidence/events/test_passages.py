"""Lines as they are read back: the right ones, whole, and without what must not be seen."""

from __future__ import annotations

import pytest

from core.evidence.events.answers import read_lines
from core.redaction.engine import Redactor
from tests.core.evidence.tables import EventLine, Text, text_of

REDACTOR = Redactor(b"key")
BODY = "MIIEowIBAAKCAQEAx7mQbZs0Yp1kT3vWnJ8dLr5fGh2cEa9oUiXt4sKjMqPzRwVy"


def read(text: Text, *starts: int, room: int = 200) -> list[str]:
    texts = read_lines(text, starts, redactor=REDACTOR, room=room)
    return [texts[start].text for start in starts]


def key_in_a_log(prefix: str) -> tuple[Text, list[int]]:
    lines = [
        "before",
        "-----BEGIN RSA PRIVATE KEY-----",
        *[f"{BODY[number:]}{BODY[:number]}" for number in range(20)],
        "-----END RSA PRIVATE KEY-----",
        "after",
    ]
    text = text_of([EventLine(at=0, text=f"{prefix}{line}") for line in lines])
    starts = [0]
    for line in text.raw.split(b"\n")[:-2]:
        starts.append(starts[-1] + len(line) + 1)
    return text, starts


def test_each_line_where_it_is() -> None:
    text = Text("één\ntwo\r\n\x1b[31mred\x1b[0m\n\nlast".encode())
    assert read(text, 0, 6, 11, 25) == ["één", "two", "red", "last"]
    assert read(text, 24) == [""]


def test_secrets_are_gone_before_a_line_is_cut() -> None:
    secret = "hunter2-value-of-mine"  # noqa: S105 - planted
    line = f"login failed password={secret} for dana"
    (line_text,) = read(Text(line.encode()), 0, room=30)
    assert line_text.startswith("login failed password=«")
    assert len(line_text) == 30
    assert not any(secret[:length] in line_text for length in range(4, len(secret)))


@pytest.mark.parametrize("prefix", ["", "2026-11-20T13:00:00Z ERROR web: "])
def test_no_line_of_a_private_key_is_shown(prefix: str) -> None:
    text, starts = key_in_a_log(prefix)
    texts = read(text, *starts)
    assert texts[0] == f"{prefix}before"
    assert texts[-1] == f"{prefix}after"
    shown = "\n".join(texts[1:-1])
    assert not any(BODY[at : at + 12] in shown for at in range(len(BODY) - 12))


def test_a_line_without_an_end_is_cut() -> None:
    assert len(read(Text(b"x" * 10_000_000), 0, room=100)[0]) == 100


def test_what_is_no_text_is_shown_as_such() -> None:
    assert read(Text(b"a\xff\xfe\x00b\n"), 0) == ["a\ufffd\ufffd\ufffdb"]


def test_nothing_asked_nothing_opened() -> None:
    assert read_lines(Text(b""), [], redactor=REDACTOR, room=10) == {}
