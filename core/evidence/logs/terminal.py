"""What a terminal showed: commands behind a prompt, and what each printed until the next one.

What a command printed tells whether it did what it was asked for, and when, where nothing above
does: `Error from server (Forbidden)`, `Edit cancelled`, `"createdAt": "2026-03-04T10:15:00Z"`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.evidence.logs.date_stamps import find_moment

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    import polars as pl

_LOOK_AT = 400  # characters of a line
_MOST_PRINTED = 200  # lines
_MOST_REFUSED = 8  # lines in which a command says that it did nothing
_MOST_DATED = 60  # lines of it in which it says when
_PROMPT = re.compile(
    r"(?:\x1b\[[\d;]{0,8}[mK]|\r)*(?:\[[^\]\n]{4,40}\] ?|\([\w.-]{1,30}\) ?)?(?:"
    r"[\w.+-]{1,40}@[\w.-]{1,60}(?:[: ]\S{0,80})? ?[$#%>]"  # dana@edge-1:/etc/nginx$
    r"|\[[\w .@~:/-]{3,80}\] ?[$#]"  # [root@db-1 ~]#
    r"|(?:[a-z]{0,2}sh)-\d[\d.]{0,6}[$#]"  # bash-5.2#
    r"|(?:\d{1,3}(?:\.\d{1,3}){3}|\w[\w.-]{0,40}):\d{2,5}(?:\[\d{1,3}\])?>"  # 127.0.0.1:6379>
    r"|(?:mysql|MariaDB \[[^\]\n]{0,60}\])>|PS [A-Z]:[^>\n]{0,100}>"
    r"|\w[\w-]{0,40}=[*!]?[#>](?= (?:\\|(?i:alter|analy[sz]e|begin|call|commit|create|delete|drop"
    r"|explain|grant|insert|reindex|revoke|rollback|select|set|show|truncate|update|vacuum)\b))"
    r"|\$) {1,2}(?P<command>[^\s#>].*)"
)
_WAITS = re.compile(r"[\w.+-]{1,40}@[\w.-]{1,60}(?:[: ]\S{0,80})? ?[$#%>]\s*$")
_TRACED = re.compile(r"\+{1,3} (?P<command>[a-z./][\w./-]{1,80}(?: .*)?)$")  # by `set -x`
_ONLY_TRIED = re.compile(
    r"(?<!\S)(?:--dry-run(?!=none)|--check|--plan|--noop|--what-?if|-WhatIf|--simulate|--just-print"
    r"|--diff-only)(?![\w-])"
    r"|\b(?:sqlmigrate|pulumi preview"
    r"|(?:terraform|tofu|terragrunt(?: run-all)?) (?:-\S{1,80} ){0,4}(?:plan|validate|show)"
    r"|(?:helm|kubectl) (?:-\S{1,60} (?:[\w./]{1,60} )??){0,4}(?:diff|template|lint|explain)"
    r"|(?:nginx|haproxy|apachectl|caddy|nft|sshd|visudo|squid|rsyslogd|iptables-restore)"
    r" (?:\S{1,80} ){0,3}(?:-t|-c|-N1|--test|configtest|validate)"
    r"|promtool check|named-checkconf)(?!\S)"
)
_COMPARED = re.compile(r"\b(?:helm|kubectl|oc) (?:-\S{1,60} (?:[\w./]{1,60} )??){0,4}diff(?!\S)")
_ACTS = re.compile(r"\b(?:restart|stop|start|kill)\b")
_FAILED = re.compile(
    r"(?i)^\W{0,6}(?:error(?:\s\w|[: ()])|fatal[: ]|err\b|usage:|ERROR \d"
    r"|unknown (?:command|option))"
    r"|\b(?:edit cancelled|no changes made|command not found|no such file or directory"
    r"|permission denied|is not in the sudoers|access denied|aborted|interrupted|nothing to do"
    r"|no changes(?: were)? (?:made|to apply|needed|detected)|already up[- ]to[- ]date"
    r"|not? authori[sz]ed|forbidden|a password is required)\b"
    r"|^\{\"errors?\":|^job for \S+ failed|\(no changes?\)|\(server dry run\)|\(dry run\)"
)
_SAID_OF = re.compile(r"^[\s\"'{,]*(?:last )?(?=deployed|updated|started)?", re.IGNORECASE)
_STILL_DONE = re.compile(r"(?i)\bupgrade failed\b|\btimed out waiting\b|\bdeadline exceeded\b")


@dataclass(frozen=True)
class ShownCommand:
    """A command that a terminal shows, and the lines that it printed.

    row: of the command. is_asked: whether a line was looked at because of the command, not of what
    it printed.
    """

    row: int
    text: str
    printed: Sequence[str]
    is_asked: bool

    @property
    def changed_nothing(self) -> bool:
        """Whether it only tried, or looked at, what it would do, or says that it failed.

        What many lines tell of was done up to where it failed.
        """
        if is_only_tried(self.text):
            return True
        outcome = [line[:_LOOK_AT] for line in self.printed if line.strip()]
        if not self.is_asked or len(outcome) > _MOST_REFUSED:
            return False
        if not any(map(_FAILED.search, outcome)) or any(map(_STILL_DONE.search, outcome)):
            return False
        # What does not start again is down: that changed something.
        return not (outcome[0].startswith("Job for") and _ACTS.search(self.text))

    @property
    def moment(self) -> datetime | None:
        """When it ran, by the first time that it printed itself, UTC."""
        return _first_moment(self.printed[:_MOST_DATED])

    def moment_above(self, row: int) -> datetime | None:
        """The last time, UTC, that it printed above a line of it."""
        return _first_moment(reversed(self.printed[: max(0, row - self.row - 1)]))


def shown_command(lines: pl.Series | Sequence[str], row: int) -> ShownCommand | None:
    """The command in this line, or the one that printed it; None where no prompt is near."""
    first = max(0, row - _MOST_PRINTED)
    near = list(lines[first : row + _MOST_PRINTED])
    here = row - first
    place = next((place for place in range(here, -1, -1) if _command(near[place])), None)
    if place is None:
        return None
    behind = range(here + 1, len(near))
    end = next((below for below in behind if _ends(near[below])), len(near))
    text = _command(near[place]) or ""
    return ShownCommand(first + place, text, near[place + 1 : end], is_asked=place == here)


def is_only_tried(command: str) -> bool:
    """Whether a command says of itself that it only tries what it would do."""
    return _ONLY_TRIED.search(command) is not None


def is_comparison(command: ShownCommand | None) -> bool:
    """Whether a command shows how what is asked for differs from what runs."""
    return command is not None and _COMPARED.search(command.text) is not None


def was_done(command: ShownCommand | None) -> bool:
    """Whether what a command shows came about; what no terminal shows did."""
    return command is None or not command.changed_nothing


def _first_moment(lines: Iterable[str]) -> datetime | None:
    texts = (_SAID_OF.sub("", line[:_LOOK_AT]) for line in lines)
    return next(filter(None, map(find_moment, texts)), None)


def _command(line: str) -> str | None:
    """The command behind a prompt; None where the line begins with none."""
    text = line[:_LOOK_AT]
    shown = _PROMPT.match(text) or _TRACED.match(text)
    return shown["command"].strip() if shown else None


def _ends(line: str) -> bool:
    return _command(line) is not None or _WAITS.match(line[:_LOOK_AT]) is not None


def is_prompt(line: str) -> bool:
    """Whether a line is a prompt with a command behind it."""
    return _PROMPT.match(line[:_LOOK_AT]) is not None
