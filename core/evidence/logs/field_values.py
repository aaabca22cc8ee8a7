"""Which fields of JSON lines hold time, level and message, where no known name says it.

Teams name fields in their own language: `horodatage`, `nivel`, `txt`. Their values tell: a time is
an ISO date or a count since 1970 near the years of computers, a level is one of few words or
numbers, a message has the most words.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

_NEARLY_ALL = 0.8  # of the records have the field, with such a value
_ISO = re.compile(r"20\d\d-[01]\d-[0-3]\d[T ][0-2]\d:[0-5]\d")
_CLOCK = re.compile(r"[0-2]\d:[0-5]\d:[0-5]\d(?:[.,]\d{1,9})?")
_EPOCH = re.compile(r"1[0-9]{9}(?:[0-9]{3}|[0-9]{6}|[0-9]{9}|\.[0-9]{1,9})?")
_MOMENT = re.compile(rf"{_ISO.pattern}.*|{_EPOCH.pattern}", re.DOTALL)
_LEAST_WORDS = 1.3  # of a message, on average
_NAMED_LEVEL = re.compile(r"(?i)lev|lvl|^l$|sev|^sv$|grav|niv|prio|stufe|ernst|urg")
_NAMED_MESSAGE = re.compile(
    r"(?i)^(?:m|txt|tx|msj)$|mess|mens|msg|text|bericht|meld|nachricht|event"
)
_WORD = re.compile(r"[^\W\d_]{2,}")
# As Microsoft's logging counts levels, and Python's: syslog counts the other way round, and what
# Python calls 20 is below the 30 of most loggers of Node.
_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "FATAL")
RISING = {
    **dict(zip("12345", _LEVELS, strict=True)),
    "0": "TRACE",
    **dict(zip(("10", "20", "30", "40", "50"), _LEVELS, strict=True)),
}
_OF_NO_NOTE, _WARNS = frozenset({"1", "2", "20"}), "30"
_FEW = 0.1  # of the records are warnings


def time_field(records: Sequence[Mapping[str, object]]) -> str | None:
    """The first field whose values are times of different records; a clock alone, if no other."""
    for form in (_MOMENT, _CLOCK):
        for name in _names(records):
            values = _values(name, records)
            times = sum(form.fullmatch(value) is not None for value in values)
            if times >= _NEARLY_ALL * len(records) and (len(set(values)) > 1 or len(records) == 1):
                return name
    return None


def level_field(records: Sequence[Mapping[str, object]], words: Collection[str]) -> str | None:
    """The field whose values are all names of levels, or numbers where its name is of a level."""
    for name in _names(records):
        values = {value.upper() for value in _values(name, records)}
        if not values:
            continue
        if values <= set(words) and all(len(value) > 1 for value in values):
            return name
        if _NAMED_LEVEL.search(name) and all(
            re.fullmatch(r"[0-7]|[1-6]0", each) for each in values
        ):
            return name
    return None


def message_field(records: Sequence[Mapping[str, object]]) -> str | None:
    """The field of text that a name hints at; else the one with the most words."""
    texts = {
        name: values
        for name in _names(records)
        if len(values := _texts(name, records)) >= _NEARLY_ALL * len(records)
    }
    named = [name for name in texts if _NAMED_MESSAGE.search(name)]
    counts = {name: _mean_words(values) for name, values in texts.items()}
    wordiest = max(named or texts, key=lambda name: counts[name], default=None)
    if wordiest is None or (not named and counts[wordiest] < _LEAST_WORDS):
        return None
    return wordiest


def are_rising(values: Sequence[str]) -> bool:
    """Whether numbers of levels rise with what is wrong: most records are of no note."""
    counted = Counter(values)
    if not counted or not counted.keys() <= RISING.keys() or len({*map(len, counted)}) > 1:
        return False
    usual, _ = counted.most_common(1)[0]
    return usual in _OF_NO_NOTE and counted[_WARNS] < _FEW * counted.total()


def _names(records: Sequence[Mapping[str, object]]) -> Iterable[str]:
    """Of fields of their own, not of objects within: in order, as the first records have them."""
    return dict.fromkeys(name for record in records for name in record if "." not in name)


def _values(name: str, records: Sequence[Mapping[str, object]]) -> list[str]:
    values = (record.get(name) for record in records)
    return [str(value) for value in values if isinstance(value, str | int | float)]


def _texts(name: str, records: Sequence[Mapping[str, object]]) -> list[str]:
    values = (record.get(name) for record in records)
    return [value for value in values if isinstance(value, str) and not _ISO.match(value)]


def _mean_words(texts: Sequence[str]) -> float:
    return sum(len(_WORD.findall(text)) for text in texts) / max(1, len(texts))
