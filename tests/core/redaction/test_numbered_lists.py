"""Words of wallets and codes in numbered lists, and lists that are of something else."""

from __future__ import annotations

import time

import polars as pl
import pytest

from core.redaction.multiline import runs_over_lines
from core.redaction.numbered_lists import opens_list, spans_in_list
from tests.core.redaction.cleaned_texts import (
    REDACTOR,
    cleaned,
    cleaned_among_many,
    cleaned_in_blocks,
)

WORDS = [
    *("orbit", "gravel", "lumber", "anchor", "velvet", "tunnel"),
    *("cactus", "meadow", "ripple", "saddle", "walnut", "ember"),
]
NUMBERED = [f"{place}. {word}" for place, word in enumerate(WORDS, 1)]
LISTS = [
    # along the rows, down the columns, in a table, with brackets
    "Keep this sheet\n" + "\n".join("   ".join(NUMBERED[at : at + 3]) for at in (0, 3, 6, 9)),
    "\n".join("  ".join(NUMBERED[at::4]) for at in range(4)) + "\nfingerprint 08eec24c",
    "\n".join(
        "| "
        + " | ".join(f"{at + place} | {WORDS[at + place - 1]}" for place in (1, 2, 3, 4))
        + " |"
        for at in (0, 4, 8)
    ),
    "\n".join(
        "[" + " [".join(row.replace(".", "]") for row in NUMBERED[at : at + 4]) for at in (0, 4, 8)
    ),
    # one on a row, below a line that says of what they are
    "Trezor backup, second copy:\n\n" + "\n".join(NUMBERED),
    "Bitte diese 12 Wörter notieren\n" + "\n".join(f"{row}" for row in NUMBERED),
    "Phrase de récupération :\n" + "\n".join(row.replace(".", ")") for row in NUMBERED),
    "Write the following words down\n" + "\n".join(NUMBERED).title(),
    "Секретная фраза:\n" + "\n".join(NUMBERED),
    # each says what it is
    "\n".join(f"word {place}: {word}" for place, word in enumerate(WORDS, 1)),
    # on one line
    "exported " + " ".join(NUMBERED),
    f'{{"mnemonic": [{", ".join(repr(word) for word in WORDS)}]}}'.replace("'", '"'),
]
CODES = {
    "GitHub two-factor recovery codes\n\na1b2c-d3e4f   11aa2-bb33c\n9zz8y-7x6w5   q1w2e-r3t4z": (
        "a1b2c-d3e4f",
        "q1w2e-r3t4z",
    ),
    "SAVE YOUR BACKUP CODES\n1. 4821 9931   3. 1182 0034\n2. 7713 0021   4. 5561 9902": (
        "4821 9931",
        "5561 9902",
    ),
    "TAN-Liste:\n 1: 482913\n 2: 771300": ("482913", "771300"),
    "Kody zapasowe:\n48219931\n77130021": ("48219931", "77130021"),
    "Codes de secours\n[ ] 4821 9931\n[x] 7713 0021": ("4821 9931", "7713 0021"),
    "備份 / 备用码:\n48219931   77130021": ("48219931", "77130021"),
}
KEPT = [
    "Steps\n1. stop\n2. drain\n3. patch\n4. reboot\n5. check\n6. rest\n7. watch\n8. tell\n"
    "9. close\n10. sleep\n11. wake\n12. repeat",
    "Top tables:\n1. orders 2. users\n3. events 4. jobs\n5. roles 6. rules\n7. queues 8. tasks\n"
    "9. files 10. sites\n11. pages 12. posts",
    "1. January 2. March 3. May 4. July 5. June 6. April 7. August 8. monday 9. ember 10. orbit"
    " 11. gravel 12. lumber",
    "\n".join("  ".join(NUMBERED[at : at + 2]) for at in (0, 2, 4, 6)),  # eight are no phrase
    "HTTP status codes\n200 4821\n404 12",
    "error codes of the day:\n50012\n50044",
    "backup codes are kept in the vault\n2026-01-04 12:00 done",
    "recovery codes\nnone were left in the safe",
]


@pytest.mark.parametrize("text", LISTS)
def test_words_of_a_wallet_are_hidden(text: str) -> None:
    for shown in (cleaned(text), cleaned_in_blocks(text)):
        assert not [word for word in WORDS if word in shown.lower()]
    if "\n" not in text:
        assert not [word for word in WORDS if word in cleaned_among_many(text)]
    else:
        assert runs_over_lines(text.encode())


def test_what_stands_around_a_list_stays() -> None:
    assert cleaned(LISTS[0]).startswith("Keep this sheet\n1. «secret-")
    assert cleaned(LISTS[1]).endswith("\nfingerprint 08eec24c")


@pytest.mark.parametrize(("text", "codes"), CODES.items())
def test_codes_of_a_list_are_hidden(text: str, codes: tuple[str, ...]) -> None:
    for shown in (cleaned(text), cleaned_in_blocks(text)):
        assert not [code for code in codes if code in shown]
    assert runs_over_lines(text.encode())


@pytest.mark.parametrize("text", KEPT)
def test_other_lists_stay(text: str) -> None:
    assert cleaned(text) == text
    assert cleaned_in_blocks(text).startswith(text)


@pytest.mark.parametrize("unit", ["1. a ", "1. orbit 2. ", "| 1 | a ", "word 1 ", "codes ", "12 "])
def test_no_list_is_slow(unit: str) -> None:
    line = unit * (40_000 // len(unit))
    began = time.process_time()
    opens_list(line)
    list(spans_in_list(line, [line] * 20))
    REDACTOR.hide(pl.Series([line]))
    assert time.process_time() - began < 2.0
