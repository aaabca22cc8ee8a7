"""Numbers of people under the words of many languages."""

from __future__ import annotations

import pytest

from tests.core.redaction.cleaned_texts import cleaned, cleaned_among_many

# A text, what leaves it and what stays in it.
HIDDEN = [
    ("CURP: HEGG560427MVZRRL04 y RFC", "HEGG560427MVZRRL04", "RFC"),  # pragma: allowlist secret
    ("rodné číslo 850730/0336 pacient", "850730/0336", "pacient"),  # pragma: allowlist secret
    (
        "rijksregisternummer 85.07.30-033.61",
        "85.07.30-033.61",  # pragma: allowlist secret
        "rijksregisternummer",
    ),
    ("fødselsnummer: 010190 12345", "010190 12345", "fødselsnummer"),  # pragma: allowlist secret
    ("hetu 251283-836E", "251283-836E", "hetu"),  # pragma: allowlist secret
    ("personnummer 811228-9874", "811228-9874", "personnummer"),  # pragma: allowlist secret
    ("주민등록번호 880101-1234567", "880101-1234567", "주민"),  # pragma: allowlist secret
    ("电话 138 1234 5678", "138 1234 5678", "电话"),  # pragma: allowlist secret
    ("meu telemóvel é 912 345 678", "912 345 678", "telemóvel"),  # pragma: allowlist secret
    ("il mio cellulare: 347 123 4567", "347 123 4567", "cellulare"),  # pragma: allowlist secret
    (
        "mon portable c'est le 06 12 34 56 78",
        "06 12 34 56 78",
        "portable",
    ),  # pragma: allowlist secret
    ("puhelin 040 123 4567", "040 123 4567", "puhelin"),  # pragma: allowlist secret
    (
        "meine handynummer ist 0171 234 56 78 danke",
        "0171 234 56 78",  # pragma: allowlist secret
        "danke",
    ),
    ("mon téléphone : 06.12.34.56.78", "06.12.34.56.78", "mon"),  # pragma: allowlist secret
    ("mój telefon 601 234 567", "601 234 567", "mój"),  # pragma: allowlist secret
    ("CPR-nr: 010190-1234 ok", "010190-1234", "ok"),  # pragma: allowlist secret
    ("personas kods 161175-19997", "161175-19997", "kods"),  # pragma: allowlist secret
    ("снилс 112-233-445 95 тикет", "112-233-445 95", "тикет"),  # pragma: allowlist secret
    ("AHV-Nummer 756.1234.5678.97", "756.1234.5678.97", "AHV"),  # pragma: allowlist secret
]
KEPT = [
    "telefon 10 000 000 rows",
    "Handy: Build 20261123 ready",
    "handle 690 90 73 63 bytes",
    "mobil version 12.3.4 released",
    "telefon call 404 not found",
]


@pytest.mark.parametrize(("text", "secret", "kept"), HIDDEN)
def test_what_is_secret_leaves_and_the_rest_stays(text: str, secret: str, kept: str) -> None:
    shown = cleaned(text)
    assert secret not in shown
    assert kept in shown


@pytest.mark.parametrize("text", [text for text, _, _ in HIDDEN])
def test_a_line_among_many_is_hidden_the_same(text: str) -> None:
    assert cleaned_among_many(text) == cleaned(text)


@pytest.mark.parametrize("text", KEPT)
def test_what_only_looks_so_stays(text: str) -> None:
    assert cleaned(text) == text


@pytest.mark.parametrize("line", ["+203.0.113.140   bank.example", "+10.0.0.7 cache"])
def test_an_address_that_a_diff_adds_is_no_phone(line: str) -> None:
    assert cleaned(line) == line
