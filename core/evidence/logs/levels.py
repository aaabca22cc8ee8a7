"""Which level does a line have, whatever its logger calls it?"""

from __future__ import annotations

import re
from http import HTTPStatus

import polars as pl

from core.evidence.model import Level

_NAMES = {
    Level.DEBUG: "TRACE DEBUG DBG FINE FINER FINEST VERBOSE DEBUG1 DEBUG2 DEBUG3 VRB TRC D V",
    Level.INFO: "INFO INFORMATION NOTICE LOG INF CONFIG STATEMENT DETAIL HINT SUCCESS I",
    Level.WARNING: "WARN WARNING WRN W",
    Level.ERROR: "ERROR ERR SEVERE FAIL FAILURE E",
    Level.FATAL: "FATAL CRITICAL CRIT EMERG EMERGENCY ALERT PANIC FTL F",
}
# Of programs that speak the language of their machine: PostgreSQL and Windows do.
_FOREIGN = {
    Level.INFO: "INFORMATIONEN HINWEIS INFORMATIONS INFORMACIÓN INFORMAÇÃO 情報 信息 정보",
    Level.WARNING: "WARNUNG AVERTISSEMENT ATTENTION ADVERTENCIA AVISO AVVISO 警告 경고 ВНИМАНИЕ",
    Level.ERROR: "FEHLER ERREUR ERRO ERRORE エラー 错误 錯誤 오류 ОШИБКА",
    Level.FATAL: "PANIK KRITISCH CRITIQUE CRÍTICO CRITICO 重大 严重",
}
LEVEL_OF = {
    name: level
    for table in (_NAMES, _FOREIGN)
    for level, names in table.items()
    for name in names.split()
}
SYSLOG = (
    *[Level.FATAL] * 3,
    Level.ERROR,
    Level.WARNING,
    *[Level.INFO] * 2,
    Level.DEBUG,
)
# Redis: debug, verbose, notice. Its fourth, "#", is for failures and greetings alike.
_MARKS = {".": Level.DEBUG, "-": Level.DEBUG, "*": Level.INFO}
PINO = dict(zip(range(10, 61, 10), (Level.DEBUG, *Level), strict=True))

WORDS = "|".join(sorted((name for name in LEVEL_OF if len(name) > 1), key=len, reverse=True))
CLEAR = (
    "TRACE|DEBUG|INFO|NOTICE|WARNING|WARN|ERROR|ERR|SEVERE|CRITICAL|FATAL|PANIC"
    "|WARNUNG|FEHLER|ERREUR"
)
# Where no header says it: a word in brackets or before a colon, or one in capitals.
_STATED = rf"((?i:{WORDS})[\])>:\"|]|(?:{CLEAR})\b)"
STATED = rf"(?:^|[\s\[(<=\"|]){_STATED}"
STATED_FIRST = f"^{_STATED}"
_FATAL = re.compile(r"(?i)\b(panic|fatal|out of memory|oom-kill|segfault|segmentation fault)\b")
_ERROR = re.compile(
    r"\b(?i:error|errors|exception|traceback|failed|failure|denied|refused|unreachable|killed|"
    r"timed out|cannot|can't|could not|couldn't|unable to|aborted|no space left)\b"
    r"|\w(?:Error|Exception)\b"
)
_FINE = re.compile(
    r"(?i)\b(0|no|without|zero) (errors?|failures?)\b|\b(errors?|failures?|failed)[=: ]+0\b"
)
_WARNING = re.compile(r"(?i)\b(warn(ing)?|deprecated|retry(ing)?|slow|timeout|dropped|exceeded)\b")
_BY_WORDS = ((_FATAL, Level.FATAL), (_ERROR, Level.ERROR), (_WARNING, Level.WARNING))
# For Rust's regex: word boundaries of ASCII, as those of Unicode are slow beyond it.
_FINE_ASCII = f"(?-u){_FINE.pattern}"
_BY_WORDS_ASCII = tuple((f"(?-u){pattern.pattern}", level.value) for pattern, level in _BY_WORDS)
_LOUD = "|".join(f"(?:{pattern})" for pattern, _ in _BY_WORDS_ASCII)


def read_level(text: str) -> Level | None:
    """The level that a level field spells; None for a word that is none."""
    word = text.strip(" []()<>:|\"'").upper()
    if word in LEVEL_OF:
        return LEVEL_OF[word]
    return _numbered(int(word)) if word.isdecimal() else _MARKS.get(word)


def guess_level(message: str) -> Level:
    """The level of a line that states none, by its words."""
    if _FINE.search(message):
        return Level.INFO
    for pattern, level in _BY_WORDS:
        if pattern.search(message):
            return level
    return Level.INFO


def guess_levels(messages: pl.Series) -> pl.Series:
    """The same for many lines at once; null where it is INFO."""
    loud = messages.str.contains(_LOUD).fill_null(value=False).arg_true()
    found = pl.Series([None], dtype=pl.String).new_from_index(0, len(messages))
    if not len(loud):
        return found
    message, level = pl.col("message").str, pl.lit(None, pl.String)
    for pattern, told in reversed(_BY_WORDS_ASCII):
        level = pl.when(message.contains(pattern)).then(pl.lit(told)).otherwise(level)
    level = pl.when(~message.contains(_FINE_ASCII)).then(level)
    said = messages.gather(loud).alias("message").to_frame().select(level.alias("level"))
    return found.scatter(loud, said["level"])


def of_status(status: int) -> Level:
    """The level of an HTTP status: what the server got wrong is an error."""
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return Level.ERROR
    return Level.WARNING if status in {408, 425, 429} else Level.INFO


def _numbered(number: int) -> Level | None:
    """Syslog's 0-7 count down in seriousness, pino's 10-60 count up."""
    return SYSLOG[number] if number < len(SYSLOG) else PINO.get(number)
