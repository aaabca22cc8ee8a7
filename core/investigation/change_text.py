"""What the record of a change says of the change, without what it says of itself.

A record tells when, by whom, under which number and by which program something was changed, in
the words of a log, a table, a chat or the audit of a platform.
"""

from __future__ import annotations

import re
from itertools import chain
from typing import TYPE_CHECKING

from core.text.redacted import RedactedText
from core.text.sentences import sentences

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

say = sentences("investigation.change_text")

# What the record of a change says of itself, not of the change.
_ABOUT_RECORD = {"time", "ts", "timestamp", "at", "date", "ref", "id", "ticket", "key", "who", "by"}
_ABOUT_RECORD |= {"author", "user", "actor", "bot", "node", "host"}
_RECORDED = re.compile(
    r"\[?\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d)?(?:[.,]\d{1,9})?"
    r"(?:Z| [A-Z]{3,4}\b| ?[+-]\d\d:?\d\d)?\]?"
    r"(?: (?:\[\d{1,9}\] )?(?:\S{1,80} )?(?:\[local\] )?LOG: {1,2}statement:)?"
    r"(?: [\w.-]{1,80} [\w./-]{1,60}\[\d{1,9}\]:(?: \(\S{1,40}\) CMD| .{1,300}? ; COMMAND=)?)?"
    r"(?: p=\d{1,9} u=\S{1,40} n=ansible [A-Z]{0,8}\|)?"
    r"|^[A-Z][a-z]{2} {1,2}\d{1,2} \d\d:\d\d:\d\d(?: \S{1,80}"
    r"(?: \w{1,20}\[\d{1,9}\]: \(\S{1,40}\) CMD| sudo(?:\[\d{1,9}\])?: .{1,300}? ; COMMAND="
    r"| [\w./-]{1,60}\[\d{1,9}\]:)?)?"
    r"|\b\d{1,2}[./-]\d{1,2}[./-]20\d\d[;, T]{1,3}\d\d:\d\d(?::\d\d)?"
    r"|(?<![\w(-])[A-Z]{2,8}-\d{1,7}(?![\w-])|(?<![\w.])(?:by|author|user|status)=[^\s:,]{1,40}"
    r"|[|,;]\s?[a-z][a-z.\d]{1,30}\s?\|?$"
)
# What a database was told to do, as PostgreSQL, an audit and a general log record it.
_STATEMENT = re.compile(
    r"(?i)(?:\bLOG: {1,2}statement: (?:/\*.{0,200}?\*/ )?|,QUERY,[\w.-]{0,64},'|\bQuery\t)(\w[^']*)"
)
_CRON = re.compile(r"^\((.{1,400}?)(?:\s\d?>.{0,200})?\)$")  # its output goes to a log
_EDGES = ' |,;:"\t'
_NEARLY_FULL = 0.75
_KIND = 20  # letters of the name of a kind of change
_KINDS = frozenset({"what", "type", "kind", "event", "action", "category"})
# Of the audit of a platform: what was done, to which thing, and which values tell of it.
_DEEDS = ("operation", "methodname", "eventname", "operationname", "verb", "method")
_THINGS = (
    "endpoint",
    "resourcename",
    "featurename",
    "resource",
    "requesturi",
    "path",
    "key",
    "name",
)
_VALUES = frozenset({"from", "to", "old", "new", "value", "before", "after"})
_TABLE = re.compile(r"^\||^[^\s,]{8,40},[^\s,]{1,40},|\d,[A-Za-z]")
_CELL = re.compile(r'"[^"]*"|[^,|]+')
_TARGET = r"\b(?:target|service|component|app)="
_MESSAGES = ("msg", "message")
_MESSAGE = re.compile(rf"(?<![\w.-])(?:{'|'.join(_MESSAGES)})=")
_PAIR = re.compile(r'(?<![\w.-])([A-Za-z_][\w.-]{0,40})=("(?:[^"\\]|\\.)*"|[^\s"]\S*)')
_ABOUT_LINE = _ABOUT_RECORD | {"level", "lvl", "severity", "logger", "caller", "pid", "thread"}
_OF_WHAT = {"app", "service", "component"}
_ABOUT_LINE |= {*_OF_WHAT, "request_id", "trace_id", "span_id"}
_OF_RECORD = re.compile(r"[a-z](?:At|By)$|_(?:at|by)$")  # `updatedAt`, `created_by`
_FLAGS = {"flag", "flagkey", "flagname", "featurename", "feature", "toggle", "key", "setting"}
_FLAGS |= {"parameter", "param", "option", "variable", "property", "field", "attribute"}
_OLD, _NEW = r"from|old|before|previous|was", r"to|new|after|now"
_PLAIN = (  # also alone in an object: `{"enabled": true}`
    r'(?:\{\s{0,4}"\w{1,40}"\s{0,4}:\s{0,4})?(?:'
    r'"((?:[^"\\]|\\.){0,160})"|(true|false|null|-?\d{1,15}(?:\.\d{1,9})?)(?![\w.]))'
)
_OLD_VALUE = re.compile(rf'"(?:{_OLD})"\s{{0,4}}:\s{{0,4}}(?:{_PLAIN})')
_NEW_VALUE = re.compile(rf'"(?:{_NEW})"\s{{0,4}}:\s{{0,4}}(?:{_PLAIN})')
_VERSION = re.compile(r"v?\d{1,6}(?:\.\d{1,6}){1,2}\b")
_INNER = re.compile(r"\{[^{}]{1,600}\}")
_ENABLED = re.compile(r'"enabled"\s{0,4}:\s{0,4}(true|false)|[-_.](enabled|disabled)"')
_ASKED = re.compile(r'"requestObject"\s?:\s?\{"(?:spec|data)"\s?:\s?\{([^}]{1,160})\}')
_OBJECT = re.compile(r'"resource"\s?:\s?"(\w{1,60})"[^}]{0,200}"name"\s?:\s?"([\w.-]{1,120})"')
_RECORD_FIELD = re.compile(r'"([A-Za-z_.]{1,40})"\s{0,4}:\s{0,4}"((?:[^"\\]|\\.)*)"')
_RECORD_VALUE = re.compile(
    r'"(?:value|to|from|new|old|before|after|replicas|percent|enabled)"\s{0,4}:\s{0,4}'
    r"(true|false|-?\d{1,15}(?:\.\d{1,9})?)"
)
# Also where a container's runtime wrote its own time before it.
_RECORD = re.compile(r'^(?:\S{10,40} std(?:out|err) [FP] )?\{\s?"')


def changed_what(text: RedactedText, *, room: int, besides: str | None = None) -> RedactedText:
    """What was changed: without when, by whom and under which number it was recorded.

    The kind of change goes first: `config: pool 20 -> 5`. besides: the service, where it is named
    already.
    """
    line = text.line()
    if ran := _STATEMENT.search(line.text):
        spans = [ran.span(1)]
    elif _RECORD.match(line.text):
        if (by_values := _by_values(line)) is not None:
            return by_values.cut(room)
        spans = _fields(line.text)
    elif _MESSAGE.search(line.text):
        spans = _pairs(line.text)
    else:
        spans = list(_cells(line.text, besides or ""))
    trimmed = (_trimmed(line.text, *span) for span in spans)
    parts = [
        line.part(start, end)
        for start, end in trimmed
        if start < end and line.text[start:end] != besides
    ]
    if len(parts) > 1 and len(parts[0].text) <= _KIND:
        parts = [RedactedText.format("{kind}:", kind=parts[0]), *parts[1:]]
    whole, every = (RedactedText.join(" ", shown) for shown in (parts[:-1], parts))
    if len(every.text) > room >= len(whole.text) >= _NEARLY_FULL * room:
        return whole  # what would be left of the last part tells little
    return (every if parts else line).cut(room)


def _by_values(record: RedactedText) -> RedactedText | None:
    """`name: before → after` of a record that tells both, or whether something is on.

    Of several in one record, such as an export, the last; None for any other record.
    """
    inner = (record.part(*match.span()) for match in reversed([*_INNER.finditer(record.text)]))
    for of_one in (*inner, record):
        old, new = _OLD_VALUE.search(of_one.text), _NEW_VALUE.search(of_one.text)
        name = _name_of(of_one)
        if name and old and new:
            before, after = (of_one.part(*_value_span(match)) for match in (old, new))
            return RedactedText.format("{n}: {b} → {a}", n=name, b=before, a=after)
    name, is_on = _name_of(record), _ENABLED.search(record.text)
    if name and is_on:
        if (is_on[1] or is_on[2]) in {"true", "enabled"}:
            return say("turned_on", name=name)
        return say("turned_off", name=name)
    asked, target = _ASKED.search(record.text), _OBJECT.search(record.text)
    if asked and target:
        kind, named = (record.part(*target.span(group)) for group in (1, 2))
        values = record.part(*asked.span(1))
        return RedactedText.format("{kind}/{of}: {values}", kind=kind, of=named, values=values)
    return None


def _name_of(record: RedactedText) -> RedactedText | None:
    """What a record of a flag or a setting calls it; of a release, what was released."""
    fields = [match for match in _RECORD_FIELD.finditer(record.text) if match[2]]
    named = [match for match in fields if match[1].lower() in _FLAGS]
    values = [match[2] for match in fields if match[1].lower() in _VALUES]
    if not named and values and all(map(_VERSION.match, values)):
        named = [match for match in fields if match[1].lower() in _OF_WHAT]
    return record.part(*named[0].span(2)) if named else None


def _value_span(match: re.Match[str]) -> tuple[int, int]:
    return match.span(1) if match[1] is not None else match.span(2)


def _fields(record: str) -> list[tuple[int, int]]:
    """The values of a JSON record that tell of the change, its kind before the rest."""
    every = [match for match in _RECORD_FIELD.finditer(record) if match[2]]
    about = _ABOUT_LINE
    if {match[1].lower() for match in every}.isdisjoint(_MESSAGES):  # of a tool, not a service
        about = _ABOUT_LINE - _OF_WHAT
    fields = [
        match
        for match in every
        if match[1].lower() not in about and not _OF_RECORD.search(match[1])
        if (match[1], match[2]) != ("type", "message")
    ]
    fields.sort(key=lambda match: match[1].lower() not in _KINDS)
    values = [match.span(1) for match in _RECORD_VALUE.finditer(record)]
    deed, target = (_first_of(names, fields) for names in (_DEEDS, _THINGS))
    if deed and target:  # of an audit, which tells much besides
        fields = [deed, target, *(match for match in fields if match[1].lower() in _VALUES)]
    return [*(match.span(2) for match in fields), *values]


def _first_of(names: Sequence[str], fields: Iterable[re.Match[str]]) -> re.Match[str] | None:
    """The field that bears the first of the names, if one bears any."""
    by_name = {match[1].lower(): match for match in reversed([*fields])}
    return next((by_name[name] for name in names if name in by_name), None)


def _pairs(line: str) -> list[tuple[int, int]]:
    """Of a line of fields in a program's own log, its message before the fields that add to it."""
    pairs = [match for match in _PAIR.finditer(line) if match[1].lower() not in _ABOUT_LINE]
    messages = [match.span(2) for match in pairs if match[1] in _MESSAGES]
    return [*messages, *(match.span() for match in pairs if match[1] not in _MESSAGES)]


def _cells(record: str, besides: str) -> Iterator[tuple[int, int]]:
    """What lies between the parts that tell of the record; of a table, each cell for itself."""
    edges = [0, *chain.from_iterable(each.span() for each in _RECORDED.finditer(record))]
    edges.append(len(record))
    is_table = bool(_TABLE.search(record))
    for start, end in zip(edges[::2], edges[1::2], strict=True):
        if is_table:
            yield from (each.span() for each in _CELL.finditer(record, start, end))
        elif besides and (target := re.search(_TARGET + re.escape(besides), record[start:end])):
            yield start, start + target.start()
            yield start + target.end(), end
        else:
            yield start, end


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """The span without the edges of a cell and the commas between words."""
    inside = text[start:end]
    start += len(inside) - len(inside.lstrip(_EDGES))
    end = start + len(inside.strip(_EDGES))
    if ran := _CRON.match(text[start:end]):
        return start + ran.start(1), start + ran.end(1)
    return start, end
