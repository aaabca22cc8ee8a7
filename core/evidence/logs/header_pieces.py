"""The pieces of which the header of a plain log line is made.

A component, a queue or a shard is written before whatever is said: it says little about the words
that follow. The first word of a message says most about them.

Patterns stay within what Rust's regex and Python's re share, since both run them. A group named
time, level, priority (syslog's `<134>`), host, program or service is what is taken out of it.
"""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.evidence.logs.levels import WORDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

NEARLY_ALL = 0.9  # share of sampled lines that must show a piece
MOST = 0.7  # enough for a component, which loggers leave out at times

LEVEL = rf"(?i:{WORDS})"
WORD = "(?P<word>[^ ]+) +"
# A process with its id, and maybe its thread's, needs no colon after it: `netagent[447:376eb] `.
COMPONENT = (
    r"(?:(?P<name>[0-9A-Za-z_.$/@*+-]+)"
    r"(?:(?:\([^()]*\))?(?:\[[^\[\]]*\])?(?: *:)|\[[0-9]+(?::[0-9A-Fa-f]+)?\])"
    r"|[0-9A-Za-z_.-]+\.[a-z]+:[0-9]+\])(?: +|$)"
)
BRACKETS = r"(?:\[(?:[^\[\]]|\[[^\[\]]*\])*\]|<[0-9.]+>)(?:[:,|] ?)? *"
_SD_VALUE = r'"(?:[^"\\]|\\.)*"'
_SD = rf'(?:-|(?:\[(?:[^\]"\\]|\\.|{_SD_VALUE})*\])+)'
_GROUP = re.compile(r"\(\?P<(\w+)>")


@dataclass(frozen=True)
class HeaderPiece:
    """`share` of the sampled lines must show it, followed by `ahead`.

    That is looked at in learning only, as Rust's regex cannot look ahead.
    """

    kind: str
    pattern: str
    share: float = NEARLY_ALL
    ahead: str = ""

    @property
    def groups(self) -> list[str]:
        return _GROUP.findall(self.pattern)

    @property
    def plain(self) -> str:
        """Without groups that capture."""
        return _GROUP.sub("(?:", self.pattern)

    def capturing(self, name: str) -> str:
        """With that group alone."""
        return _GROUP.sub(lambda match: "(" if match[1] == name else "(?:", self.pattern)


PRIORITY = HeaderPiece("priority", r"<(?P<priority>[0-9]{1,3})>")
VERSION = HeaderPiece("version", "1 ", ahead="[0-9-]")
STREAM = HeaderPiece("stream", "(?:stdout|stderr) [FP](?: |$)")
# RFC 5424, 6: what follows the time; each may be "-", the message may begin with a mark.
SYSLOG = HeaderPiece(
    "syslog",
    r"(?P<host>[^ ]{1,255}) (?P<program>[^ ]{1,48}) [^ ]{1,128} [^ ]{1,32} "
    rf"{_SD}(?: \ufeff?|$)",
)
BARE_LEVEL = HeaderPiece("level", rf"(?P<level>{LEVEL})(?:[:,|;] ?|[ \t]|$)[ \t]*", MOST)
# After its first letter stood before the time, as Ruby's logger writes it.
SPELLED_LEVEL = HeaderPiece("level", rf"{LEVEL} +")
ENCLOSED_LEVEL = HeaderPiece("level", rf"[\[(<](?P<level>{LEVEL}) *[\])>][:,|]? *", MOST)
NAMED_LEVEL = HeaderPiece("level", rf"\[[\w.]*:(?P<level>{LEVEL})\] *", MOST)
LETTER_LEVEL = HeaderPiece("level", "(?P<level>[DIWEFV])(?:[ ,/|;]) *")
REDIS_LEVEL = HeaderPiece("level", "(?P<level>[.*#-]) +")
SEPARATOR = HeaderPiece("separator", r"(?:-{1,3}>?|\||\*[0-9]+|:|,|>)(?: +|$)")
NUMBER = HeaderPiece("number", r"[#(\[]?[0-9]+(?:[#:.][0-9]+)*[)\]:]*[:|]? +")
# What stands before a level with a colon, glued to it or not: PostgreSQL's log_line_prefix.
GLUED_LEVEL = HeaderPiece("level", rf"[^ ]{{0,120}}?[:|\]](?P<level>{LEVEL})[:|] *")
LATE_LEVEL = HeaderPiece("level", rf"(?:[^ ]+ +){{0,3}}?(?P<level>{WORDS}):[ \t]*")
COMPOSE = HeaderPiece("service", r"(?P<service>[0-9A-Za-z_./-]+?)(?:[-_][0-9]+)? +\| *")
TABBED = HeaderPiece("tabbed", '[^\t"{ ]{0,100}\t')
DOTTED = HeaderPiece("component", r"[A-Za-z_][0-9A-Za-z_$]*(?:(?:\.|::)[0-9A-Za-z_$\[\]]+)+:? +")
# As Node's `debug` writes it, which has no levels: `app:cache-writer `.
NAMESPACED = HeaderPiece("component", "[a-z][0-9a-z_-]*(?::[0-9a-z_-]+)+ +")
DASHED = HeaderPiece("component", r"[0-9A-Za-z_.$/@:*#-]{1,100} +- +")
COLONED = HeaderPiece("component", r"[A-Za-z_][0-9A-Za-z_.$/-]{0,100}:")
PIPED_WORD = HeaderPiece("piped", r"[^ |;\"]{1,60}[|;] *")
PIPED = HeaderPiece("component", r"[^|;\"]{1,60}[|;] *")
CELL = HeaderPiece("cell", r"[0-9A-Za-z_./:\[\]-]{0,60},", ahead=r"\S")  # of a table; see OF_CELLS
OF_CELLS = ","  # what ends the cell before one


AFTER_TIME = r"[\]>)]?[,:|;]?[ \t]*"  # any of it or nothing


def time_piece(kind: str, pattern: str, zone: str) -> HeaderPiece:
    """A time as it stands in a header: in brackets or not, with its zone."""
    zoned = f"(?:{zone})?" if zone else ""
    return HeaderPiece(kind, rf"[\[<(]?(?P<time>{pattern}){zoned}{AFTER_TIME}")


WORDS_AFTER = 3  # that tell messages apart
_LEAST_LINES = 50
_OFTEN = 6  # lines that go on alike, from which on their words can be compared
_COVERED = 0.5  # share of lines that go on as that many others do
_LEAST_KINDS = 4  # ways to go on: a log that says two things tells nothing
_FEW = 12  # different words in the column
_UNTOLD = 0.75  # share of the column's entropy that is left when one knows what follows
# What was done may be said of anything: `Starting nginx`, `Stopped nginx`, `GET /`.
_VERB = re.compile("(?i)(?:ed|ing):?$|^(?:GET|HEAD|POST|PUT|DELETE|PATCH|OPTIONS)$")
_LETTER = re.compile("[A-Za-z]")
_VALUE = re.compile(r"\S*[0-9]\S*")
_NUMBER = re.compile("[0-9]+")


def column_words(lines: Iterable[Sequence[str]]) -> list[str]:
    """Those of the column, with 0 for each number; none where the message begins.

    lines: of each the next words, the one in question first.
    """
    pairs = [
        (_NUMBER.sub("0", words[0]), " ".join(words[1 : 1 + WORDS_AFTER]))
        for line in lines
        if len(words := [word for word in line if word]) > 1
    ]
    if len(pairs) < _LEAST_LINES or not _are_few(pairs):
        return []
    follows: dict[str, list[str]] = defaultdict(list)
    for word, after in pairs:
        follows[_VALUE.sub("*", after)].append(word)
    common = [words for words in follows.values() if len(words) >= _OFTEN]
    count = sum(map(len, common))
    if len(common) < _LEAST_KINDS or count < _COVERED * len(pairs):
        return []
    left = sum(len(words) * _entropy(words) for words in common) / count
    if left <= _UNTOLD * _entropy([word for words in common for word in words]):
        return []
    return sorted({word for word, _ in pairs}, key=lambda word: (-len(word), word))


def _are_few(pairs: Sequence[tuple[str, str]]) -> bool:
    different = {word for word, _ in pairs}
    if any(_VERB.search(word) or not _LETTER.search(word) for word in different):
        return False
    return 1 < len(different) <= _FEW


def _entropy(words: Sequence[str]) -> float:
    """In bits, with what few samples miss of it (Miller and Madow, 1955)."""
    counts, total = Counter(words), len(words)
    seen = -sum(n / total * math.log2(n / total) for n in counts.values())
    return seen + (len(counts) - 1) / (2 * total * math.log(2))
