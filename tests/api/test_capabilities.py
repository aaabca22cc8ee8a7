"""Every flag is true only for what exists; the shape is the one that the extension reads."""

from __future__ import annotations

from shutil import which

import pytest

from api.capabilities import READ, capabilities
from core.evidence.model import DataType


@pytest.mark.parametrize(("enterprise", "mode"), [(False, "self-hosted"), (True, "enterprise")])
def test_one_document(enterprise: bool, mode: str) -> None:  # noqa: FBT001
    document = capabilities(
        version="1.2.3", enterprise=enterprise, public_url="http://fm.example", max_file_bytes=7
    )
    assert document["deploymentMode"] == mode
    assert set(document) >= {"kbManagement", "dashboardUrl", "features", "limits", "branding"}
    assert document["limits"] == {
        "maxFileBytes": 7,
        "allowedExtensions": [".txt", ".log", ".json", ".csv", ".md"],
    }
    assert document["faultmaven"] == {
        "version": "1.2.3",
        "publicUrl": "http://fm.example",
        "alertSources": ["alertmanager"],
        "chatPlatforms": ["terminal"],
        "evidence": [*READ, *(["image"] if which("tesseract") else [])],
        "languageModel": False,
        "signIn": ["password"],
        "remoteOperator": True,
    }


def test_doors_are_told_where_they_are_open() -> None:
    document = capabilities(
        version="",
        enterprise=False,
        public_url="",
        max_file_bytes=0,
        pagerduty=True,
        platforms=("slack", "discord"),
        sso=True,
        language_model=True,
    )
    assert isinstance(document["features"], dict)
    assert document["features"]["sso"]
    ours = document["faultmaven"]
    assert isinstance(ours, dict)
    assert ours["alertSources"] == ["alertmanager", "pagerduty"]
    assert ours["signIn"] == ["password", "oidc"]
    assert ours["languageModel"] is True
    assert ours["chatPlatforms"] == ["terminal", "slack", "discord"]


def test_what_it_reads_goes_by_the_names_of_the_types() -> None:
    assert set(READ) <= set(DataType)
