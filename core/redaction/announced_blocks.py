"""Secrets below a line that opens a block: keys of servers, logins, words of wallets.

The line names no secret by a word of its own, `radius server R1`, or the secret is more than one
word, or it stands some lines below; what it looks like there decides together with the line.
"""

from __future__ import annotations

import re
from itertools import accumulate
from typing import TYPE_CHECKING

from core.redaction.secret_values import is_nothing
from core.redaction.shapes import COINED, STRONG, is_hexadecimal, is_told, shape_of
from core.redaction.words import WORDS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

Span = tuple[int, int, int]  # a line of the block from 0, and where the value begins and ends

LONGEST_BLOCK = 30  # lines that are read of it
# Servers that a switch or a router asks who may log in; their settings are indented (IOS, NX-OS).
_SERVER = re.compile(
    r"(?i)(?P<indent>[ \t]*)(?:aaa[ ])?(?:(?:radius|tacacs\+?)[ -]server|server-private)[ ]\S[^=]*"
)
_KEY_OF_SERVER = re.compile(
    r"(?P<indent>[ \t]+)(?:server-)?(?:key|shared-secret|secret)[ ](?:\d[ ])?[\"']?"
    r"(?P<v>[^\s\"']{4,128})[\"']?[ \t\r]*"
)
# A command that prints a file of a user's name and a password (OpenVPN's auth-user-pass).
_PRINTS_LOGIN = re.compile(
    r"(?i).{0,80}?(?:[$#%>]|\bRun)[ ]?(?:sudo[ ])?(?:cat|type|more|less|bat|gc|get-content|head)[ ]"
    r"[^\n|;&]{0,120}?(?:auth|log-?in|user-?pass|creds?|credentials)(?:\.(?:txt|conf|cfg|dat|file|pwd))?"
    r"[\"']?\s*"
)
_USER = re.compile(r"[A-Za-z][\w.@\\-]{1,63}\s*")
_PASSWORD = re.compile(r"(?P<v>\S{6,128})\s*")
# The words of a wallet (BIP 39), on a line or several, numbered or not.
_WALLET = re.compile(
    r"(?i)[^\n]{0,200}?\b(?:(?:recovery|seed|secret|backup|wallet|mnemonic)"
    r"[ -](?:[\w-]{1,12}[ ])?(?:phrase|words)"
    r"|mnemonic|bip-?39)\b[^\n]{0,80}"
)
_WORDS_OF_WALLET = re.compile(
    r"(?:[>*-][ ])?(?:(?:\d{1,2}[.):]?[ \t]{0,3})?[a-z]{3,8}(?:[ ,\t]{1,4}|\s*\Z)){1,24}"
)
_WORD = re.compile(r"[a-z]{3,8}")
_LENGTHS = frozenset({12, 15, 18, 21, 24})  # words of a phrase
_PROSE = frozenset(WORDS["ordinary"]["function"]) | frozenset(WORDS["ordinary"]["stop"])
# JSON-RPC: the answer to a call that logs in is the key of a session.
_LOGS_IN = re.compile(
    r"[^\n]{0,400}?\\{0,3}\"method\\{0,3}\"\s?:\s?\\{0,3}\"[\w.:/-]{0,60}?"
    r"(?i:log_?in|logon|sign_?in|authenticate|create_?session|get_?token)\\{0,3}\"[^\n]*"
)
_RESULT = re.compile(
    r"\\{0,3}\"(?:result|token|session|sid)\\{0,3}\"\s?:\s?\\{0,3}\"(?P<v>[\w+/.=-]{16,512})\\{0,3}\""
)
_ID = re.compile(r"\"id\\{0,3}\"\s?:\s?\\{0,3}\"?(?P<id>[\w-]{1,64})")
# Commands that show a secret of a store as JSON; what a pipeline's log says it evaluated.
_SHOWS_STORED = re.compile(
    r"(?i)[^\n]{0,120}?(?<![\w-])"
    r"(?:az[ ]keyvault[ ]secret[ ]show|op[ ]item[ ]get|infisical[ ]secrets"
    r"|aws[ ]secretsmanager[ ]get-secret-value|aws[ ]ssm[ ]get-parameter(?=[^\n]*--with-decryption)"
    r"|(?:vault|bao)[ ](?:kv[ ]get|read)|yc[ ]lockbox[ ]payload[ ]get"
    r"|scw[ ]secret[ ]version[ ]access)[ ][^\n]*"
)
_STORED = re.compile(
    r"\s*\"(?:value|secretstring|secretvalue|secret_value|text_value|data)\"\s?:\s?"
    r"\"(?P<v>(?:[^\"\\\n]|\\.){4,1024})\",?\s*",
    re.IGNORECASE,
)
_EVALUATES = re.compile(
    r"(?i)[^\n]{0,80}?\b(?:evaluating|expanding|resolving)\b[^\n]{0,120}?"
    r"(?:passw(?:or)?d|passwd|pwd|secret|token|api_?key|private_?key|credential)\w{0,20}[\"'\])]{0,4}\s*"
)
_EVALUATED = re.compile(
    r"(?:\S{1,40}Z[ ])?(?:##\[\w{1,12}\])?\s{0,8}(?:=>|(?:Expanded|Result|Value):)\s{0,2}"
    r"(?P<quote>[\"']?)(?P<v>[^\s\"']{4,512})(?P=quote)\s*"
)
# IMAP: a name and a password as literals, whose lengths stand on the lines before (RFC 3501).
_LITERALS = re.compile(
    r"(?i)[^\n]{0,60}?(?<![\w.])[a-z.]{0,8}\d{1,8}[ ]login[ ]"
    r"(?:(?P<user>\"[^\"]{1,128}\"|[^\s\"{}]{1,128})[ ])?"
    r"\{(?P<length>\d{1,4})\+?\}\s*"
)
_PROMPT_OF_SERVER = re.compile(r"(?:[^\n+]{0,30}?(?:S:|<+-?)[ ]?)?\s{0,4}\+(?:\s[^\n]*)?")
_LITERAL = re.compile(
    r"(?:[^\n:>]{0,30}?(?:C:|[<>]{1,3}|->)[ ]?)?(?P<v>[^\n]{1,256}?)"
    r"(?:[ ]\{(?P<length>\d{1,4})\+?\})?\s*"
)
_LONGEST_DIALOGUE = 6  # lines of such a dialogue
# .netrc, a setting on a line.
_MACHINE = re.compile(r"\s{0,8}(?:machine[ \t]+\S+|default)(?:[ \t]+login[ \t]+\S+)?\s*")
_OF_MACHINE = re.compile(r"\s*(?P<name>login|account|password)[ \t]+(?P<v>\S{1,256})\s*")
# Terraform asks for a variable.
_VARIABLE = re.compile(
    r"(?i)\s*var\.\w{0,60}(?:pass(?:w(?:or)?d|phrase|code)?|pwd|secret|token|key|credentials?|psk)\w{0,12}\s*"
)
_ENTERED = re.compile(r"\s*Enter a value:[ \t]+(?P<v>\S[^\n]{0,254}?)\s*")
# A group of SNMP, whose name is its password: FortiOS, RouterOS.
_COMMUNITIES = re.compile(r"(?i)\s*(?:config[ ]system[ ]snmp[ ]community|/snmp[ /]community)\s*")
_COMMUNITY = re.compile(
    r"\s*(?:set[ ]name[ ]|(?:add|set)[ ][^\n]{0,200}?\bname=)[\"']?(?P<v>[^\s\"']{3,64})[\"']?"
    r"(?:\s[^\n]*)?"
)
# A command that prints nothing but a key or a password that it makes or keeps.
_MAKES_KEY = re.compile(
    r"[^\n]{0,60}?(?:[$#%>][ ]?|\bRun[ ])(?:sudo[ ])?(?![^\n]*(?:pub|>[ ]?[\w./~]))"
    r"(?:wg[ ]gen(?:key|psk)|openssl[ ]rand|pwgen|apg|makepasswd|mkpasswd|diceware|pwqgen"
    r"|(?:cat|head|tail|more|less)[ ](?:-\S{1,4}[ ])?[\w./~-]{0,80}?"
    r"(?:\bpriv(?:ate)?(?:key)?|\bpsk|\.?keyfile|\bseed)"
    r"(?:\.(?:key|txt))?\s*$)[^\n]*"
)
_KEY = re.compile(r"\s{0,4}(?P<v>[^\s:]{8,512})\s*")
_PUBLIC_COMMUNITIES = frozenset({"public", "default"})
_NEAR = 3  # lines between a call and its answer
# One of these stands in every line that opens a block.
_OPENS = re.compile(
    r"(?i)radius|tacacs|server-private|phrase|words|mnemonic|bip-?39|\"method|lockbox|secret|ssm[ ]"
    r"|(?:evaluat|expand|resolv)ing|(?:vault|bao)[ ](?:kv|read)|op[ ]item"
    r"|(?:auth|log-?in|pass|creds?|credentials)(?:\.[a-z]{2,4})?[\"']?\s*\Z"
    r"|[ ]login[ ][^\n]*\}\s*\Z|\A\s*(?:machine|default|var\.)"
    r"|snmp[ /]community\s*\Z|genkey|genpsk|openssl[ ]rand|\bapg|pwq?gen|diceware"
    r"|m(?:ake|k)passwd"
    r"|(?:priv(?:ate)?(?:key)?|psk|keyfile|seed)(?:\.[a-z]{3})?\s*\Z"
)
SCREEN = (  # of such lines, in polars
    r"(?i-u:radius|tacacs|server-private)[^=]*$"
    r"|(?i-u:cat|type|more|less|bat|gc|content|head) "
    r"[^\n]*(?i-u:auth|login|log-in|pass|cred)[A-Za-z.]*[\"']?\s*$"
    r"|(?i-u:recovery|seed|secret|backup|wallet|mnemonic|bip-?39)[^\n]*(?i-u:phrase|words|mnemonic|39)"
    r"|(?i-u:mnemonic)"
    r"|(?i-u:keyvault|secretsmanager|aws ssm|vault|bao|infisical|op item|lockbox|scw) "
    r"|(?i-u:evaluating|expanding|resolving)[^\n]*(?i-u:pass|pwd|secret|token|key|credential)"
    r"|[0-9] (?i-u:login) [^\n]*\{[0-9]+\+?\}\s*$"
    r"|(?i-u:snmp)[ /](?i-u:community)\s*$|genkey|genpsk|openssl rand|apg |pwq?gen"
    r"|makepasswd|mkpasswd|diceware"
    r"|(?:cat|head|tail|more|less) [^\n]*(?:priv|private|privatekey|privkey|psk|keyfile|seed)"
    r"(?:\.key|\.txt)?\s*$"
    r"|^\s*(?:machine[ \t]+\S|default\s*$|var\.[A-Za-z0-9_]+\s*$)"
    r"|\"method\\*\"[^\n]*(?i-u:login|log_in|logon|signin|sign_in|authenticate|session|token)"
)


def opens_block(line: str) -> bool:
    """Whether one of the blocks may begin below the line."""
    return _OPENS.search(line) is not None and any(
        heading.fullmatch(line) for heading, _ in _BLOCKS
    )


def spans_in_block(heading: str, lines: Sequence[str]) -> Iterator[Span]:
    """Where the secrets stand in the lines below the heading, numbered from 0."""
    if not _OPENS.search(heading):
        return
    for pattern, spans in _BLOCKS:
        if opened := pattern.fullmatch(heading):
            yield from spans(opened, lines)


def _keys_of_server(opened: re.Match[str], lines: Sequence[str]) -> Iterator[Span]:
    for at, line in enumerate(lines):
        if not line.startswith((opened["indent"] + " ", "\t")):
            return
        match = _KEY_OF_SERVER.fullmatch(line)
        if match and not is_nothing(match["v"]):
            yield at, *match.span("v")


def _password_of_login(_: re.Match[str], lines: Sequence[str]) -> Iterator[Span]:
    """The second of two lines of one word."""
    if len(lines) > 1 and _USER.fullmatch(lines[0]) and (match := _PASSWORD.fullmatch(lines[1])):
        value = match["v"]
        if shape_of(value) >= COINED or is_told(value):
            yield 1, *match.span("v")


def _words_of_wallet(_: re.Match[str], lines: Sequence[str]) -> Iterator[Span]:
    """The rows of words, up to the last with which their number is that of a phrase."""
    rows = list(_rows_of_words(lines))
    words = [_WORD.findall(row) for _, row in rows]
    sums = list(accumulate(map(len, words)))
    last = max((at for at, count in enumerate(sums) if count in _LENGTHS), default=-1)
    of_prose = sum(word in _PROSE for row in words[: last + 1] for word in row)
    if last < 0 or 2 * of_prose > sums[last]:
        return
    for at, row in rows[: last + 1]:
        start = lines[at].index(row)
        yield at, start, start + len(row)


def _rows_of_words(lines: Sequence[str]) -> Iterator[tuple[int, str]]:
    """Rows of nothing but words, numbered as the first is, and none with more words."""
    first = ""
    for at, line in enumerate(lines):
        row = line.strip()
        if not row and not first:
            continue
        first = first or row
        is_like_first = row[:1].isdigit() == first[:1].isdigit() and row.count(" ") <= first.count(
            " "
        )
        if not is_like_first or not _WORDS_OF_WALLET.fullmatch(row):
            return
        yield at, row


def _answer_to_login(opened: re.Match[str], lines: Sequence[str]) -> Iterator[Span]:
    """The result of the same call, where a machine made it."""
    call = _ID.search(opened[0])
    for at, line in enumerate(lines[:_NEAR]):
        answer = _ID.search(line)
        if call and answer and call["id"] != answer["id"]:
            continue
        match = _RESULT.search(line)
        if match and (is_hexadecimal(match["v"]) or shape_of(match["v"]) >= STRONG):
            yield at, *match.span("v")
            return


def _value_of_store(_: re.Match[str], lines: Sequence[str]) -> Iterator[Span]:
    """The values of the object that the command prints."""
    for at, line in enumerate(lines):
        if not line.strip() or line.startswith(("$", "#", "}")):
            return
        match = _STORED.fullmatch(line)
        if match and not is_nothing(match["v"]):
            yield at, *match.span("v")


def _evaluated(_: re.Match[str], lines: Sequence[str]) -> Iterator[Span]:
    for at, line in enumerate(lines[:_NEAR]):
        match = _EVALUATED.fullmatch(line)
        if match and not is_nothing(match["v"]):
            yield at, *match.span("v")


def _literal_of_login(opened: re.Match[str], lines: Sequence[str]) -> Iterator[Span]:
    """What a client sends last: the name has come before, or comes first."""
    is_password, length = opened["user"] is not None, int(opened["length"])
    for at, line in enumerate(lines[:_LONGEST_DIALOGUE]):
        # The server's sign may have gone with what quotes a line; a client sends no blank first.
        if not line.strip() or line[0] == " " or _PROMPT_OF_SERVER.fullmatch(line):
            continue
        sent = _LITERAL.fullmatch(line)
        if sent is None or len(sent["v"].encode()) != length:
            return
        if is_password or not sent["length"]:
            yield from [(at, *sent.span("v"))] if is_password else []
            return
        is_password, length = True, int(sent["length"])


def _password_of_machine(_: re.Match[str], lines: Sequence[str]) -> Iterator[Span]:
    for at, line in enumerate(lines[:_NEAR]):
        match = _OF_MACHINE.fullmatch(line)
        if match is None:
            return
        if match["name"] == "password" and not is_nothing(match["v"]):
            yield at, *match.span("v")


def _entered(_: re.Match[str], lines: Sequence[str]) -> Iterator[Span]:
    for at, line in enumerate(lines[: 2 * _NEAR]):
        match = _ENTERED.fullmatch(line)
        if match and not is_nothing(match["v"]):
            yield at, *match.span("v")
            return


def _name_of_community(_: re.Match[str], lines: Sequence[str]) -> Iterator[Span]:
    for at, line in enumerate(lines):
        if line.strip().startswith(("/", "end")):
            return
        match = _COMMUNITY.fullmatch(line)
        if match and match["v"].lower() not in _PUBLIC_COMMUNITIES:
            yield at, *match.span("v")


def _key_made(_: re.Match[str], lines: Sequence[str]) -> Iterator[Span]:
    """The lines below, of one word each, up to the next command."""
    for at, line in enumerate(lines):
        match = _KEY.fullmatch(line)
        if match is None or line.startswith(("$", "#")):
            return
        if not is_nothing(match["v"]):
            yield at, *match.span("v")


_BLOCKS: tuple[
    tuple[re.Pattern[str], Callable[[re.Match[str], Sequence[str]], Iterator[Span]]], ...
] = (
    (_SERVER, _keys_of_server),
    (_PRINTS_LOGIN, _password_of_login),
    (_WALLET, _words_of_wallet),
    (_LOGS_IN, _answer_to_login),
    (_SHOWS_STORED, _value_of_store),
    (_EVALUATES, _evaluated),
    (_LITERALS, _literal_of_login),
    (_MACHINE, _password_of_machine),
    (_VARIABLE, _entered),
    (_COMMUNITIES, _name_of_community),
    (_MAKES_KEY, _key_made),
)
