"""What a line says twice: in a statement, and in the list of its parameters."""

from __future__ import annotations

import polars as pl
import pytest

from core.redaction.engine import Redactor

TOKEN = "9944b09199c62bcf9418ad846dd0e4bbdfc6ee4b"  # noqa: S105 # pragma: allowlist secret
REDACTOR = Redactor(b"k" * 32)


@pytest.mark.parametrize(
    "line",
    [
        """(0.001) SELECT "t"."key" FROM "authtoken_token" t WHERE "api_token" = 'TOKEN'"""
        """ LIMIT 21; args=('TOKEN',); alias=default""",
        """(0.002) INSERT INTO "authtoken_token" ("key", "user_id") VALUES ('TOKEN', 7);"""
        """ args=['TOKEN', 7]; alias=default""",
        """UPDATE "u" SET "api_token" = 'TOKEN' WHERE "id" = 7; args=["TOKEN", 7]""",
    ],
)
def test_the_parameters_of_a_statement_hide_what_it_says(line: str) -> None:
    line = line.replace("TOKEN", TOKEN)
    assert TOKEN not in REDACTOR.clean(line).text
    assert TOKEN not in REDACTOR.hide(pl.Series([line]))[0]


def test_a_word_in_quotes_may_mean_something_else() -> None:
    assert "'database'" in REDACTOR.clean("password=database; connect to 'database'").text
