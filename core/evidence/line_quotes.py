"""What a line of evidence says, in one short line: without what a logger puts before it.

Of a record it is its message, of a stack trace what was raised, of a request where it went.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from core.text.redacted import RedactedText

if TYPE_CHECKING:
    from collections.abc import Iterator

QUOTED = 160  # characters
# What a structured line says, in this order; its other fields are for machines.
_MESSAGE_FIELDS = ("msg", "message", "event", "error", "err", "exception", "reason", "detail")
_FIELD = re.compile(  # also of a record within a record, whose quotes are escaped
    r'"([A-Za-z_.]{1,40})"\s{0,4}:\s{0,4}"((?:[^"\\]|\\.)*)"'
    r'|\\"([A-Za-z_.]{1,40})\\"\s{0,4}:\s{0,4}\\"((?:[^"\\]|\\[^"])*)\\"'
)
# `2026-03-02T09:00:01Z stdout F `, `{"log": "`, `Mar  2 09:00:01 host prog[7]: `.
_ENVELOPE = re.compile(
    r"\d{4}-\d\d-\d\dT[\d:.]{8,18}Z? (?:stdout|stderr) [FP] |\{\s?\"log\"\s?:\s?\"(?=\S)"
    r"|[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d [\w.-]{1,80} [\w./-]{1,60}(?:\[\d{1,8}\])?: "
    r"|\d{4}-\d\d-\d\dT[\d:.,]{8,18}(?:Z|[+-]\d\d:?\d\d) [\w.-]{1,80} [\w./-]{1,60}\[\d{1,8}\]: "
)
# `orders-1  | 2026-03-02T09:00:01Z `: what Docker Compose writes before a line of each container.
_OF_COMPOSE = re.compile(
    r"[\w.-]{1,60}-\d{1,3}\s{1,40}\| (?:\d{4}-\d\d-\d\dT[\d:.]{8,18}Z )?(?=\S)"
)
_IDS = re.compile(
    r"\s?\b(?:rid|req(?:uest)?_?id|trace(?:_?id)?|span(?:_?id)?|correlation_?id)=[\w-]{8,64}"
)
_HELP = re.compile(r"\s?\([^()]{0,60}\bhttps?://[^()\s]{1,200}\)$")
# What loggers put before a message: times, levels, threads, numbers of processes, loggers.
_HEADER_PIECE = re.compile(
    r"(?:\d{4}[-/]\d\d[-/]\d\d[T ])?\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?:Z| UTC|\s?[+-]\d\d:?\d\d)?\s+"
    r"|\[\d\d/[A-Z][a-z]{2}/\d{4}[: ][\d:]{8}(?: [+-]\d{4})?\]\s+"
    r"|[\[<|(]?(?i:trace|debug|info|notice|warn(?:ing)?|error|err|crit(?:ical)?|fatal|severe|log)[\]>|)]?:?\s+"
    r"|[EWIF]\s(?=\S)|\[[\w .:=/@#-]{1,80}\]:?\s+|\d{1,9}#\d{1,9}:\s+|\*\d{1,9}\s+"
    r"|[A-Za-z_]\w{0,40}(?:\.[A-Za-z_][\w$]{0,60}){2,8}\s*:?\s+"
    r"|\w{1,32}@\w{1,32}(?:[/ ][\w.\[\]-]{1,40})?\s+(?=[A-Z])"
    r"|[\w./-]{1,40}\[\d{1,8}\]:\s+|[|\u2013-]\s+"
    r"|(?:pid|tid|thread|level|lvl|severity|logger|svc|service|app|component|ver|ts|time)=\S{1,64}\s+"
)
_MOST_PIECES, _LEAST_LEFT = 12, 24
_ACCESS = re.compile(
    r"\[[^\]]{10,40}\] \"(?P<request>[A-Z]{3,8} \S{1,200})(?: HTTP/[\d.]+)?\" (?P<status>\d{3})\b"
)
_ENVELOPE_END = re.compile(r'(?:\\n)?",\s?"(?:stream|time|attrs)"\s?:.*$')
_LOGFMT_SAYS = re.compile(
    r"(?:^|\s)(?:msg|message|error|err|reason|detail)=(?:\"((?:[^\"\\]|\\.)+)\"|([^\s\"]\S*))"
)
_LOGFMT_MESSAGE = re.compile(r"(?:^|\s)(?:msg|message)=\"((?:[^\"\\]|\\.){4,})\"")
# ISO 8601 and what loggers make of it; in logfmt with its key.
_LEADING_TIME = re.compile(
    r"(?:(?:ts|time|timestamp)=)?[\[\x22]?\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?"
    r"(?:Z| UTC|\s?[+-]\d\d:?\d\d)?[\]\x22]?\s+(?=\S)"
)
_GENERIC = 60  # characters of a message that says little by itself: `request`, `upstream error`
_WORD, _SENTENCE = re.compile(r"(?<!\S)[^\W\d_]{2,40}(?!\w)"), 3  # words
_REQUEST_FIELD = re.compile(
    r"(?<![\w.-])\"?(?:(?P<method>(?:http_|request_)?method|verb)|(?P<path>(?:http_|request_|url_)?path"
    r"|uri|url|route|endpoint)|(?P<status>(?:http_|response_)?status(?:_?code)?))\"?\s?[:=]\s?"
    r"(?:\"(?P<quoted>[^\"\\]{1,120})\"|(?P<plain>[^\s\",}]{1,120}))"
)
_PYTHON_TRACE = "Traceback (most recent call last)"
_TRACE = re.compile(
    r"Traceback \(most recent call last\)"
    r"|\sat [\w.$/<>]{1,200}\([\w$. ]{1,80}(?::\d+)?\)|\sat .{1,200}:\d+:\d+\)"
)
_RAISED = re.compile(
    r"(?P<cause>Caused by: )?(?:(?<![\w$./])|(?<=\\n))(?P<error>(?:[A-Za-z_][\w$]{0,60}\.){0,12}"
    r"[A-Z][\w$]{0,80}(?:Error|Exception|Exit|Interrupt|Failure|Throwable)\b"
    r"(?:: .{0,300}?(?=\s+at \S+\(|\n|\\n|$))?)"
)
_LABELS = re.compile(r"([A-Za-z_:][\w:.]{0,99})\{[^}]{1,400}\}(?=: )")  # of a series
_SERIES_NAME = re.compile(r"[A-Za-z_][\w.:]{2,99}")
_TELLING_LABEL = re.compile(
    r"(?<=[{,\s])(?:code|status|state|reason|result|outcome|route|path|queue|backend|db)=\"[^\"]{1,40}\""
)
_MOVE = re.compile(r"^\S.{0,600}[})](?P<move>: \S{1,24}(?: [kMGT])?(?:/s)? → .{1,80})$")


def quote(text: RedactedText, *, room: int = QUOTED) -> RedactedText:
    """One line of at most `room` characters; of a JSON record, what it says.

    Of a stack trace it is what was raised, of a request where it went and how it was answered.
    """
    line = _strip_time(_strip_envelope(text.line()))
    if _MOVE.match(line.text):
        return line if len(line.text) <= room else _moved(line, room)
    if (message := _message(line)) is not None:
        line = message
    elif (raised := _raised(text)) is not None:
        return raised.line().cut(room)
    elif (answered := _answered(line)) is not None:
        line = answered
    line = _strip_time(line)
    if len(line.text) <= room:
        return line
    return _strip_help(_strip_ids(_strip_header(_strip_labels(line)))).cut_inside(room)


def shorten(text: RedactedText, *, room: int) -> RedactedText:
    """The line as it stands where there is room for it, else what it says."""
    line = text.line()
    return line if len(line.text) <= room else quote(text, room=room)


def _answered(line: RedactedText) -> RedactedText | None:
    """`POST /visits · 502` of a line of an access log; None for any other."""
    match = _ACCESS.search(line.text)
    if match is None:
        return None
    return RedactedText.join(" · ", [line.part(*match.span(each)) for each in match.groupdict()])


def _strip_header(line: RedactedText) -> RedactedText:
    """Without what a logger puts before its message, where enough of it is left."""
    start = 0
    for _ in range(_MOST_PIECES):
        piece = _HEADER_PIECE.match(line.text, start)
        if piece is None or len(line.text) - piece.end() < _LEAST_LEFT:
            break
        start = piece.end()
    return line.part(start, len(line.text))


def _strip_help(line: RedactedText) -> RedactedText:
    """Without the page that a library names at the end of what went wrong."""
    page = _HELP.search(line.text)
    return line.part(0, page.start()) if page else line


def _strip_ids(line: RedactedText) -> RedactedText:
    """Without the ids of one request, which tell nothing of the others."""
    ends = [0, *(end for match in _IDS.finditer(line.text) for end in match.span())]
    ends.append(len(line.text))
    kept = zip(ends[::2], ends[1::2], strict=True)
    return RedactedText.join("", [line.part(start, end) for start, end in kept])


def _moved(line: RedactedText, room: int) -> RedactedText:
    """Of a series with many labels what it moved by: its name is cut, its figures are not."""
    move = _MOVE.search(line.text)
    figures = line.part(*move.span("move")) if move else line
    left = room - len(figures.text)
    if left < _LEAST_LEFT:
        return figures.cut(room)
    names = _SERIES_NAME.finditer(line.text, 0, max(0, line.text.find("{")))
    spans = [match.span() for match in names]
    longest = max(spans, key=lambda span: span[1] - span[0], default=(0, 0))
    name = line.part(*longest)
    labels = [line.part(*match.span()) for match in _TELLING_LABEL.finditer(line.text)]
    inside = RedactedText.join(", ", labels) if labels else RedactedText.format("…")
    labelled = RedactedText.format("{name}{{{labels}}}", name=name, labels=inside)
    shown = labelled if len(labelled.text) <= left else name.cut(left)
    return RedactedText.join("", [shown, figures])


def _raised(text: RedactedText) -> RedactedText | None:
    """The line of a stack trace that names the error; None for what is no such trace.

    Python writes it last; Java writes it first, and what caused it below.
    """
    if not _TRACE.search(text.text):
        return None
    errors = list(_RAISED.finditer(text.text))
    if _PYTHON_TRACE in text.text:
        last_frame = text.text.rfind('File "')
        errors = [error for error in errors if error.start() > last_frame][-1:]
    else:
        causes = [error for error in errors if error["cause"]]
        errors = causes[-1:] or errors[:1]
    return text.part(errors[0].start("error"), errors[0].end()) if errors else None


def _strip_envelope(line: RedactedText) -> RedactedText:
    """Without what a container's runtime, a shipper or syslog put before a line."""
    of_compose = _OF_COMPOSE.match(line.text)
    start = of_compose.end() if of_compose else 0
    while (match := _ENVELOPE.match(line.text, start)) and match.end() < len(line.text):
        start = match.end()
    tail = _ENVELOPE_END.search(line.text, start) if start else None
    return line.part(start, tail.start() if tail else len(line.text)) if start else line


def _message(line: RedactedText) -> RedactedText | None:
    """What a record of JSON or logfmt says; None for any other line."""
    if line.text.startswith("{"):
        parts = list(dict.fromkeys(_message_fields(line))) or _most_worded(line)
    elif _LOGFMT_MESSAGE.search(line.text):
        values = (match.span(1 if match[1] else 2) for match in _LOGFMT_SAYS.finditer(line.text))
        parts = list(dict.fromkeys(line.part(*span) for span in values))
    else:
        return None
    parts = [_raised(part) or part for part in parts]
    if sum(len(part.text) for part in parts) <= _GENERIC:
        parts += _request(line) or _more_words(line, parts)
    return RedactedText.join(" · ", parts) if parts else None


def _more_words(line: RedactedText, parts: list[RedactedText]) -> list[RedactedText]:
    """The sentence of a record whose message is one word: `toggle`, and why."""
    is_word = all(" " not in part.text for part in parts)
    return _most_worded(line) if is_word and line.text.startswith("{") else []


def _most_worded(line: RedactedText) -> list[RedactedText]:
    """Of a record whose fields have other names, such as another language's: what is a sentence."""
    values = [match.span(2 if match[1] else 4) for match in _FIELD.finditer(line.text)]
    texts = [line.part(*span) for span in values]
    worded = max(texts, key=lambda text: len(_WORD.findall(text.text)), default=RedactedText.EMPTY)
    return [worded] if len(_WORD.findall(worded.text)) >= _SENTENCE else []


def _request(line: RedactedText) -> list[RedactedText]:
    """`GET /orders`, `503`: what a record of a request has in fields of their own."""
    fields = dict[str, RedactedText]()
    for match in _REQUEST_FIELD.finditer(line.text):
        name = next(kind for kind in ("method", "path", "status") if match[kind])
        group = next(group for group in ("quoted", "plain") if match[group])
        fields.setdefault(name, line.part(*match.span(group)))
    if "path" not in fields and "status" not in fields:
        return []
    target = [fields[name] for name in ("method", "path") if name in fields]
    parts = [RedactedText.join(" ", target)] if target else []
    return [*parts, *([fields["status"]] if "status" in fields else [])]


def _strip_time(line: RedactedText) -> RedactedText:
    """Without the time at its beginning, which is said beside it anyway."""
    dated = _LEADING_TIME.match(line.text)
    return line.part(dated.end(), len(line.text)) if dated else line


def _strip_labels(line: RedactedText) -> RedactedText:
    """`http_latency_seconds{…}: 0.01 → 0.03`: of a long line, the figures rather than labels."""
    labelled = _LABELS.match(line.text)
    if labelled is None:
        return line
    rest = line.part(labelled.end(), len(line.text))
    return RedactedText.join("{…}", [line.part(0, labelled.end(1)), rest])


def _message_fields(line: RedactedText) -> Iterator[RedactedText]:
    fields: dict[str, tuple[int, int]] = {}
    for match in _FIELD.finditer(line.text):
        name, place = (match[1], 2) if match[1] else (match[3], 4)
        if match[place]:
            fields.setdefault(name.lower(), match.span(place))
    for name in _MESSAGE_FIELDS:
        if name in fields:
            yield line.part(*fields[name])
