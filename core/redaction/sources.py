"""Secrets in code, in configuration and in queries: calls, markup, pairs of a name and a value."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.redaction.accepting import is_something
from core.redaction.rule import Rule, anchored, searching
from core.redaction.values import is_identifier, is_nothing, is_random, is_reference, is_word

if TYPE_CHECKING:
    import re

_SQL_NAME = r"(?:[\w.]{0,40}(?:password|passwd|passphrase|pwd|secret|token|api_?key))"
_SQL_VALUE = r"(?:N?'(?:[^'\n]|''){0,400}'|[^,()'\n]{1,200})"
_COLUMNS = 12  # of a table, as far as it is looked at


def _inserted(column: int) -> Rule:
    """`INSERT INTO t (a, password) VALUES (1, '…')`: the value below the name."""
    return anchored(
        "insert into",
        rf"(?i:insert into)\s[^()\n]{{1,120}}\((?:[^,()\n]{{1,80}},){{{column}}}\s{{0,4}}[\"`\[]?"
        rf"(?i:{_SQL_NAME})[\"`\]]?\s{{0,4}}[,)][^;\n]{{0,600}}?(?i:values)\s{{0,4}}\(\s{{0,4}}"
        rf"(?:{_SQL_VALUE}\s{{0,4}},\s{{0,4}}){{{column}}}N?'(?P<v>[^'\n]{{1,400}})'",
        lambda match: not is_nothing(match["v"]),
        screen=r"(?i:insert into).*(?i:pass|pwd|secret|token|key).*(?i:values)",
    )


def _is_value(match: re.Match[str]) -> bool:
    """Anything that is one; below a mere "key" what a machine has drawn."""
    quoted = match["v"]
    value = quoted if quoted is not None else match["b"]
    if is_nothing(value) or is_word(value) or is_reference(value):
        return False
    name = match["name"].lower()
    if any(word in name for word in ("pass", "pwd", "secret", "token", "credential")):
        return quoted is not None or not value.isdecimal()
    return is_random(value) and not is_identifier(value)


def _is_signing(match: re.Match[str]) -> bool:
    value = match["v"]
    if is_reference(value) or is_nothing(value):
        return False
    return is_random(value) or is_identifier(value)


RULES = (
    anchored(
        # Arguments of a call, such as PHP's define
        "(\"|('",
        r"\([\"'][\w.-]{0,60}(?i:password|passwd|passphrase|secret|token|api_?key|access_?key)[\"']"
        r"[ \t]{0,4},[ \t]{0,4}[\"'](?P<v>[^\"'\n]{4,256})[\"']",
        is_something,
        screen=r"(?i:password|passwd|passphrase|secret|token|key)[\"'][ \t]*,[ \t]*[\"']",
    ),
    searching(
        "pass|secret|token|key|pwd",
        r"(?i)<[\w:.-]{0,40}(?:password|passwd|passphrase|pwd|secret|token|api-?key|accesskey|secretkey"
        r"|privatekey)(?:\s[^<>]{1,200})?>\s{0,8}(?P<v>[^<\s][^<]{0,512})</",
        lambda match: not is_nothing(match["v"].strip()),
        screen=r"<[^<>]*(?i:password|passwd|passphrase|pwd|secret|token|key)(?:\s[^<>]*)?>",
    ),
    searching(
        # <property name="hibernate.connection.password">…</property>
        "</",
        r"(?i)<[\w:.-]{1,40}\s{1,4}(?:name|key|id)\s?=\s?[\"'][\w:.-]{0,60}(?:password|passwd|passphrase"
        r"|pwd|secret|token|api[_.-]?key|secret[_.-]?key|private[_.-]?key)[\"']\s?>\s{0,8}"
        r"(?P<v>[^<\s][^<]{0,512})</",
        is_something,
        screen=r"(?i:password|passwd|passphrase|pwd|secret|token|key)[\"']\s?>",
    ),
    anchored(
        # Terraform shows what it changes as `"old" -> "new"`
        "password|passwd|passphrase|pwd|secret|token|apikey|api_key|access_key|private_key",
        r"(?i:password|passwd|passphrase|pwd|secret|token|api_?key|access_key|private_key)"
        r"[\w.-]{0,40}[\"']?[ \t]{0,40}[=:][ \t]{0,8}(?:\"[^\"\n]{0,512}\"|\([^()\n]{1,40}\))"
        r"[ \t]{1,4}->[ \t]{1,4}\"(?P<v>[^\"\n]{1,512})",
        is_something,
        screen=r"(?i:password|passwd|passphrase|pwd|secret|token|key).*-> +\"",
    ),
    searching(
        # <add key="SmtpPassword" value="…"/>, {"name": "DB_PASSWORD", "value": "…"}, and in YAML
        "value",
        r"(?i)(?:key|name|id)\\?[\"']?[ \t]{0,4}[=:][ \t]{0,4}\\?[\"']?(?P<name>[\w.:-]{0,60}"
        r"(?:pass(?:word|wd|phrase)?|pwd|secret|token|key|credentials?)[\w.-]{0,12})\\?[\"']?"
        r"\s{0,60},?\s{0,60}\\?[\"']?value\\?[\"']?[ \t]{0,4}[=:][ \t]{0,4}"
        r"(?:\\?[\"'](?P<v>[^\"'\\\n]{1,512})|(?P<b>[^\s\"'\\,;{}<>]{1,512}))",
        _is_value,
        screen=r"(?i:pass|pwd|secret|token|key|credential)(?s:.)*(?i:value)\\?[\"']?[ \t]{0,4}[=:]",
    ),
    anchored(
        # auth=("dana", "…"), HTTPBasicAuth, smtp.login: the second of two
        "auth=(|auth(|.login(|authenticate(|credentials(|credential(",
        r"(?i:auth=|auth|\.login|authenticate|credentials?)\(\s{0,8}[bru]?[\"'][^\"'\n]{1,128}[\"'],\s{0,8}"
        r"[bru]?(?P<quote>[\"'])(?P<v>(?:(?!(?P=quote)).){3,256})(?P=quote)",
        is_something,
    ),
    anchored(
        "setpass|setsecret|settoken|setapikey|setpwd|withpass|withsecret|withtoken|withapikey"
        "|.password(|.token(|.secret(|.apikey(",
        r"(?i:(?:set|with|\.)(?:password|passphrase|pwd|secret(?:key)?|token|apikey|accesstoken)[a-z]{0,12})"
        r"\([ \t]{0,4}(?P<quote>[\"'`])(?P<v>(?:(?!(?P=quote)).){3,256})(?P=quote)",
        lambda match: not is_nothing(match["v"]),
        screen=r"(?i:password|passphrase|pwd|secret|token|apikey)[A-Za-z]{0,12}\([ \t]{0,4}[\"'`]",
    ),
    anchored(
        # jwt.sign(payload, "…"), BasicCredentials("id", "…"): what the last argument is drawn from
        "sign(|verify(|encrypt(|decrypt(|credentials(|authenticate(|login(|connect(|hmac|search("
        "|client(",
        r"(?i:sign|verify|encrypt|decrypt|credentials|authenticate|login|connect|hmac\w{0,20}|search"
        r"|client)\((?:[^()\n\"'`]{0,60}|[\"'`][^\"'`\n]{0,200}[\"'`]){1,3}?,\s{0,4}[bBrN]?[\"'`]"
        r"(?P<v>[^\s\"'`]{12,512})[\"'`]",
        _is_signing,
        screen=r"(?i:sign|verify|encrypt|decrypt|credentials|authenticate|login|connect|hmac\w*|search"
        r"|client)\(.*,\s*[bBrN]?[\"'`][^\s\"'`]{12}",
    ),
    anchored(
        # Terraform: a variable's name, and its default some lines below
        "variable ",
        r"variable[ ]\"[\w-]{0,60}(?i:password|passwd|passphrase|pwd|secret|token|api_?key)"
        r"[\w-]{0,20}\"\s{0,4}\{[^{}]{0,400}?\bdefault\s{0,20}=\s{0,4}\"(?P<v>[^\"\n]{1,512})\"",
        is_something,
    ),
    anchored(
        "erlang_cookie|erlang.cookie|erlang-cookie|erlangcookie",
        r"(?i:erlang[_.-]?cookie)[\"']?\s{0,4}[=:]?\s{0,4}[\"']?(?P<v>[\w-]{8,255})",
        is_something,
    ),
    *(_inserted(column) for column in range(_COLUMNS)),
)
