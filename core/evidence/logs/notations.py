"""Notations that are one value as a whole, though they are made of words.

SQL, a command that was run, a question to a name server and its answer, who somebody is in angle
brackets: each is told by marks of its own, and only lines with such a mark are looked at closely.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

WILD = "*"

_SQL = (
    "SELECT|INSERT INTO|UPDATE|DELETE FROM|CREATE|ALTER|DROP|TRUNCATE|BEGIN|COMMIT|ROLLBACK|WITH"
    "|COPY|VACUUM|ANALYZE|EXPLAIN|GRANT|REVOKE|SET|SHOW|CALL|MERGE|REPLACE INTO|USE|LOCK|FETCH"
)
_RECORD = (
    "A|AAAA|AFSDB|ANY|AXFR|CAA|CNAME|DNAME|DNSKEY|DS|HINFO|HTTPS|IXFR|MX|NAPTR|NS|NSEC|NULL|PTR"
    "|RRSIG|SOA|SPF|SRV|SSHFP|SVCB|TLSA|TXT"
)
_CLASSES = ("IN", "CH", "HS")
_CLASS = "|".join(_CLASSES)
_ANSWERS = ("NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED", "NOTAUTH")
_ANSWER = "|".join(_ANSWERS)
_UNITS = (".service", ".socket", ".timer", ".scope", ".slice", ".mount")
_UNIT = "|".join(map(re.escape, _UNITS))


@dataclass(frozen=True)
class _Notation:
    """A pattern, and marks of which each line has one that it matches."""

    marks: tuple[str, ...]
    pattern: re.Pattern[str]
    replacement: str = WILD

    def mask(self, line: str) -> str:
        """Return the line with its replacement for the pattern."""
        if any(mark in line for mark in self.marks):
            return self.pattern.sub(self.replacement, line)
        return line


_NOTATIONS = (
    _Notation(("tatement: ", "TATEMENT: "), re.compile(r"(?i)(\bstatement: +)\S.*$"), rf"\1{WILD}"),
    _Notation(
        ("uery", "QUERY", "sql", "SQL", "ommand", "execute ", "parse ", "bind "),
        re.compile(
            r"(?i)(\b(?:query|sql|command|(?:execute|parse|bind) [\w<>*]+)(?:: ?|=)[\"']?"
            rf"|(?-i:\bQuery)\s+)(?:{_SQL})\b.*$"
        ),
        rf"\1{WILD}",
    ),
    _Notation(("COMMAND=",), re.compile(r"\b(COMMAND=)\S.*$"), rf"\1{WILD}"),
    _Notation(("CMD (",), re.compile(r"\b(CMD \()\S.*\)$"), rf"\1{WILD})"),
    # `name A IN REFUSED`, `name IN A +E(0)K`; as many values as there are words
    _Notation(
        _ANSWERS,
        re.compile(rf"(?<!\S)\S+ (?:(?:{_RECORD}) (?:{_CLASS})|\* \*) (?:{_ANSWER})(?!\S)"),
        "* * * *",
    ),
    _Notation(
        tuple(f" {name}" for name in _CLASSES),
        re.compile(rf"(?<!\S)\S+ (?:{_RECORD}) (?:{_CLASS})(?!\S)"),
        "* * *",
    ),
    _Notation(
        tuple(f" {name} " for name in _CLASSES),
        re.compile(
            rf"(?<!\S)[^\s.*]*[.*]\S* (?:{_CLASS}) (?:{_RECORD})"
            r"(?: [+-][A-Z]*(?:\(\*\)[A-Z]*)?)?(?!\S)"
        ),
        "* * *",
    ),
    _Notation(("/<", '"<'), re.compile(r"(?<=[/\"])<[A-Z]{2,20}>")),  # none: `app/<NOSRV>`
    _Notation(
        (">",), re.compile(r"(?<![\w.$<])<[\w*.@:/\[\]+-]{0,80}>(?![\w(])"), f"<{WILD}>"
    ),  # who, or nobody: `from=<>`
    _Notation(('"-"',), re.compile('"-"'), f'"{WILD}"'),  # nothing, in logs of requests
    _Notation((" - ",), re.compile(r'(?<=[*"\]] )(?<!-> \* )-(?= [*"])')),
    _Notation(
        ("localhost", "unknown["), re.compile(r"\blocalhost\b(?![.-]\w)|\bunknown(?=\[\*\])")
    ),
    _Notation(_UNITS, re.compile(rf"(?<![^\s\"'(])[\w@*:.-]{{1,80}}(?:{_UNIT})(?![\w.])")),
    _Notation(("=*]",), re.compile(r"\[[A-Za-z]{2,20}=\*\]"), f"[{WILD}]"),
    _Notation(("--",), re.compile(r"(?<!\S)[A-Za-z-]{2}--(?!\S)")),  # flags of which few are set
    _Notation(("ommand: ",), re.compile(r"(^(?:\[[^\]]*\] +)?Command: +)\S.*$"), rf"\1{WILD}"),
    _Notation(('<<"',), re.compile(r'<<"[^"]{0,300}">>'), f'"{WILD}"'),  # a text of Erlang
    _Notation(("{'",), re.compile(r"\{'[^{}]{1,300}\}")),  # what a Python program holds
    _Notation(
        ("null",),
        re.compile(r"\((?=[^()]{0,2000}\bnull\b)[^\s,()]{1,80}(?:, [^\s,()]{1,80}){2,}\)"),
        f"({WILD})",
    ),  # a row of a table
    # A name that is said again, with what it belongs to: `poll (tasks.poll)`.
    _Notation(
        (" (",),
        re.compile(r"\b([A-Za-z][\w-]{1,40}) \([\w-]{1,40}[./]\1\b"),
        f"{WILD} ({WILD}",
    ),
)


# Of XML, with all that is in it, where something is said of it.
_ELEMENT = re.compile(r"(?<=\S )<([A-Za-z][\w:.*-]{0,60})(?: [^<>]*)?>.{0,4000}</\1>")


def mask_elements(line: str) -> str:
    """The line with `WILD` for each, before anything in it is looked at."""
    return _ELEMENT.sub(WILD, line) if "</" in line else line


def mask_notations(line: str) -> str:
    """The line with `WILD` for each of them."""
    for notation in _NOTATIONS:
        line = notation.mask(line)
    return line
