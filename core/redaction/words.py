"""Words of announcements, of what is ordinary and of systems: `announcements.toml`; of code."""

from __future__ import annotations

import tomllib
from pathlib import Path

# By section and name.
WORDS: dict[str, dict[str, list[str]]] = tomllib.loads(
    Path(__file__).with_name("announcements.toml").read_text(encoding="utf-8")
)
# What code and debuggers write around a value: `Some("…")`, `SecretStr('…')`.
WRAPPERS = (
    r"(?:Some|Just|Ok|Secret\w{0,12}|Sensitive\w{0,12}|Protected\w{0,12}|Zeroizing|Password\w{0,8}"
    r"|Cow::\w{1,10}|String::from|str|bytes)"
)
