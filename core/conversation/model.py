"""What people say, where they say it, and what they are shown."""

from __future__ import annotations
