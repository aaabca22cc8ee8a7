"""What do terminals hide in a text? Colours, titles, links: none of it is what a line says.

The forms are those of ECMA-48 (5th edition, 5.4 and 8.3.89) and of xterm's control sequences.
"""

from __future__ import annotations

import re

# In the syntax that Rust's regex and Python's re share. What is not closed loses its mark only,
# so that no escape can swallow the rest of a line.
ESCAPES = (
    "\x1b\\[[0-?]{0,64}[ -/]{0,8}[@-~]"  # CSI: colours, movements
    "|\x1b\\][^\x07\x1b\x9c]{0,4096}(?:\x07|\x1b\\\\|\x9c)"  # OSC: titles, links
    "|\x1b[PX^_][^\x1b\x9c]{0,4096}(?:\x1b\\\\|\x9c)"  # DCS, SOS, PM, APC
    "|\x9b[0-?]{0,64}[ -/]{0,8}[@-~]"  # CSI as one character
    "|\x1b[ -/]{1,8}[0-~]"  # a character set, and the like
    "|\x1b[0-Z\\\\-~]?"
)
MARK = "\x1b"
_ESCAPES = re.compile(ESCAPES)


def without_escapes(text: str) -> str:
    """The text as it is seen."""
    return _ESCAPES.sub("", text) if MARK in text or "\x9b" in text else text
