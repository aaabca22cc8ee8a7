r"""Names and passwords in the dialogue of a login to a mail server, whatever is before its lines.

The server asks in base64, `334 UGFzc3dvcmQ6`, and the client answers in base64, too (RFC 4954).
Postfix logs that as `< host[10.0.0.4]: …`, Exim as `SMTP<< …`, Python as `send: '…\r\n'`; each of
them writes other lines in between.
"""

from __future__ import annotations

import base64
import binascii
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

SCREEN = (
    r"(?:^|[^A-Za-z0-9.:/-])(?:334(?:[ -][A-Za-z0-9+/=]*)?"
    r"|(?i-u:auth) (?i-u:login|plain|cram|digest|ntlm|xoauth|scram)[A-Za-z0-9-]*"
    r"(?: [A-Za-z0-9+/=]*)?)"
    r"[\\rn<>CRLF^M\"'`}\],\s]*$"
)
LONGEST_WAIT = 6  # lines from a question to its answer
_LONGEST_LINE = 2000  # characters
# How programs write the end of a line, and what they put around it.
_END = r"(?:\\{1,4}[rn]|<CR>|<LF>|\^M|[\"'`}\],\s])*\Z"
_QUESTION = re.compile(rf"(?<![\w.:/-])334(?:[ -](?P<v>[A-Za-z0-9+/]{{0,2000}}={{0,2}}))?{_END}")
_BEGIN = re.compile(
    r"(?i)(?<![\w.:/-])auth (?:login|plain|cram-md5|digest-md5|ntlm|xoauth2?|scram-[\w-]{3,16})"
    rf"(?: [a-z0-9+/]{{4,2000}}={{0,2}})?{_END}"
)
_ANSWER = re.compile(rf"(?:^|(?<=[\s\"'`:>?|=]))(?P<v>[A-Za-z0-9+/]{{2,2000}}={{0,2}}){_END}")
_IN_MEMORY = re.compile(r"0x[0-9a-f]+")  # `watchdog_pat: 0x55d0c8a1f0` of Postfix
_ASKED = re.compile(rb"(?i)pass|user|login|^<[^>]+@|^(?:realm|nonce|r)=")
_ASKS_AGAIN = re.compile(rb"(?i)[ \w]{0,20}(?:password|username|user name|login)[: ]*\0?")
_SHORTEST_WORD = 8  # characters, of one that nobody asked for


def opens_mail_login(line: str) -> bool:
    """Whether the next lines may answer what the line asks for."""
    if len(line) > _LONGEST_LINE:
        return False
    if "334" in line and (match := _QUESTION.search(line)):
        return not match["v"] or _is_asked(match)
    return "auth " in line.lower() and _BEGIN.search(line) is not None


def spans_of_answers(heading: str, below: Iterable[str]) -> Iterator[tuple[int, int, int]]:
    """The answers: a line's number, from 0 below the heading, and where it begins and ends.

    What comes first need not be the answer, as several sessions may write to one log.
    """
    question = _QUESTION.search(heading)
    is_asked = question is not None and _is_asked(question)
    for at, line in enumerate(below):
        if len(line) > _LONGEST_LINE or opens_mail_login(line):
            continue
        match = _ANSWER.search(line)
        if match is None or _IN_MEMORY.fullmatch(match["v"]):
            continue
        decoded = _decoded(match["v"])
        if decoded is not None and _ASKS_AGAIN.fullmatch(
            decoded
        ):  # as smtplib prints each reply twice
            continue
        is_plain = decoded is not None and b"\0" in decoded
        is_long = len(match["v"]) >= _SHORTEST_WORD
        if question is None or is_asked:
            is_answer = (is_plain or _is_text(decoded)) and (is_asked or is_long)
        else:  # a line that merely ends with this number may tell an amount
            is_answer = is_plain and is_long
        if is_answer or (is_asked and _is_encoded(match["v"], line)):
            yield at, *match.span("v")


def _is_asked(question: re.Match[str]) -> bool:
    decoded = _decoded(question["v"] or "")
    return decoded is not None and _ASKED.search(decoded) is not None


def _decoded(value: str) -> bytes | None:
    try:
        return base64.b64decode(value, validate=True)
    except binascii.Error:
        return None


def _is_text(decoded: bytes | None) -> bool:
    try:
        return decoded is not None and decoded.decode().isprintable()
    except UnicodeDecodeError:
        return False


def _is_encoded(value: str, line: str) -> bool:
    """Whether it looks like base64, of whatever: alone, or of several kinds of characters."""
    if value == line.strip():
        return True
    has_digits = any(map(str.isdigit, value)) or value.endswith("=")
    return has_digits and _decoded(value) is not None and not (value.islower() or value.isdigit())
