"""Two secrets of a change, `from … to …`, and passwords by their place in a call's arguments."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from core.redaction.secret_values import is_nothing, is_reference, is_word
from core.redaction.shapes import COINED, TAIL, is_system_name, is_told, shape_of

if TYPE_CHECKING:
    from collections.abc import Iterator

_CHANGE = re.compile(
    r"(?i)(?:chang|rotat|reset|updat|switch|set\b|geänder|umgestellt|cambi|troq|alter|modifi|gewijzig|ändr"
    r"|bytt|endr|zmien|změn|смен|измен|помен|değiş|swap|replac|was)"
)
_OF_A_PASSWORD = re.compile(
    r"(?i)pass(?:w|code|phrase|\b)|\bpwd?\b|kennwort|contrase|clave|senha|mot de passe|parol"
    r"|wachtwoord|has[lł]o"
    r"|heslo|lösen|kodeord|salasana|пароль|пароля|şifre|secret|\bpsk\b|credential"
)
_FROM_TO = re.compile(
    r"(?i)(?<!\w)(?:from|von|de|da|van|från|fra|fr[åa]n|z|ze|с|из|od"  # noqa: RUF001 - Russian
    r"|din)[ ][\"'`*]{0,2}(?P<a>[^\s\"'`]{5,64})[\"'`*]{0,2},?"
    r"[ ](?:to|into|auf|zu|nach|à|a|en|para|naar|till|til|na|на|in|la|->|→"
    r"|=>)[ ][\"'`*]{0,2}(?P<b>[^\s\"'`]{5,64})"
)
_ARROW = re.compile(
    r"(?<!\S)[\"'`*]{0,2}(?P<a>[^\s\"'`]{5,64})[\"'`*]{0,2}[ ](?:->|→"
    r"|=>)[ ][\"'`*]{0,2}(?P<b>[^\s\"'`]{5,64})"
)
_MOST_READ = 2000  # characters of a line
# Calls whose arguments are a place, a user, a password; and those that begin with the user.
_CALL = re.compile(
    r"(?:(?<![\w$])(?:new[ ]+\\?)?(?P<third>PDO|mysqli|DriverManager\.getConnection"
    r"|getConnection|DBI->connect|SoapClient"
    r"|(?:mysqli?|odbc|db2|ibase|mssql|sybase|ingres|fbird|maxdb)_p?connect|mysqli_real_connect"
    r"|imap_open|ftp_login|ssh2_auth_password|ldap_bind|(?:pymysql|MySQLdb|mysql\.connector|psycopg2|pymssql)\.connect"
    r"|(?:PDO|mysqli)(?:->|::)__construct|mysqli(?:->|::)real_connect|DB\.connect)"
    r"|(?P<second>(?:oci|ociconnect|oci8)_p?(?:new_)?connect|(?:cx_Oracle|oracledb)\.connect"
    r"|(?:->|\.|::)(?:login|logon|authenticate|simple_bind(?:_s)?|bind_s)|NetworkCredential|PasswordAuthentication"
    r"|UsernamePasswordCredentials|UsernamePasswordCredential|HTTPBasicAuth|BasicAuth|SetBasicAuth|basic_auth|CredentialCache))"
    r"[ ]?\("
)
_ARGUMENT = re.compile(
    r"\s{0,8}(?:[bru]?\"(?P<q>[^\"\n]{0,300})\"|[bru]?'(?P<s>[^'\n]{0,300})'|(?P<bare>[^,()\"'\n]{1,120}(?:\([^()\n]{0,80}\))?))\s{0,8}(?:,|\)|$)"
)
_OBJECT = re.compile(
    r"(?i)Object\([\w\\]*(?:mysqli|connection|resource)[^)]*\)|Resource id #\d+|\$\w*(?:conn"
    r"|link|ftp|ssh|ldap|dbh?|c)\w*"
)
_MOST_ARGUMENTS = 6


def changed_in(line: str) -> Iterator[tuple[int, int]]:
    """The old and the new value, where the line says that a password changed."""
    head = line[:_MOST_READ]
    if not (_OF_A_PASSWORD.search(head) and _CHANGE.search(head)):
        return
    for pattern in (_FROM_TO, _ARROW):
        for change in pattern.finditer(head):
            old, new = change["a"].rstrip(TAIL), change["b"].rstrip(TAIL.replace("!", "") + ")")
            if _is_made(old) or _is_made(new):
                for group, value in (("a", old), ("b", new)):
                    if not is_word(value) and not is_nothing(value) and _may_be(value):
                        yield change.start(group), change.start(group) + len(value)


def _is_made(value: str) -> bool:
    return (is_told(value) or shape_of(value) >= COINED) and not is_system_name(value)


def _may_be(value: str) -> bool:
    """The other of two: with a digit, a sign or both cases, and no number."""
    return not value.isdecimal() and (
        _is_made(value) or (any(map(str.isdigit, value)) and not is_system_name(value))
    )


def passwords_of_calls(line: str) -> Iterator[tuple[int, int]]:
    """The argument that is the password by its place; as a program or a stack trace has it."""
    for call in _CALL.finditer(line):
        arguments = list(_arguments(line, call.end()))
        if arguments and arguments[0]["bare"] and _OBJECT.fullmatch(arguments[0]["bare"].strip()):
            arguments = arguments[1:] if "real_connect" in call[0] else arguments
        place = 2 if call["third"] else 1
        if len(arguments) <= place:
            continue
        password = arguments[place]
        group = "q" if password["q"] is not None else "s"
        value = password[group] or ""
        if value and not is_nothing(value) and not is_word(value) and not is_reference(value):
            yield password.span(group)


def _arguments(line: str, at: int) -> Iterator[re.Match[str]]:
    for _ in range(_MOST_ARGUMENTS):
        match = _ARGUMENT.match(line, at)
        if match is None:
            return
        yield match
        at = match.end()
        if line[at - 1 : at] != ",":
            return
