"""Who holds the lock that a session of PostgreSQL waits for, as the server's log tells it.

The line that tells of the wait names the waiting process; the line below it, the one that holds the
lock. Who that is stands in the lines that it has of its own, if it has any.

Source: the manual of PostgreSQL 15, "Error Reporting and Logging" (log_lock_waits and
log_line_prefix).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import TYPE_CHECKING

import polars as pl

from core.text.sentences import sentences

if TYPE_CHECKING:
    from core.evidence.lines import Block
    from core.evidence.model import Finding
    from core.redaction.engine import Redactor

say = sentences("evidence.log_findings")

# As the sentence `held_by` ends.
HELD_BY = re.compile(r"; held by process (?P<holder>\d{1,9}(?: \([^()]{1,200}\))?)$")
WAITS = "waits_for_a_lock"
_HOLDING = "holding the lock: "
_PROCESS = r"holding the lock: (\d{1,9})"
_MOST_WAITS, _MOST_SESSIONS = 1_000, 10_000
_BELOW = 2  # lines below the wait in which its holder is named
# `[198] feeds@shop LOG:  `, `[603] postgres@shop psql dana@ops1 ERROR:  `, `[7] svc@shop/orders `.
_OF_SESSION = (
    r"\[(?<process>\d{1,9})\] (?<who>[\w.-]{1,63}@[\w.-]{1,63}(?:[/ ][^\s:]{1,120}){0,2})"
    r" [A-Z]{3,12}:  "
)


@dataclass
class LockHolders:
    """Sees the blocks of a log in order.

    waits: by the line that names a holder, its process. sessions: by process, who it is, the last
    that said something last.
    """

    waits: dict[int, str] = field(default_factory=dict)
    sessions: dict[str, str] = field(default_factory=dict)

    def watch(self, block: Block) -> None:
        """Read the lines of a block that name holders, and those that sessions wrote."""
        lines = block.lines
        for row in lines.str.contains(_HOLDING, literal=True).arg_true():
            process = lines.slice(row, 1).str.extract(_PROCESS, 1)[0]
            if process is not None and len(self.waits) < _MOST_WAITS:
                self.waits[block.number + row] = process
        of_server = lines.filter(lines.str.contains(":  ", literal=True))
        if len(of_server):
            of = pl.DataFrame(of_server.str.extract_groups(_OF_SESSION).struct.unnest())
            for process, who in of.drop_nulls().unique("process", keep="last").iter_rows():
                self.sessions.pop(process, None)
                self.sessions[process] = who
            for process in list(islice(self.sessions, max(0, len(self.sessions) - _MOST_SESSIONS))):
                del self.sessions[process]

    def named_in(self, finding: Finding, redactor: Redactor) -> Finding:
        """The finding; of a wait, with who holds the lock."""
        if WAITS not in finding.signals:
            return finding
        below = range(finding.locus.line_start + 1, finding.locus.line_start + 1 + _BELOW)
        process = next((self.waits[line] for line in below if line in self.waits), None)
        if process is None:
            return finding
        who = self.sessions.get(process, "").replace("/[unknown]", "")
        holder = redactor.clean(f"{process} ({who})" if who else process)
        return replace(finding, text=say("held_by", wait=finding.text, process=holder))
