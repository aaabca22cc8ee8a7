"""Files that settings name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.errors import WrongUsage

if TYPE_CHECKING:
    from pathlib import Path


def text_of(path: Path, *, what: str, setting: str) -> str:
    """The file's text. `what` and the `setting` that names the file appear in errors.

    Raises WrongUsage where it cannot be read.
    """
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        message = f"{what} {path} cannot be read: {error.strerror}"
        raise WrongUsage(message, next_step=f"Correct {setting}.") from error
    except UnicodeDecodeError as error:
        message = f"{what} {path} is no text in UTF-8"
        raise WrongUsage(message, next_step="Save it as UTF-8.") from error
