"""What the pages must not say: features that are not there, and places that are only here."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from api.capabilities import capabilities
from core.alerts.model import AlertSource
from tests.docs.pages import name_of, pages
from tests.house.tree import ROOT

if TYPE_CHECKING:
    from pathlib import Path

# Decisions may name what was rejected, and what is yet to come.
FOR_USERS = [page for page in pages() if "decisions" not in page.parts]
# A feature that is not there is in no page for users; who builds one, takes its word out.
ABSENT = (
    "dashboard",
    *("kubernetes", "helm", "s3://", "saml", "grafana", "datadog", "opensearch"),
)
# These quote what other software says, and whose formats are read.
QUOTES = {"docs/reference/signatures.md", "docs/reference/evidence.md"}


@pytest.mark.parametrize("page", FOR_USERS, ids=name_of)
def test_no_page_promises_what_is_not_there(page: Path) -> None:
    if name_of(page) in QUOTES:
        return
    text = page.read_text(encoding="utf-8").lower()
    assert [word for word in ABSENT if word in text] == []


def test_what_we_say_is_absent_is_absent() -> None:
    has = capabilities(version="", enterprise=False, public_url="", max_file_bytes=0)
    ours = has["faultmaven"]
    assert isinstance(ours, dict)
    present = {*ours["alertSources"], *ours["chatPlatforms"], *AlertSource}
    assert not present & set(ABSENT)


@pytest.mark.parametrize("page", pages(), ids=name_of)
def test_no_page_names_a_folder_of_this_machine(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert str(ROOT) not in text
    assert not re.search(r"/(?:root|home/\w+|work)/", text)
