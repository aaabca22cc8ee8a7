"""Learns the layout of a log's lines: their time, level, service and message."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import polars as pl

from core.evidence.logs.access_lines import find_status, is_in_most
from core.evidence.logs.field_values import RISING, are_rising
from core.evidence.logs.fields import (
    find_fields,
    pattern_within,
    read_words,
    unescape,
    unescape_all,
)
from core.evidence.logs.header import learn_header
from core.evidence.logs.levels import KEYED, STATED, STATED_FIRST, WORDS
from core.evidence.logs.log_tables import find_columns
from core.evidence.logs.masks import Headers, extract, fill_missing, first_non_null, nulls
from core.evidence.logs.service_column import ServiceColumn, learn_service
from core.evidence.logs.slow_queries import find_slow_queries, statements
from core.evidence.logs.timestamps import TimeFormat, find_format

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from core.evidence.logs.fields import FieldPatterns
    from core.evidence.logs.header import Header

_MOST = 0.8
_LOOK_AT = 250
_EARLY = 60  # characters of a line of fields, within which it may tell its time by no name
# Lines of a stack trace that were given a time of their own: by a container's runtime, by syslog.
_GAP = r"(?:\\t|\s)"  # in JSON a tab stands escaped
_TRACED = rf"^(?:{_GAP}+at |{_GAP}*\.\.\. [0-9]+ more|Caused by: |{_GAP}+File \\?\")"
_OBJECT = r'^\s*\{\s*"'
_INDENTED = r"^(?:[\s}\])]|at |Caused by: |\.\.\. [0-9]+ more|$)"
# Where levels stand at the start of lines: what has none and tells of an error goes on.
_TOLD = (
    r"^(?:Traceback \(most recent|During handling of the above|The above exception was"
    r"|[\w.$]{0,200}(?:Error|Exception|Exit|Interrupt)(?::|$))"
)
_SOME, _FEW = 0.2, 0.05
_LEADING = re.compile(rf"[\[(<]?(?:{WORDS})(?:[\])>:,| ]|$)")
_SECOND = rf"^(?:{WORDS}): "  # java.util.logging says what happened on a line of its own
_OF_PRIORITY = 8  # RFC 5424: a priority is facility * 8 + severity
_LEAST_OF_PROGRAM = 3  # lines of a sample
_OF_MACHINES = re.compile(
    r"(?i)kernel|kern|init|systemd.{0,40}|sshd.{0,20}|cron[d]?|anacron|atd|sudo|su|login|agetty|dhc\w{1,20}"
    r"|dbus.{0,20}|rsyslogd|syslog.{0,10}|journald|audit[d]?|chronyd|ntpd.{0,5}|snapd|networkmanager|udevd"
    r"|polkit.{0,10}|udisksd|smartd|irqbalance|containerd|dockerd|kubelet|postfix.{0,20}|useradd|groupadd"
    r"|passwd|root|mandb|apt.{0,20}|logger|logrotate|[0-9].*|.{0,80}/.{0,80}"
)


@dataclass(frozen=True)
class Layout:
    """Patterns with one group for what is taken out of each line; empty ones take nothing.

    `through_time` takes nothing: it matches a line's start up to where its time has ended.
    `head` is cut off the front of a line, or `message` (with `error` after it) taken out of it.
    `status` finds an HTTP status where that says more than a level, `inner` where the message is
    itself a line with a header (container runtimes and syslog do that), `escaped` where it stands
    in JSON, `leveled` where lines without a time begin with a level, `paired` where the header is a
    line of its own, `rising` where levels are numbers that rise with what is wrong. `programs` are
    those of a host's log that are services. `unsaid` is the level of lines that leave it out,
    `of_queries` where statements stand below heads, some of which tell the time.
    """

    format: TimeFormat | None = None
    time: str = ""
    through_time: str = ""
    level: str = ""
    priority: str = ""
    service: str = ""
    program: str = ""
    programs: tuple[str, ...] = ()
    host: str = ""
    head: str = ""
    message: str = ""
    error: str = ""
    status: str = ""
    escaped: bool = False
    leveled: bool = False
    paired: bool = False
    rising: bool = False
    unsaid: str = ""
    of_queries: bool = False
    inner: Layout | None = None

    @property
    def tells_clock_alone(self) -> bool:
        """Whether its lines tell hours, minutes and seconds, and no date."""
        return self.format is not None and self.format.is_clock_alone

    def read(self, lines: pl.Series, *, reference: datetime) -> pl.DataFrame:
        """Columns time, level (as spelled), service, host, program, message and start.

        start: is it the first line of a record?
        """
        time, messages = self._times(lines, reference), self._messages(lines)
        headers = self._headers(lines, messages)
        level = self._levels(headers, messages)
        if self.rising:
            level = level.replace(RISING)
        start = self._starts(lines, time)
        if self.of_queries:
            time = time.forward_fill()
        if self.escaped:  # an object is a record, whether it tells the time or not
            start |= lines.str.contains(_OBJECT)
        if self.paired:
            messages, level = _of_next(lines, messages, level, start)
        program, service = headers.taken(self.program), headers.taken(self.service)
        if self.programs:
            service = nulls(lines).zip_with(program.is_in(self.programs).not_(), program)
        read = pl.DataFrame(
            {
                "time": time,
                "level": level,
                "service": service,
                "host": headers.taken(self.host),
                "program": program,
                "message": messages,
                "start": start & ~messages.str.contains(_TRACED),
            }
        )
        if self.inner is None:
            return read
        return _within(read, self.inner.read(messages, reference=reference))

    def _starts(self, lines: pl.Series, time: pl.Series) -> pl.Series:
        if self.of_queries:
            return statements(lines)
        if self.format is not None:
            return time.is_not_null()
        start = ~lines.str.contains(_INDENTED)
        return start & ~lines.str.contains(_TOLD) if self.leveled else start

    def message_text(self, line: str) -> str:
        """Return the message of a line in words."""
        if self.message:
            text = read_words(line) or line
        else:
            text = re.sub(self.head, "", line, count=1) if self.inner else line
        return self.inner.message_text(text) if self.inner else text

    def _headers(self, lines: pl.Series, messages: pl.Series) -> Headers:
        asked = (self.level, self.service, self.host, self.program)
        useful = any(text.startswith(self.through_time) for text in asked if text)
        return Headers.of(lines, messages, through=self.through_time if useful else "")

    def _levels(self, headers: Headers, messages: pl.Series) -> pl.Series:
        """Read the level stated for a line, then in its words; syslog's priority counts least."""
        lines, level = headers.lines, headers.taken(self.level)
        if self.inner is not None:
            return first_non_null(level, self._severity(lines))
        if self.unsaid:
            return level.fill_null(self.unsaid)
        if level.null_count():
            level = first_non_null(self._by_words(level, messages), self._severity(lines))
        return first_non_null(extract(lines, self.status), level) if self.status else level

    def _by_words(self, level: pl.Series, messages: pl.Series) -> pl.Series:
        """With what messages say themselves, looked for only in those that lack a level."""
        if self.level == STATED and not self.message:  # all but the start has been looked at
            return fill_missing(level, messages, STATED_FIRST)
        return fill_missing(level, messages, STATED)

    def _severity(self, lines: pl.Series) -> pl.Series:
        if not self.priority:
            return nulls(lines)
        priority = extract(lines, self.priority).cast(pl.Int64, strict=False)
        return (priority % _OF_PRIORITY).cast(pl.String)

    def _times(self, lines: pl.Series, reference: datetime) -> pl.Series:
        if self.format is None:
            return nulls(lines).cast(pl.Datetime("us"))
        return self.format.parse(extract(lines, self.time), reference=reference)

    def _messages(self, lines: pl.Series) -> pl.Series:
        if self.message:
            messages = extract(lines, self.message)
            if self.error:
                messages = messages + (" " + extract(lines, self.error)).fill_null("")
            if self.escaped:
                messages = unescape_all(messages)
            return messages.zip_with(messages.is_not_null(), lines)
        return lines.str.replace(self.head, "") if self.head else lines


def _within(outer: pl.DataFrame, inner: pl.DataFrame) -> pl.DataFrame:
    """The two readings of a line that holds another one; who wrote it knows more than who kept it.

    Except when: the times of those who keep lines are complete, and of one clock.
    """
    return outer.select(
        first_non_null(outer["time"], inner["time"]).alias("time"),
        first_non_null(inner["level"], outer["level"]).alias("level"),
        first_non_null(inner["service"], outer["service"]).alias("service"),
        first_non_null(outer["host"], inner["host"]).alias("host"),
        first_non_null(outer["program"], inner["program"]).alias("program"),
        inner["message"],
        outer["start"] & inner["start"],
    )


def _of_next(
    lines: pl.Series, messages: pl.Series, level: pl.Series, start: pl.Series
) -> tuple[pl.Series, pl.Series]:
    """Messages and levels, those of a second line told with its first one."""
    second = lines.str.contains(_SECOND) & ~start & start.shift(1, fill_value=False)
    header = second.shift(-1, fill_value=False)
    following = lines.str.replace(_SECOND, "").shift(-1)
    return (
        following.zip_with(header, messages),
        level.shift(-1).zip_with(header, nulls(lines).zip_with(second, level)),
    )


def learn_layout(sample: Sequence[str], *, owner: str | None = None) -> Layout:
    """The layout that most of the sampled lines share. owner: the service that the file names."""
    lines = [line for line in sample if line.strip()]
    if not lines:
        return Layout()
    if slow := find_slow_queries(lines):
        return Layout(format=slow.format, time=slow.time, level=STATED, of_queries=True)
    return _by_fields(lines, owner) or _by_header(lines, owner)


def _by_fields(lines: Sequence[str], owner: str | None = None) -> Layout | None:
    fields = find_fields(lines) or find_columns(lines)
    if fields is None:
        return None
    time_format, time = _time_of(fields, lines)
    layout = Layout(
        format=time_format,
        time=time,
        level=fields.level or STATED,
        status="" if fields.level else find_status(lines),
        service=fields.service,
        program=fields.program,
        host=fields.host,
        message=fields.message,
        error=fields.error,
        escaped=lines[0].lstrip().startswith("{"),
        rising=bool(fields.level) and are_rising(_found(fields.level, lines)),
        unsaid=fields.unsaid,
    )
    if fields.level and not fields.keeps:
        return layout
    messages = _found(fields.message, lines)
    inner = _inner([unescape(text) for text in messages] if layout.escaped else messages, owner)
    if inner is None:
        return layout
    return replace(layout, level=fields.level, inner=inner, status=inner.status)


def _time_of(fields: FieldPatterns, lines: Sequence[str]) -> tuple[TimeFormat | None, str]:
    """In its field; else at the start of lines, before the first field or within it."""
    if fields.time:
        time_format = find_format(_found(fields.time, lines))
        return time_format, pattern_within(fields.time, time_format.pattern) if time_format else ""
    time_format = find_format([line[:_EARLY] for line in lines])
    if time_format is None:
        return None, ""
    time = f"^[^{{]{{0,{_EARLY}}}?({time_format.pattern})"
    return (time_format, time) if is_in_most(time, lines) else (None, "")


def _found(pattern: str, lines: Sequence[str]) -> list[str]:
    return [match[1] for line in lines if (match := re.search(pattern, line))]


def _by_header(lines: Sequence[str], owner: str | None) -> Layout:
    time_format = find_format(lines)
    leveled = [line for line in lines if _LEADING.match(line)] if time_format is None else []
    is_leveled = len(leveled) > _SOME * len(lines)
    header = learn_header(leveled if is_leveled else lines, time_format)
    column = _service_column(lines, header, owner)
    head = _through_column(lines, header.head, column)
    layout = Layout(
        format=time_format,
        time=header.time,
        through_time=header.through_time,
        level=header.level or _keyed(lines) or STATED,
        priority=header.priority,
        service=column.pattern if column else header.service,
        program=header.program,
        programs=_services_of_host(lines, header),
        host=header.host,
        head=head,
        status="" if header.level else find_status(lines),
        leveled=is_leveled,
        paired=time_format is not None and _is_paired(lines, time_format),
    )
    if not header.head:
        return layout
    begins = re.compile(head)
    messages = [line[match.end() :] for line in lines if (match := begins.match(line))]
    inner = _inner(messages, owner) if header.wraps else _by_fields(messages, owner)
    if inner is None:
        return layout
    return replace(layout, level=header.level, inner=inner, status=inner.status)


def _service_column(
    lines: Sequence[str], header: Header, owner: str | None
) -> ServiceColumn | None:
    """Behind the level, else between time and level; syslog's program needs no other name."""
    if not header.through_level or header.program or header.service:
        return None
    places = [header.through_level]
    if header.through_time and header.through_time != header.through_level:
        places.append(header.through_time)
    return learn_service(lines, places, owner=owner)


def _services_of_host(lines: Sequence[str], header: Header) -> tuple[str, ...]:
    """The programs that are services, where a host's log holds the lines of several.

    What belongs to every machine is none, and a log of one program is its owner's anyway.
    """
    if not header.program or header.service:
        return ()
    counts = Counter(_found(header.program, lines))
    own = [
        name
        for name, count in counts.items()
        if count >= _LEAST_OF_PROGRAM and not _OF_MACHINES.fullmatch(name)
    ]
    return tuple(sorted(own)) if len(own) > 1 else ()


def _through_column(lines: Sequence[str], head: str, column: ServiceColumn | None) -> str:
    """The head with the column of services: what is behind it is the message."""
    if column is None:
        return head
    begins, named = re.compile(head), re.compile(column.pattern)
    ends = [(begins.match(line), named.match(line)) for line in lines]
    shorter = sum(header.end() < service.end() for header, service in ends if header and service)
    if shorter <= len(lines) / 2:
        return head
    return f"(?:{column.plain}|{head})"


def _keyed(lines: Sequence[str]) -> str:
    """The pattern of a level behind its name, where some lines have it: among others of compose."""
    keyed = sum(re.search(KEYED, line) is not None for line in lines)
    return KEYED if keyed > _FEW * len(lines) else ""


def _is_paired(lines: Sequence[str], time_format: TimeFormat) -> bool:
    second = [bool(re.match(_SECOND, line)) for line in lines]
    if not any(second):
        return False
    timed = [bool(re.search(time_format.pattern, line[:_LOOK_AT])) for line in lines]
    pairs = sum(
        begins and two and not other
        for begins, two, other in zip(timed, second[1:], timed[1:], strict=False)
    )
    return pairs > _MOST * sum(timed)


def _inner(messages: Sequence[str], owner: str | None) -> Layout | None:
    """The layout of lines within lines; None where these have none."""
    lines = [text for text in messages if text.strip()]
    if not lines:
        return None
    layout = _by_fields(lines, owner) or _by_header(lines, owner)
    return layout if layout.head or layout.message or layout.status else None
