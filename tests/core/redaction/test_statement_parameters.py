"""Parameters beside a statement, a few lines from it, and those that are no secrets."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from core.redaction.statement_parameters import bound_near, bound_on, secret_places
from tests.core.redaction.cleaned_texts import cleaned, cleaned_in_blocks

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.unit

BOUND_S = 6.0
INSERT = "INSERT INTO users (name, password) VALUES "
UPDATE = "UPDATE users SET password = {} WHERE id = {}"
FORMS = [  # what hides the second value and keeps the first
    "LOG:  execute <unnamed>: " + INSERT + "($1, $2)\nDETAIL:  parameters: $1 = '{}', $2 = '{}'",
    "CONTEXT:  extended query with parameters: $1 = '{}', $2 = '{}'\nSTATEMENT:  "
    + INSERT
    + "($1, $2)",
    "query: " + INSERT + '($1, $2) -- PARAMETERS: ["{}","{}"]',
    "Preparing: " + INSERT + "(?, ?)\n==> Parameters: {}(String), {}(String)",
    "[SQL: " + INSERT + "(%s, %s)]\n[parameters: ('{}', '{}')]",
    INSERT + "(?, ?)\nbinding parameter [1] as [VARCHAR] - [{}]\n"
    "binding parameter [2] as [VARCHAR] - [{}]",
    INSERT + "(?, ?)\nbinding parameter (1:VARCHAR) <- [{}]\nbinding parameter (2:VARCHAR) <- [{}]",
    "insert\n    into\n        users\n        (name, password)\n    values\n        (?, ?)\n"
    "binding parameter [1] as [VARCHAR] - [{}]\nbinding parameter [2] as [VARCHAR] - [{}]",
    "Executed DbCommand (2ms) [Parameters=[@p0='{}' (Size = 9), @p1='{}' (Size = 9)]]\n"
    "INSERT INTO [Users] ([Name], [Password])\nVALUES (@p0, @p1);",
    "User Create (0.4ms)  " + INSERT + '($1, $2)  [["name", "{}"], ["password", "{}"]]',
    "exec sp_executesql N'" + INSERT + "(@a, @b)',N'@a nvarchar(9),@b int',@a=N'{}',@b=N'{}'",
]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("value", ["ferngrotto29", "Fern-Grotto!29", "hello"])
@pytest.mark.parametrize("shown", [cleaned, cleaned_in_blocks])
def test_the_parameter_at_the_place_of_a_secret_is_hidden(
    shown: Callable[[str], str], form: str, value: str
) -> None:
    text = shown(form.format("lea stone", value))
    assert value not in text
    assert "lea stone" in text


@pytest.mark.parametrize(
    "text",
    [
        "LOG:  execute x: SELECT * FROM orders WHERE id = $1\nDETAIL:  parameters: $1 = 'ord4711x'",
        "update orders set status=? where id=?\nbinding parameter [1] as [VARCHAR] - [ord4711x]",
        'query: SELECT * FROM "items" WHERE "sku" = $1 -- PARAMETERS: ["blue-42"]',
        UPDATE.format("$1", "$2") + "\nDETAIL:  parameters: $1 = NULL, $2 = 'ord4711x'",
        UPDATE.format("?", "?") + "\nselect * from items where sku = ? -- params: ['blue-42']",
    ],
)
def test_other_parameters_stay(text: str) -> None:
    assert cleaned(text) == text


def test_without_places_all_that_look_like_a_secret_are_hidden() -> None:
    text = cleaned(
        "CALL set_password($1, $2)\nDETAIL:  parameters: $1 = 'lea', $2 = 'ferngrotto29'"
    )
    assert "ferngrotto29" not in text
    assert "'lea'" in text


def test_places_are_numbers_or_names() -> None:
    assert secret_places(UPDATE.format("$2", "$1")) == {"2"}
    assert secret_places(INSERT + "(?, ?), (?, ?)") == {"2", "4"}
    assert secret_places(INSERT + "(%(name)s, %(password)s)") == {"password"}
    assert secret_places("SELECT 1 FROM u WHERE pwd = crypt(:given, pwd)") == {"given"}
    assert secret_places("SELECT 1 FROM orders WHERE id = ?") == frozenset()


@pytest.mark.parametrize(
    "part",
    [
        "update users set password=? ",
        "?, ",
        "parameters: [",
        "insert into a (",
        "$1 = '",
        '"a',
        "INSERT INTO users (password) VALUES (",
    ],
)
def test_long_lines_take_time_linear_in_their_length(part: str) -> None:
    line = part * (200_000 // len(part))
    begin = time.process_time()
    list(bound_on(INSERT + "(?, ?) " + line))
    list(bound_on(line))
    list(bound_near([INSERT + "(?, ?)", "parameters: " + line], 1))
    list(bound_near([line, "parameters: $1 = 'x'"], 1))
    cleaned(line + "\n" + line)
    assert time.process_time() - begin < BOUND_S


def test_a_list_of_two_is_no_pair_of_a_name_and_its_value() -> None:
    statement = 'INSERT INTO "user"("name", "password") VALUES ($1, $2)'
    shown = cleaned(f'query: {statement} -- PARAMETERS: ["dana","riverstone7"]')
    assert '["dana","«' in shown
    assert "riverstone7" not in shown
