"""`faultmaven redact`: a text without its secrets, line by line."""

from __future__ import annotations

import secrets
import sys
from typing import TYPE_CHECKING

from core.redaction.engine import Redactor
from faultmaven.output import print_json

if TYPE_CHECKING:
    from pathlib import Path


def run(*, path: Path | None, as_json: bool) -> int:
    """Print the text redacted; the placeholders are of this run only."""
    redactor = Redactor(secrets.token_bytes(32))
    text = path.read_text(errors="replace") if path else sys.stdin.read()
    clean = redactor.clean(text).text
    if as_json:
        print_json({"text": clean})
    else:
        sys.stdout.write(clean)
    return 0
