"""Lists of secrets below a name, however long they are."""

from __future__ import annotations

import polars as pl
import pytest

from core.redaction.multiline import HIDDEN_VALUE, hide_over_lines, runs_over_lines

MADE = [f"Ylgbnlt8{number}" for number in range(30)]
LISTS = {
    "items": ["passwords:", *(f"  - {value}" for value in MADE)],
    "items at the margin": ["api_keys:", *(f'- "{value}"' for value in MADE)],
    "entries": ["db:", "  secrets:", *(f"    user{n}: {value}" for n, value in enumerate(MADE))],
    "array": ['{"tokens": [', *(f'  "{value}",' for value in MADE), "]}"],
    "rows": [
        '{"columns": ["user", "password"], "rows": [',
        *(f'["u{n}", "{value}"],' for n, value in enumerate(MADE)),
        "]}",
    ],
    "argument": ["docker run --db-password \\", f"  {MADE[0]} \\", "  image"],
    "pair": ['[{"key": "db.password",', f'  "val": "{MADE[0]}"}}]'],
}


@pytest.mark.parametrize("lines", LISTS.values(), ids=LISTS)
def test_no_value_of_a_list_is_shown(lines: list[str]) -> None:
    assert runs_over_lines("\n".join(lines).encode())
    hidden, _ = hide_over_lines(pl.Series(lines))
    text = "\n".join(hidden)
    assert not [value for value in MADE if value in text]
    assert text.count(HIDDEN_VALUE) == sum(any(made in line for made in MADE) for line in lines)


@pytest.mark.parametrize(
    "lines",
    [
        ["passwords:", "  - name: admin", "    hint: none"],
        ['{"columns": ["user", "age"], "rows": [', '["eva", "Ylgbnlt81"],', "]}"],
        ["run --password-file \\", "  /run/secrets/db \\"],
        ["passwords: 3", "attempts: 4"],
    ],
)
def test_other_lines_stay(lines: list[str]) -> None:
    hidden, _ = hide_over_lines(pl.Series(lines))
    assert hidden.to_list() == lines
