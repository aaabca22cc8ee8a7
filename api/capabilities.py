"""What does this installation have? Every flag is true only for what exists."""

from __future__ import annotations

from collections.abc import Mapping


def capabilities(
    *, version: str, enterprise: bool, public_url: str, max_file_bytes: int
) -> Mapping[str, object]:
    """One document for the extension, the dashboard and scripts.

    The first block is what the browser extension reads; `faultmaven` is our own.
    """
    return {
        "deploymentMode": "enterprise" if enterprise else "self-hosted",
        "kbManagement": "dashboard",
        "dashboardUrl": "",
        "features": {
            "extensionKB": False,
            "adminKB": False,
            "teamSharing": False,
            "caseHistory": False,
            "sso": False,
            "organizations": False,
            "teams": False,
        },
        "limits": {
            "maxFileBytes": max_file_bytes,
            "allowedExtensions": [".txt", ".log", ".json", ".csv", ".md"],
        },
        "branding": {"name": "FaultMaven"},
        "faultmaven": {
            "version": version,
            "publicUrl": public_url,
            "alertSources": ["alertmanager"],
            "chatPlatforms": ["terminal"],
            "evidence": ["log", "text", "metric"],
            "languageModel": False,
        },
    }
