from __future__ import annotations

import polars as pl

from core.redaction.bulk import (
    HIDDEN,
    HIDDEN_VALUE,
    hide_over_lines,
    hide_private_keys,
    private_key_lines,
    runs_over_lines,
)

BEGIN, END = "-----BEGIN RSA PRIVATE KEY-----", "-----END RSA PRIVATE KEY-----"
BODY = "MIIEowIBAAKCAQEAy8Dbv8prpJ/0kKhlGeJYozo2t60EG8L0561g13R29LvMR5hy"


def hidden(lines: list[str], *, inside: int = 0) -> tuple[list[str], int]:
    series, reaches = hide_private_keys(pl.Series(lines), inside=inside)
    return series.to_list(), reaches


def test_a_key_between_lines_of_a_log() -> None:
    lines, reaches = hidden(["loading", f"key: {BEGIN}", BODY, "q==", END, "done", "fine"])
    assert lines == ["loading", HIDDEN, HIDDEN, HIDDEN, HIDDEN, "done", "fine"]
    assert reaches == 0


def test_a_key_over_the_end_of_a_block() -> None:
    first, reaches = hidden(["loading", BEGIN, BODY])
    assert first == ["loading", HIDDEN, HIDDEN]
    second, over = hidden([BODY, END, "done"], inside=reaches)
    assert second == [HIDDEN, HIDDEN, "done"]
    assert over == 0


def test_a_key_that_never_ends_hides_no_log() -> None:
    lines, _ = hidden([BEGIN, BODY, "2026-11-17 ERROR cut off!", "2026-11-17 INFO next (1)"])
    assert lines == [HIDDEN, HIDDEN, "2026-11-17 ERROR cut off!", "2026-11-17 INFO next (1)"]


def test_long_lines_of_a_key_hide_even_after_an_interruption() -> None:
    lines, _ = hidden([BEGIN, "2026-11-17 INFO between!", BODY, "2026-11-17 INFO next (1)"])
    assert lines[2] == HIDDEN
    assert lines[3] != HIDDEN


def test_two_keys() -> None:
    lines, _ = hidden([BEGIN, BODY, END, "between", BEGIN, BODY, END, "after"])
    assert [line for line in lines if line != HIDDEN] == ["between", "after"]


def test_which_lines_they_are() -> None:
    first, reaches = private_key_lines(pl.Series(["loading", BEGIN, BODY]))
    assert first.to_list() == [False, True, True]
    second, _ = private_key_lines(pl.Series([BODY, END, "done"]), inside=reaches)
    assert second.to_list() == [True, True, False]


def test_values_below_the_names_of_secrets() -> None:
    lines = pl.Series(
        [
            "- name: DB_PASSWORD",
            '  value: "tulpe-rot"',
            '"name": "STRIPE_SECRET",',
            '"value": "geheim hier"',
            "- name: TOKEN_COUNT",
            "  value: seventeen",
            "- name: RETRY_TOKEN",
            "  value: 17",
            "- name: API_KEY",
            "  valueFrom: db-creds",
        ]
    )
    shown, reaches = hide_over_lines(lines)
    assert shown.to_list()[:4:2] == lines.to_list()[:4:2]
    assert shown.to_list()[1:4:2] == [f'  value: "{HIDDEN_VALUE}"', f'"value": "{HIDDEN_VALUE}"']
    assert shown.to_list()[4:] == lines.to_list()[4:]
    assert reaches == 0
    assert runs_over_lines("\n".join(lines).encode())
    assert not runs_over_lines(b"of great value\n")
