"""A list of pages as people write it, and what sort of document a page is."""

from __future__ import annotations

import pytest

from core.errors import WrongUsage
from core.knowledge.model import ContentType
from core.knowledge.pages import (
    MOST_ADDRESSES,
    PageMark,
    addresses_in,
    content_type_of_page,
)

WHO = "dana:hunter2"
LIST = """# Ours
https://wiki.example.com/lag   # replicas
https://wiki.example.com/disk#free

https://wiki.example.com/lag
"""


def test_each_address_is_read_once_without_comments() -> None:
    assert addresses_in(LIST) == [
        "https://wiki.example.com/lag",
        "https://wiki.example.com/disk#free",
    ]


@pytest.mark.parametrize(
    "line",
    [
        "wiki.example.com",
        "file:///etc/passwd",
        "https://",
        f"https://{WHO}@wiki/",
        "https://[",
    ],
)
def test_what_is_no_address_is_refused_and_not_repeated(line: str) -> None:
    with pytest.raises(WrongUsage) as refused:
        addresses_in(line)
    assert "hunter2" not in f"{refused.value} {refused.value.next_step}"


def test_a_list_has_an_end() -> None:
    with pytest.raises(WrongUsage, match="more than"):
        addresses_in("\n".join(f"https://a/{n}" for n in range(MOST_ADDRESSES + 1)))


@pytest.mark.parametrize(
    ("address", "media_type", "content_type"),
    [
        ("https://wiki.example.com/lag", "text/html; charset=utf-8", ContentType.HTML),
        ("https://wiki.example.com/lag.md", "text/plain", ContentType.MARKDOWN),
        ("https://wiki.example.com/lag.md", "text/html", ContentType.HTML),
        ("https://wiki.example.com/lag", "application/pdf", ContentType.PDF),
        ("https://wiki.example.com/lag.html?v=1", "", ContentType.HTML),
        ("https://wiki.example.com/lag", "text/plain", ContentType.TEXT),
    ],
)
def test_a_page_is_what_its_server_says(
    address: str, media_type: str, content_type: ContentType
) -> None:
    assert content_type_of_page(address, media_type) is content_type


def test_a_mark_is_kept_as_text() -> None:
    mark = PageMark(etag='W/"a, b"', modified="Tue, 17 Nov 2026 09:00:00 GMT")
    assert PageMark.read(mark.text) == mark
