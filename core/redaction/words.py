"""Words of announcements, of what is ordinary and of systems: `announcements.toml`."""

from __future__ import annotations

import tomllib
from pathlib import Path

# By section and name.
WORDS: dict[str, dict[str, list[str]]] = tomllib.loads(
    Path(__file__).with_name("announcements.toml").read_text(encoding="utf-8")
)
