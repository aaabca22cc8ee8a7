from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.discord.escapes import code, escaped
from core.text.redacted import legible
from tests.bot.discord.markdown import live, read

NASTY = [
    "@everyone @here",
    "<@123> <@!123> <@&123> <#123> </status:123>",
    "<:evil:123> <a:evil:123> <t:1700000000:R> <id:customize>",
    "[click](https://example.com) <https://example.com> https://example.com/a_b",
    "**bold** __under__ *it* _it_ ~~gone~~ ||spoiler|| `code` ```block```",
    "# heading\n## two\n-# small\n> quote\n>>> all\n- item\n+ item\n* item\n1. one\n2) two",
    "\n> quote\n\n1. one\n \n- item",
    "root:x:0:0 :100: 02:41:07 :smile:",
    "\\*already\\* \\",
    "discord://-/settings steam://run/1 https://x:80/:y:",
]


@pytest.mark.parametrize("text", NASTY)
def test_nothing_of_it_is_live_and_all_of_it_is_read(text: str) -> None:
    assert live(escaped(text)) == []
    assert read(escaped(text)) == text


# Made of what Discord looks for, so that combinations come up.
PIECES = st.sampled_from(
    [
        *"*_~|`\\[]()<>@#:&!-+./ \n1a",
        "://",
        "@everyone",
        "@here",
        "<@1>",
        "https",
        "](",
        "1. ",
        "> ",
    ]
)


@given(st.lists(PIECES, max_size=30).map("".join) | st.text(max_size=60))
def test_arbitrary_text_is_never_live(text: str) -> None:
    assert live(escaped(text)) == []
    assert read(escaped(text)) == legible(text).replace("\u200b", "")


def test_what_needs_no_escape_stays_as_it_is() -> None:
    assert escaped("Firing #128 · 5xx 8 % since 02:41:07 UTC (db.log:4182)") == (
        "Firing #128 · 5xx 8 % since 02:41:07 UTC (db.log:4182)"
    )


def test_code_stays_code() -> None:
    assert code("a`b``c\nd") == "`a'b''c d`"
    assert code("") == ""
