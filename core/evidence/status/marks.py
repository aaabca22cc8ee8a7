"""What marks a text as the report of a tool: its first lines.

Every file is looked at by this, so that it loads no reader.
"""

from __future__ import annotations

import re
from enum import StrEnum

_HEAD = 64_000  # characters in which the summary of a test stands
_BEGINNING = 2_000  # characters in which another report begins, below the command that wrote it
_STARTED = re.compile(
    r"^(?:Startup finished in |Bootup is not yet finished)"
    r"|^The time when unit became active or started is printed after the \"@\"",
    re.MULTILINE,
)
SPAN = r"(?:\d[\d.]*(?:y|month|w|d|h|min|s|ms|us)(?= |$| *\))(?: (?=\d))?){1,6}"
UNIT = (
    r"\S{1,200}\.(?:service|socket|device|mount|automount|swap|target|path|timer|slice|scope)"
    r"(?=\s|$)"
)
_BLAME_LINE = re.compile(rf"^ *{SPAN} {UNIT}$")
_MONIT = re.compile(r"^(?:The )?Monit (?:daemon )?\d[\w.]{0,20} uptime: \S", re.MULTILINE)
_METRIC_LINE = re.compile(
    r"^ *(?:[✓✗] )?(?:http_req_duration|iteration_duration|iterations|data_received|vus)\.{3,}: ",
    re.MULTILINE,
)
_LOG_LINE = re.compile(
    r"^(?:time=\"|(?:INFO|WARN|ERRO|DEBU)\[\d{4}\]|\d{4}-\d\d-\d\d[T ]\d\d:)", re.MULTILINE
)
_JSON_METRICS = re.compile(r"\"(?:http_req_duration|iteration_duration|iterations)\" *: *\{")
_LOOKED_AT = 50  # lines
_LEAST_BLAMED = 3
_BLAMED_SHARE = 0.9


class StatusReport(StrEnum):
    """The reports that are read."""

    START_UP = "systemd-analyze"
    MONIT = "monit"
    LOAD_TEST = "k6"
    LOAD_TEST_JSON = "k6, as JSON"

    @property
    def tool(self) -> str:
        """The program that writes it."""
        return self.value.partition(",")[0]


def status_report(text: str) -> StatusReport | None:
    """Which report a text is; None for anything else, also for a log with one in it."""
    head = text[:_HEAD]
    if head.lstrip().startswith("{"):
        is_summary = '"root_group"' in head and '"metrics"' in head and _JSON_METRICS.search(head)
        return StatusReport.LOAD_TEST_JSON if is_summary else None
    if _MONIT.search(head[:_BEGINNING]):
        return StatusReport.MONIT
    if _STARTED.search(head[:_BEGINNING]) or _is_blame(head):
        return StatusReport.START_UP
    is_test = len(_METRIC_LINE.findall(head)) > 1 + len(_LOG_LINE.findall(head))
    return StatusReport.LOAD_TEST if is_test else None


def _is_blame(head: str) -> bool:
    lines = [line for line in head.split("\n") if line.strip()][:_LOOKED_AT]
    blamed = sum(bool(_BLAME_LINE.match(line.rstrip())) for line in lines)
    return blamed >= _LEAST_BLAMED and blamed >= _BLAMED_SHARE * len(lines)
