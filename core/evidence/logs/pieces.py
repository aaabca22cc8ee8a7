"""What may the header of a plain log line be made of?

Patterns stay within what Rust's regex and Python's re share, since both run them. A group named
time, level, priority (syslog's `<134>`), host, program or service is what is taken out of it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from core.evidence.logs.levels import WORDS

NEARLY_ALL = 0.9  # share of sampled lines that must show a piece
MOST = 0.7  # enough for a component, which loggers leave out at times

LEVEL = rf"(?i:{WORDS})"
WORD = "(?P<word>[^ ]+) +"
COMPONENT = (
    r"(?:(?P<name>[0-9A-Za-z_.$/@*+-]+)(?:\([^()]*\))?(?:\[[^\[\]]*\])?(?: *:)"
    r"|[0-9A-Za-z_.-]+\.[a-z]+:[0-9]+\])(?: +|$)"
)
BRACKETS = r"(?:\[(?:[^\[\]]|\[[^\[\]]*\])*\]|<[0-9.]+>)(?:[:,|] ?)? *"
_SD_VALUE = r'"(?:[^"\\]|\\.)*"'
_SD = rf'(?:-|(?:\[(?:[^\]"\\]|\\.|{_SD_VALUE})*\])+)'
_GROUP = re.compile(r"\(\?P<(\w+)>")


@dataclass(frozen=True)
class Piece:
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

    def taking(self, name: str) -> str:
        """With that group alone."""
        return _GROUP.sub(lambda match: "(" if match[1] == name else "(?:", self.pattern)


PRIORITY = Piece("priority", r"<(?P<priority>[0-9]{1,3})>")
VERSION = Piece("version", "1 ", ahead="[0-9-]")
STREAM = Piece("stream", "(?:stdout|stderr) [FP](?: |$)")
# RFC 5424, 6: what follows the time; each may be "-", the message may begin with a mark.
SYSLOG = Piece(
    "syslog",
    r"(?P<host>[^ ]{1,255}) (?P<program>[^ ]{1,48}) [^ ]{1,128} [^ ]{1,32} "
    rf"{_SD}(?: \ufeff?|$)",
)
BARE_LEVEL = Piece("level", rf"(?P<level>{LEVEL})(?:[:,|;] ?|[ \t]|$)[ \t]*", MOST)
# After its first letter stood before the time, as Ruby's logger writes it.
SPELLED_LEVEL = Piece("level", rf"{LEVEL} +")
ENCLOSED_LEVEL = Piece("level", rf"[\[(<](?P<level>{LEVEL}) *[\])>][:,|]? *", MOST)
NAMED_LEVEL = Piece("level", rf"\[[\w.]*:(?P<level>{LEVEL})\] *", MOST)
LETTER_LEVEL = Piece("level", "(?P<level>[DIWEFV])(?:[ ,/]) *")
REDIS_LEVEL = Piece("level", "(?P<level>[.*#-]) +")
SEPARATOR = Piece("separator", r"(?:-{1,3}|\||\*[0-9]+|:|,|>)(?: +|$)")
NUMBER = Piece("number", r"[#(\[]?[0-9]+(?:[#:.][0-9]+)*[)\]:]*[:|]? +")
# What stands before a level with a colon, glued to it or not: PostgreSQL's log_line_prefix.
GLUED_LEVEL = Piece("level", rf"[^ ]{{0,120}}?[:|\]](?P<level>{LEVEL})[:|] *")
LATE_LEVEL = Piece("level", rf"(?:[^ ]+ +){{0,3}}?(?P<level>{WORDS}):[ \t]*")
COMPOSE = Piece("service", r"(?P<service>[0-9A-Za-z_./-]+?)(?:[-_][0-9]+)? +\| *")
TABBED = Piece("tabbed", '[^\t"{ ]{0,100}\t')
DOTTED = Piece("component", r"[A-Za-z_][0-9A-Za-z_$]*(?:(?:\.|::)[0-9A-Za-z_$\[\]]+)+:? +")
DASHED = Piece("component", r"[0-9A-Za-z_.$/@:*#-]{1,100} +- +")
COLONED = Piece("component", r"[A-Za-z_][0-9A-Za-z_.$/-]{0,100}:")
PIPED_WORD = Piece("piped", r"[^ |;\"]{1,60}[|;] *")
PIPED = Piece("component", r"[^|;\"]{1,60}[|;] *")
CELL = Piece("cell", r"[0-9A-Za-z_./:\[\]-]{0,60},", ahead=r"\S")  # of a table; see OF_CELLS
OF_CELLS = ","  # what ends the cell before one


AFTER_TIME = r"[\]>)]?[,:|;]?[ \t]*"  # any of it or nothing


def time_piece(kind: str, pattern: str, zone: str) -> Piece:
    """A time as it stands in a header: in brackets or not, with its zone."""
    zoned = f"(?:{zone})?" if zone else ""
    return Piece(kind, rf"[\[<(]?(?P<time>{pattern}){zoned}{AFTER_TIME}")
