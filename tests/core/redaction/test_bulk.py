from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.redaction.engine import Redactor, in_blocks
from core.redaction.rule_choice import CustomRule

OWN = (CustomRule(name="ticket", pattern=r"TCK-(?P<v>\d{3,})"), CustomRule(name="site"))
REDACTOR = Redactor(b"the key of a case", rules=OWN)
# Fragments that rules are about, so that lines made of them come close to matching.
FRAGMENTS = st.sampled_from(
    [
        *(
            "password",
            "=",
            ": ",
            "token",
            '"',
            "'",
            " ",
            "hunter2-s3cr3t",
            "Bearer ",
            "@",
            ".",
            "://",
        ),
        *(
            "dana",
            "example.org",
            "4111 1111 1111 1111",
            "+49 30 1234567",
            "key",
            "_live_",
            "sk",
            "-u",
        ),
        *(
            "AKIAQW3RTY7UIOP2ASDF",
            "curl ",
            "mysql -p",
            "TCK-123",
            "93.184.216.34",
            "é",
            "İ",
            "\u2028",
            "«",
        ),
        *(
            "-----BEGIN PRIVATE KEY-----",
            "auth",
            "cookie",
            "phone",
            "ssn ",
            "123-45-6789",
            "0" * 20,
        ),
    ]
)
LINE = st.one_of(st.lists(FRAGMENTS, max_size=9).map("".join), st.text(max_size=60))


MANY = 13  # screens are for more lines than these


@settings(max_examples=40, deadline=None)
@given(
    st.lists(LINE.filter(lambda line: "\n" not in line), min_size=1, max_size=12),
    st.sampled_from([1, MANY]),
)
def test_many_lines_at_once_come_out_as_each_by_itself(lines: list[str], times: int) -> None:
    alone = [REDACTOR.clean(line).text for line in lines]
    assert REDACTOR.hide(pl.Series(lines * times)).to_list() == alone * times


@pytest.mark.parametrize("times", [1, MANY])
@pytest.mark.parametrize(
    "line",
    [
        "ПАРОЛЬ: " + "v9k2-tulip-77",
        "CONTRASEÑA=" + "v9k2-tulip-77",
        "密码\uff1a" + "v9k2tulip77",
        "ghp_" + "Zk3v9QmX" * 5 + " glpat-" + "Zk3v9QmX" * 3,  # two of the rules with one screen
        "Pasaporte: AB1234567",
        "Personalausweis L01X00T47",
        "national ID 123456789",
        "driver's licence number D1234567",
        "93.184.216.34 asked, then 9.9.9.9, not 1.2.93.184.216",
        "password of the password key: Winter!Sun7Moon",
    ],
)
def test_a_line_among_many_comes_out_as_by_itself(line: str, times: int) -> None:
    lines = ["nothing here", line] * times
    hidden = REDACTOR.hide(pl.Series(lines)).to_list()
    assert hidden == ["nothing here", REDACTOR.clean(line).text] * times
    assert hidden[1] != line


@pytest.mark.parametrize("line", ["phone=123-45-6789", "tel: 123-45-6789"])
def test_of_two_kinds_at_one_place_the_same_wins_in_bulk(line: str) -> None:
    hidden = REDACTOR.hide(pl.Series(["nothing here", line] * MANY)).to_list()
    assert hidden == ["nothing here", REDACTOR.clean(line).text] * MANY
    assert "«ssn-" in hidden[1]


def test_the_lines_that_were_given_stay_as_they_are() -> None:
    lines = pl.Series(["password=hunter2-s3cr3t", "fine"])
    assert REDACTOR.hide(lines)[0] != lines[0]
    assert lines.to_list() == ["password=hunter2-s3cr3t", "fine"]


@settings(max_examples=40, deadline=None)
@given(st.lists(st.text(max_size=9)), st.integers(1, 20))
def test_blocks_hold_all_lines_in_order(lines: list[str], size: int) -> None:
    blocks = list(in_blocks(iter(lines), size))
    assert [line for block in blocks for line in block] == lines
    assert all(blocks)


@pytest.mark.parametrize(
    "value", ["1111password" + "Bearer", "BIJnVXdYY" + "IcUg", "13JOQC" + "FOPFW"]
)
def test_drawn_letters_leave_many_lines_as_they_leave_one(value: str) -> None:
    line = f"token  {value}"
    shown = REDACTOR.hide(pl.Series([line, *["an ordinary line"] * 40]))[0]
    assert shown == REDACTOR.clean(line).text
    assert value not in shown
