"""Tables of names and values: values of secrets are hidden, their names and other rows stay."""

from __future__ import annotations

import pytest

from tests.core.redaction.cleaned_texts import cleaned, cleaned_in_blocks

_CHOSEN = "blue" + "berry77"
_HEADING = "Key         Value\n---         -----"


@pytest.mark.parametrize(
    "table",
    [
        f"{_HEADING}\npassword    {_CHOSEN}\nusername    joe",
        f"====== Data ======\n{_HEADING}\nusername    joe\npassword    {_CHOSEN}",
        f"{_HEADING}\nlease_duration    768h\ndb_password    {_CHOSEN}\nusername    joe",
        f"> Key       Value\n> ---       -----\n> api_token  {_CHOSEN}  \n> username  joe",
        "Name      Value\n========  =====\nusername  joe\nPASSWORD  two " + _CHOSEN,
    ],
)
def test_the_value_of_a_secret_is_hidden(table: str) -> None:
    for shown in (cleaned(table), cleaned_in_blocks(table)):
        assert _CHOSEN not in shown
        assert "joe" in shown


@pytest.mark.parametrize(
    "table",
    [
        f"{_HEADING}\ncreated_time    2024-01-01T10:00:00Z\nversion         3",
        f"{_HEADING}\nlease_id            database/creds/app/x\ntoken_duration      768h",
        f"{_HEADING}\npassword    n/a\npolicies    [default]",
        "Key         Value\nmonkey      password    harbour\n",
    ],
)
def test_other_rows_stay(table: str) -> None:
    assert cleaned(table) == table
    assert cleaned_in_blocks(table).startswith(table)
