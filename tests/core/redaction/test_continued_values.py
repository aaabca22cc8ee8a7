"""Secrets that go on on the next line, and those in dumps of bytes."""

from __future__ import annotations

import time

import polars as pl
import pytest

from core.redaction.multiline import hide_over_lines
from tests.core.redaction.cleaned_texts import cleaned, cleaned_in_blocks

BOUND_S = 6.0
# A text, what leaves it and what stays in it.
HIDDEN = [
    (  # the name begins on one line and ends on the next
        (
            "00000000  02 00 61 75 74 68 00 64  6d 6f 72 65 61 75 00 70  |..auth.dmoreau.p|\n"
            "00000010  77 3d 57 61 6c 64 37 37  4d 6f 6f 73 00 01 65 6e  |w=Wald77Moos..en|"
        ),
        "57 61 6c 64",  # pragma: allowlist secret
        "dmoreau",
    ),
    (
        (
            "0040   00 00 00 00 6b 65 6e 6e 77 6f 72 74 3d 57 61 6c   ....kennwort=Wal\n"
            "0050   64 37 37 00 75 73 65 72                           d77.user"
        ),
        "57 61 6c",  # pragma: allowlist secret
        "75 73 65 72",
    ),
    (  # a line by itself
        "0x0000:  0000 0270 7764 003a 5761 6c64 3737 4d6f  ...pwd.:Wald77Mo",
        "5761 6c64",  # pragma: allowlist secret
        "pwd",
    ),
    ("export DB_PASSWORD=Wald77Moos\\\nNebel88", "Nebel88", "export"),  # pragma: allowlist secret
    (
        'client_secret="abcDEF123\\\nghiJKL456"',  # pragma: allowlist secret
        "ghiJKL456",
        "client_secret",
    ),  # pragma: allowlist secret
    (
        (
            "00000000: 746f 6b65 6e00 0000 5761 6c64 3737 4d6f  token...Wald77Mo\n"
            "00000010: 6f73 0000 0000 0000 0000 0000 0000 0000  os.............."
        ),
        "5761 6c64",  # pragma: allowlist secret
        "token",
    ),
    (
        (
            "0000   70 61 73 73 77 6f 72 64 3d 57 61 6c 64 37 37 4d  "
            " password=Wald77M\n"
            "0010   6f 6f 73 26 75 73 65 72 3d 65 76 61 00 00 00 00  "
            " oos&user=eva...."
        ),
        "57 61 6c 64",  # pragma: allowlist secret
        "user=eva",
    ),
    (
        "api.secret=BsDuqkVGqTupCJ\\\n   bs0Gafi655X1\nuser=eva",
        "bs0Gafi655X1",  # pragma: allowlist secret
        "user=eva",
    ),
    (
        "ENV API_TOKEN=BsDuqkVGqTupCJ\\\nbs0Gafi655X1 \\\n    PORT=80",
        "bs0Gafi655X1",  # pragma: allowlist secret
        "PORT=80",
    ),
    ("db.password: Wald\\\n  Moos12\nurl: x", "Moos12", "url: x"),  # pragma: allowlist secret
    (
        (
            "00000350: 7061 7373 776f 7264 3d57 616c 6437 374d  password=Wald77M\n"
            "00000360: 6f6f 7326 7573 6572 3d65 7661 0000 0000  oos&user=eva...."
        ),
        "Wald77M",  # pragma: allowlist secret
        "user=eva",
    ),
    (
        (
            "\t0x0030:  7061 7373 776f 7264 3d57 616c 6437 374d  password=Wald77M\n"
            "\t0x0040:  6f6f 7326 7573 6572 3d65 7661 0000 0000  oos&user=eva...."
        ),
        "6f6f 73",  # pragma: allowlist secret
        "user=eva",
    ),
    (
        (
            "000350 70 61 73 73 77 6f 72 64 00 00 00 00 00 00 00 00 "
            " >password........<\n"
            "000360 54 42 73 55 6b 39 44 6c 63 42 33 31 63 74 7a 42 "
            " >TBsUk9DlcB31ctzB<"
        ),
        "54 42 73 55",  # pragma: allowlist secret
        "password",
    ),
]
KEPT = [
    ("00000330  00 03 75 73 65 72 00 00  00 00 00 00 00 00 00 00  |..user..........|"),
    "make target \\\n  all",
    "--password-file=/run/pw \\\n  --host=db-1",
    "MYSQL_PASSWORD=\\\n",
]


@pytest.mark.parametrize(("text", "secret", "kept"), HIDDEN)
def test_what_is_secret_leaves_and_the_rest_stays(text: str, secret: str, kept: str) -> None:
    shown = cleaned(text)
    assert secret not in shown
    assert kept in shown


@pytest.mark.parametrize(("text", "secret", "kept"), HIDDEN)
def test_lines_that_come_in_blocks_go_through_the_same(text: str, secret: str, kept: str) -> None:
    shown = cleaned_in_blocks(text)
    assert secret not in shown
    assert kept in shown


@pytest.mark.parametrize("text", KEPT)
def test_what_only_looks_so_stays(text: str) -> None:
    assert cleaned(text) == text


def test_a_long_dump_takes_no_long_time() -> None:
    line = "00000350: 7061 7373 776f 7264 3d57 616c 6437 374d  password=Wald77M"
    began = time.process_time()
    hide_over_lines(pl.Series([line] * 2000))
    assert time.process_time() - began < BOUND_S
