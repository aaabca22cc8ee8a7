"""Which files a diff changes are read: by their settings, or, where they have none, by their lines.

`pg_hba.conf`, `hosts`, a crontab, a zone and the rules of a firewall set things line by line.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from core.evidence.code.languages import language_of
from core.evidence.configuration.marks import (
    HELM_OBJECT,
    WRITTEN,
    base_name,
    holds_diff,
    is_settings_file,
)

if TYPE_CHECKING:
    from core.evidence.configuration.diff_rows import UnifiedLine

# Ansible writes `--- before: /etc/app.yaml`, and after it the name of its template, it may be.
_PATCHED = re.compile(r"^(?:\+\+\+ (?:after: )?(?:b/)?|--- before: )([^\t\n]+)", re.MULTILINE)
# What it edits in place has no name, but the host on which it did so, below.
_EDITED = re.compile(r"^--- before[ \t]*\r?\n\+\+\+ after[ \t]*\r?\n@@ ", re.MULTILINE)
# Of what is read by people or written by tools.
_SETS_NOTHING = re.compile(
    r"(?i)\.(?:md|markdown|rst|adoc|html?|css|scss|less|svg|[ct]sv|lock|sum|snap|map|log|ipynb)$"
)
# What marks diffs of other dialects, of which a few others have some, too.
_MAY_BE_OF_DIALECT = re.compile(
    r"^(?:\d{1,7}(?:,\d{1,7})?[acd]\d{1,7}(?:,\d{1,7})?\r?$|\*{15}|@@ -\d)"
    r"|[ \t][|<>][ ]?(?:\t|$)|<td\b|\bdiff (?:-\S+ ){0,6}(?:-\w{0,6}y|--side-by-side)",
    re.MULTILINE,
)
NO_FILE = "/dev/null"  # beside what is made, or taken away


def names_configuration(text: str) -> bool:
    """Whether a text holds a diff of a file that sets something, by settings or by lines."""
    if HELM_OBJECT.search(text) or _EDITED.search(text):
        return True
    if other := other_dialect(text):
        return names_configuration("\n".join(line.text for line in other))
    if not holds_diff(text):
        return False
    names = _PATCHED.findall(text)
    return any(is_settings_file(name) or sets_by_lines(name) for name in names)


def other_dialect(text: str) -> list[UnifiedLine] | None:
    """The diff in a text that is none in the unified form, in that form."""
    if not _MAY_BE_OF_DIALECT.search(text):
        return None
    from core.evidence.configuration.diff_dialects import unified  # noqa: PLC0415 - few files

    return unified(text)


def sets_by_lines(name: str) -> bool:
    """Whether a file of this name, with folders, has no settings, and is no code and no prose."""
    path = name.strip().removesuffix(WRITTEN)
    if path == NO_FILE or is_settings_file(path) or language_of(path):
        return False
    return _SETS_NOTHING.search(base_name(path)) is None
