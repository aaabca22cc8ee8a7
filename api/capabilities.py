"""What this installation can do. Every flag is true only for what exists."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from shutil import which

PICTURE_READER = "tesseract"  # the program that reads text in pictures, where it is installed
READ = ("log", "metric", "trace", "profile", "config", "code", "text", "archive")


def capabilities(
    *,
    version: str,
    enterprise: bool,
    public_url: str,
    max_file_bytes: int,
    pagerduty: bool = False,
    platforms: Sequence[str] = (),
    sso: bool = False,
    language_model: bool = False,
) -> Mapping[str, object]:
    """One document for the extension, the dashboard and scripts.

    The first block is what the browser extension reads; `faultmaven` is our own.
    pagerduty: its endpoint is open. platforms: chat platforms beside the terminal.
    sso: people sign in at an OpenID provider, too. language_model: one is asked beside the rules.
    """
    return {
        "deploymentMode": "enterprise" if enterprise else "self-hosted",
        "kbManagement": "dashboard",
        "dashboardUrl": "",
        "features": {
            "extensionKB": False,
            "adminKB": False,
            "teamSharing": False,
            "caseHistory": True,
            "sso": sso,
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
            "alertSources": ["alertmanager", *(["pagerduty"] if pagerduty else [])],
            "chatPlatforms": ["terminal", *platforms],
            "evidence": [*READ, *(["image"] if which(PICTURE_READER) else [])],
            "languageModel": language_model,
            "signIn": ["password", *(["oidc"] if sso else [])],
            "remoteOperator": True,
        },
    }
