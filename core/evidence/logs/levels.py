"""Reads the level of a line: as it is spelled, else as its words suggest."""

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
    Level.WARNING: "WARNUNG WAARSCHUWING UYARI VARNING AVERTISSEMENT ATTENTION ADVERTENCIA AVISO"
    " AVVISO 警告 경고 ВНИМАНИЕ",
    Level.ERROR: "FEHLER FOUT FEIL BŁĄD CHYBA HATA ERREUR ERRO ERRORE エラー 错误 錯誤 오류 ОШИБКА",
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

_UNNAMED = "Level [0-9]{1,2}"  # as Python's logging spells those between its own
_BETWEEN = re.compile(r"(?<=[A-Z])[+-][0-9]{1,2}$")  # as Go's slog does: `ERROR+4`
_NAMED = sorted((name for name in LEVEL_OF if len(name) > 1), key=len, reverse=True)
WORDS = "|".join([*_NAMED, _UNNAMED])
CLEAR = (
    "TRACE|DEBUG|INFO|NOTICE|WARNING|WARN|ERROR|ERR|SEVERE|CRITICAL|FATAL|PANIC"
    "|WARNUNG|FEHLER|ERREUR"
)
# Where no header says it: a word in brackets or before a colon, or one in capitals.
_STATED = rf"((?i:{WORDS})[\])>:\"|]|(?:{CLEAR})\b)"
STATED = rf"(?:^|[\s\[(<=\"|]){_STATED}"
KEYED = rf"\b(?i:level|lvl|severity|loglevel|levelname)\"?[=:] ?\"?((?i:{WORDS}))\b"
STATED_FIRST = f"^{_STATED}"
_FATAL = re.compile(r"(?i)\b(panic|fatal|out of memory|oom-kill|segfault|segmentation fault)\b")
_ERROR = re.compile(
    r"\b(?i:error|errors|exception|traceback|failed|failure|denied|refused|unreachable|killed|"
    r"timed out|cannot|can't|could not|couldn't|unable to|aborted|no space left)\b"
    r"|\w(?:Error|Exception)\b"
)
_FINE = re.compile(
    r"(?i)\b(0|no|without|zero) (errors?|failures?|failed|refused|denied|dropped)\b"
    r"|\b(errors?|failures?|failed)[=: ]+0\b"
)
_WARNING = re.compile(r"(?i)\b(warn(ing)?|deprecated|retry(ing)?|slow|timeout|dropped|exceeded)\b")
_BY_WORDS = ((_FATAL, Level.FATAL), (_ERROR, Level.ERROR), (_WARNING, Level.WARNING))
# For Rust's regex: word boundaries of ASCII, as those of Unicode are slow beyond it.
_FINE_ASCII = f"(?-u){_FINE.pattern}"
_BY_WORDS_ASCII = tuple((f"(?-u){pattern.pattern}", level.value) for pattern, level in _BY_WORDS)
_LOUD = "|".join(f"(?:{pattern})" for pattern, _ in _BY_WORDS_ASCII)


def read_level(text: str) -> Level | None:
    """The level that a level field spells; None for a word that is none."""
    word = _BETWEEN.sub("", text.strip(" []()<>:|\"'").upper())
    if word in LEVEL_OF:
        return LEVEL_OF[word]
    if re.fullmatch(_UNNAMED.upper(), word):
        return _between(int(word.removeprefix("LEVEL ")))
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
    levels = pl.Series([None], dtype=pl.String).new_from_index(0, len(messages))
    if not len(loud):
        return levels
    message, level = pl.col("message").str, pl.lit(None, pl.String)
    for pattern, stated_level in reversed(_BY_WORDS_ASCII):
        level = pl.when(message.contains(pattern)).then(pl.lit(stated_level)).otherwise(level)
    level = pl.when(~message.contains(_FINE_ASCII)).then(level)
    stated = messages.gather(loud).alias("message").to_frame().select(level.alias("level"))
    return levels.scatter(loud, stated["level"])


def level_of_status(status: int) -> Level:
    """The level of an HTTP status: what the server got wrong is an error."""
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return Level.ERROR
    return Level.WARNING if status in {408, 425, 429} else Level.INFO


def _between(number: int) -> Level:
    """Python's level from which on this one is told: 10 is DEBUG, 50 is CRITICAL."""
    return tuple(Level)[min(max(number // 10, 1), len(Level)) - 1]


def _numbered(number: int) -> Level | None:
    """Syslog's 0-7 count down in seriousness, pino's 10-60 count up."""
    return SYSLOG[number] if number < len(SYSLOG) else PINO.get(number)
