"""The password of an account: what stands beside a user's name, in commands, calls and notes.

No word announces it: whoever reads `RDP as Administrator / …`, `lftp -u backup,…` or
`connect(dsn, "app", "…")` knows by the place. So the value must look made up, and the user be
introduced by a word or an option, or have a name that accounts have.
"""

from __future__ import annotations

import re
import tomllib
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from core.redaction.announcements import by_line
from core.redaction.rules import reading, searching
from core.redaction.secret_values import is_nothing, is_word
from core.redaction.values_below import BINDS, bound_values
from core.redaction.shapes import STRONG, is_chosen, is_hexadecimal, is_part_of_system, is_system_name, looks_made, shape_of

if TYPE_CHECKING:
    from collections.abc import Iterator

_ORDINARY = tomllib.loads(
    Path(__file__).with_name("announcements.toml").read_text(encoding="utf-8")
)["ordinary"]
_ACCOUNTS = "|".join(map(re.escape, _ORDINARY["accounts"]))
_SHORTEST_IN_NAME = 5  # characters
_ACCOUNTS_SEEN = "|".join(_ORDINARY["accounts"])
_OF_ADMINISTRATORS = "root|admin|administrator|sysadmin|postgres|oracle|sa|ubuntu|ec2-user|dba"
_USER = r"[A-Za-z][\w.@\\$-]{0,63}"
_KNOWN = rf"(?:{_ACCOUNTS}|[a-z]\w{{1,30}}[_-](?:user|rw|ro|svc|admin|adm|app|usr|account))"
_QUOTE = r"[\"'`*]{0,2}"
# An option or a word that a user's name follows; the name of a variable that holds one.
_INTRODUCED = (
    r"(?<![\w-])(?:-{1,2}(?:user(?:name)?|usr|login|auth|account|proxy-user)|/u(?:ser)?|-[uUlL]"
    r"|[A-Z]\w{0,40}_(?:USER(?:NAME)?|LOGIN|AUTH|CREDS?|CREDENTIALS?)|user(?:name)?|login|logon|usr"
    r"|attempt|authenticate|basic|access for|account|acct|credentials?|creds?|logged in|log in|as|accept|benutzer|utilisateur|usuario)"
    r"(?:\s+(?:is|as|with|add|del|for))?(?:\s{0,3}[:=]\s{0,3}|\s{1,3})"
)
_BETWEEN = r"(?:\s?/\s?|:\s?|,\s?|\s?->\s?|\s\|\s|%|\s(?:and|with|using)(?:\s(?:then|the|password|pw))?\s|\s[-\u2013]\s)"
_V = r"(?P<v>[^\s\"'`|<>(){}\[\],;=:]{5,256})"
_MADE = r"[A-Za-z0-9._-]*(?:[0-9!#%^*~$?&+@]|[a-z][._-][a-z]+[._-][a-z]|[a-z][A-Z])"  # in screens
_USER_SEEN = r"[\"'`*]*[A-Za-z][A-Za-z0-9_.@\\$-]*[\"'`*]*"
# The user's name, introduced, and what parts it from the password.
_AFTER_USER = rf"(?i:{_INTRODUCED}){_QUOTE}{_USER}{_QUOTE}{_BETWEEN}{_QUOTE}{_V}"
_USERS_SEEN = (
    rf"(?i-u:-[ul]|user|name|usr|login|logon|auth|account|acct|credentials?|creds?|in|as|accept|attempt|authenticate|basic|for|benutzer|utilisateur|usuario)"
    rf"(?: [a-z]+)?[ \t:=]+{_USER_SEEN}"
    rf"(?: ?[/:,|%>\u2013-]+ ?| (?:and|with|using) [a-z ]*)[\"'`*]*{_MADE}"
)
_AFTER_KNOWN = (
    rf"(?:^|(?<=[\s\"'`(\[*]))(?:(?i:{_KNOWN}){_QUOTE}(?:\s[/|—\u2013]\s|\s?(?:->|→)\s?|,\s|\sand\s)"
    rf"|(?i:{_OF_ADMINISTRATORS})/(?![^\s]{{0,64}}/)){_QUOTE}{_V}"
)
_KNOWN_SEEN = (
    rf"(?:^|[\s\"'`(\[*])(?:(?i-u:{_ACCOUNTS_SEEN}|[a-z][a-z0-9_]*[_-](?:user|rw|ro|svc|admin|adm|app|usr|account))"
    rf"[\"'`*]*(?: [/|—\u2013] | ?(?:->|→) ?|, | and )|(?i-u:{_OF_ADMINISTRATORS})/)[\"'`*]*{_MADE}"
)
# Whoever it is, where a stroke stands by itself: `dana / …`.
_AFTER_STROKE = (
    rf"(?:^|(?<=[\s\"'`(\[*:]))(?:[A-Z]{{2,12}}\\)?[a-z][\w.-]{{1,40}}(?:@[\w.-]{{2,80}})?{_QUOTE}\s//?\s{_QUOTE}{_V}"
)
_STROKE_SEEN = rf"[a-z0-9][\"'`*]* //? [\"'`*]*{_MADE}"
# Verbs and options of tools, after which arguments are a user's name and a password.
_AT_POSITION = (
    r"(?i:(?<![\w.-])(?:authenticate_user|add_user|adduser|user[ _-]?add|passwd|change_password"
    r"|alias\s(?:set\s)?\S+\s\S+|http-basic\.\S+|(?:isql|iusql)\s(?:-\S+\s)*\S+|hello\s[23]\sauth"
    rf"|set-agent-token)\s+(?:{_USER}\s+){{1,2}}"
    r"|(?<![\w.-])(?:(?:\w{3,12}-)?(?:oauth|token|bearer)\.\S+|vncpasswd(?:\s\S+)?|--?auth)\s+)"
    rf"{_QUOTE}{_V}"
)
_POSITION_SEEN = (
    r"(?i-u:authenticate_user|add_user|adduser|user[ _-]?add|passwd|change_password|alias|http-basic\.[a-z0-9.-]+|isql"
    r"|hello [23] auth|agent-token|(?:oauth|token|bearer)\.[a-z0-9.-]+|-auth)[ \t]+[^\n]*"
    rf"(?:{_MADE}|[a-z]+[0-9])"
)
_SPLIT = (
    r"(?i:connect|conn|user|login|logon|account|sqlplus|exp|imp|expdp|impdp|ftp|auth\w*\sfailed\sfor|-u"
    rf"|denied\sfor|as)[\s:=]{{1,3}}[\"'`]?{_USER}/(?P<v>[^\s/\"'`@]{{5,256}})"
)
_SPLIT_SEEN = (
    r"(?i-u:connect|conn|user|login|logon|account|sqlplus|exp|imp|expdp|impdp|ftp|for|-u|as)[ \t:=]+"
    rf"[\"'`]*[A-Za-z][A-Za-z0-9_.@\\$-]*/{_MADE}"
)


def _is_made(match: re.Match[str]) -> bool:
    return looks_made(match["v"])


_CALL = re.compile(
    r"(?i)(?:connect\w{0,12}|connection|__construct|logi?o?n|auth\w{0,16}|bind|credentials?|signin)"
    r"\((?P<v>(?:[^()\"'\n]{0,80}(?:\"[^\"\n]{0,200}\"|'[^'\n]{0,200}')){2,6})"
)
_QUOTED = re.compile(r"\"(?P<q>[^\"\n]{0,200})\"|'(?P<s>[^'\n]{0,200})'")


def _arguments_in(line: str) -> Iterator[tuple[int, int]]:
    """The arguments of a call that connects or logs in, but for the first."""
    for call in _CALL.finditer(line):
        for number, match in enumerate(_QUOTED.finditer(line, *call.span("v"))):
            group = "q" if match["q"] is not None else "s"
            if number and looks_made(match[group]):
                yield match.span(group)


def _is_pair_of_anybody(match: re.Match[str]) -> bool:
    return _is_made(match) and not is_hexadecimal(match["v"])


def _is_chosen(match: re.Match[str]) -> bool:
    return is_chosen(match["v"])


# An option for a secret among arguments in quotes, whatever follows it in quotes.
_LISTED = (
    r"(?P<quote>[\"'])-{1,2}[\w-]{0,40}(?i:password|passwd|passphrase|pass|pwd|pw|secret|token|api-?key"
    r"|secret-?key|access-?key|cred|credentials)(?P=quote)\s?,\s?(?P=quote)(?P<v>(?:(?!(?P=quote)).){3,256})(?P=quote)"
)
_LISTED_SHORT = (
    r"(?P<quote>[\"'])-{1,2}[pPwW](?P=quote)\s?,\s?(?P=quote)(?P<v>(?:(?!(?P=quote)).){5,256})(?P=quote)"
)


def _is_argument(match: re.Match[str]) -> bool:
    value = match["v"]
    return not is_nothing(value) and not value.startswith(("-", "/"))


def _is_short_argument(match: re.Match[str]) -> bool:
    value = match["v"]
    return _is_argument(match) and (looks_made(value) or value.count(" ") > 1)


def _bound_in(line: str) -> Iterator[tuple[int, int]]:
    """The parameters beside a statement about a column of secrets."""
    statement = BINDS.search(line)
    if statement:
        yield from bound_values(line, statement.end())


# What a key that announces secrets opens: `"password": {"plain": "…"}`, `"github-oauth": {"host": "…"}`.
_OBJECT = re.compile(
    r"(?i)\\{0,3}[\"'](?P<name>[\w.-]{0,40}(?:passw(?:or)?d|passphrase|secret|token|oauth|bearer|http-basic"
    r"|credentials?|private_?key|api_?key|auths?))\\{0,3}[\"']\s{0,3}:\s{0,3}\{(?P<v>[^{}]{1,600}(?:\{[^{}]{1,400}\})?)"
)
_LEAF = re.compile(
    r"\\{0,3}[\"'](?P<key>[\w.:/@-]{1,80})\\{0,3}[\"']\s{0,3}:\s{0,3}\\{0,3}[\"'](?P<v>[^\"'\\\n]{3,512})"
)
_META = re.compile(
    r"(?i)(?:.*[_.-])?(?:type|name|ref|path|version|kind|description|format|user|username|id|host|url|env|from|status|in|scheme|policy|at|date)"
)


def _members_of(text: str) -> Iterator[tuple[int, int]]:
    """The values of an object whose name announces secrets, but for those that describe it."""
    for opened in _OBJECT.finditer(text):
        is_password = "pass" in opened["name"].lower()
        for leaf in _LEAF.finditer(text, *opened.span("v")):
            value = leaf["v"]
            if is_nothing(value) or _META.fullmatch(leaf["key"]):
                continue
            if looks_made(value) or (is_password and not is_word(value)):
                yield leaf.span("v")


def _is_key_of_traffic(match: re.Match[str]) -> bool:
    return len(match["v"]) % 2 == 0


# The word in the name of a file, a folder or a service, and what follows it there.
_IN_A_NAME = re.compile(
    r"(?i:(?<![a-z])(?:passw(?:or)?d|passwort|passwd|passphrase|pass|pwd|pw|creds?|credentials?|kennwort))[-_.]{1,2}"
    r"(?P<v>[A-Za-z0-9][A-Za-z0-9!#$%&*+@^~?._-]{4,80})"
)
_EXTENSION = re.compile(r"\.[a-z][a-z0-9]{1,4}\Z|\.[a-z0-9]{1,4}\.(?:gz|xz|zst|bz2)\Z")


def _joined_in(text: str) -> Iterator[tuple[int, int]]:
    """A password that is part of a name: `backup_pw-Felix903.zip`."""
    for match in _IN_A_NAME.finditer(text):
        value = _EXTENSION.sub("", match["v"].rstrip("-_"))
        if text[match.end() : match.end() + 1] in {"(", "=", ":"}:
            continue
        while value:
            if _is_in_name(value):
                yield match.start("v"), match.start("v") + len(value)
                break
            cut = max(value.rfind(sign) for sign in "-_.")
            value = value[: max(cut, 0)]


def _is_in_name(value: str) -> bool:
    parts = re.findall(r"[A-Za-z][a-z]+|[A-Z]+", value)
    if len(parts) > 1 and any(is_part_of_system(part.lower()) for part in parts):
        return False
    return len(value) >= _SHORTEST_IN_NAME and looks_made(value)


def _is_community(match: re.Match[str]) -> bool:
    value = match["v"]
    if is_nothing(value) or is_word(value) or value in {"public", "string", "name"}:
        return False
    return match["mode"] is not None or is_chosen(value)


_COMMANDS = (
    "unrar|rar|7z|7za|zip|unzip|mysql|mysqldump|mariadb|dsconf|dsctl|ldap\\w{3,8}|schtasks|psexec|swift|net|at|runas|bcp|osql|winrs"
)
RULES = (
    searching(
        "user|login|logon|usr|account|acct|cred|auth|in |as |accept|attempt|basic|access for|benutzer|utilisateur|usuario|-u |-l |/u|name",
        _AFTER_USER,
        _is_made,
        screen=_USERS_SEEN,
    ),
    searching("", _AFTER_KNOWN, _is_chosen, screen=_KNOWN_SEEN),
    searching(
        "user|passwd|change_password|alias|http-basic|isql|auth|agent-token|token.|bearer.",
        _AT_POSITION,
        _is_chosen,
        screen=_POSITION_SEEN,
    ),
    searching("/", _SPLIT, _is_made, screen=_SPLIT_SEEN),
    reading(
        "connect|__construct|login(|logon(|auth|bind(|credential|signin(",
        partial(by_line, _arguments_in),
        values=r"\(.*[\"'],.*[\"'].*[0-9!#%^*~$?&._-]",
    ),
    searching("\"-|'-", _LISTED, _is_argument, screen=r"[\"']--?[A-Za-z-]+[\"'] ?, ?[\"']"),
    searching("\"-|'-", _LISTED_SHORT, _is_short_argument, screen=r"[\"']--?[pPwW][\"'] ?, ?[\"']"),
    reading(
        "pass|secret|token|oauth|bearer|http-basic|credential|key|auth",
        _members_of,
        values=r"[\"'][ ]*:[ ]*\{[^{}]*:",
    ),
    searching(  # keys of TLS sessions, as browsers log them, and of what else has so long a key
        "secret|random|_key|key ",
        r"(?<![\w-])[A-Z][A-Z0-9_]{3,60}[ \t]{1,4}[0-9a-f]{16,128}[ \t]{1,4}(?P<v>[0-9a-f]{40,512})(?![\w-])",
        _is_key_of_traffic,
        screen=r"[A-Z0-9_]+[ \t]+[0-9a-f]{16}[0-9a-f]*[ \t]+[0-9a-f]{40}",
    ),
    reading(
        "pass|pwd|pw|cred|kennwort",
        _joined_in,
        screen=r"(?i:pass|passw|password|passwd|passphrase|pwd|pw|cred|creds|credentials|kennwort|passwort)[-_.][A-Za-z]",
    ),
    searching(  # an option without a blank: `unrar x -p…`; and others of a run as somebody
        " -p| -w| /rp| -k| /p| -ap| -hp",
        rf"(?<![\w/-])(?i:{_COMMANDS})(?:\.exe)?(?=[ ])[^\n|;]{{0,240}}?[ ](?:-h?p:?(?=\S)|-[wkKP][ ]|/(?i:r?p)[ :]|-r?p[ ])[\"']?"
        r"(?P<v>[^\s\"'|;/-][^\s\"'|;]{4,128})",
        _is_made,
        screen=rf"(?i:{_COMMANDS}).* (?:-h?p|-[wkKP] |/(?i:r?p))",
    ),
    searching(  # Redis, as it is typed or as its settings say
        "auth |user |setuser|acl",
        r"(?m)(?:^|[>$|\]\"'`] ?)AUTH[ ](?:[\w.-]{1,40}[ ])?(?P<v>[^\s\"'`]{5,256})(?=[\"'`]?\s*$|\\r)",
        _is_made,
        screen=r"AUTH [^ ]",
    ),
    searching(
        "on |off |setuser ",
        r"(?<!\S)(?:on|off|resetpass|reset)[ ](?:(?:resetpass|nopass|sanitize-payload|-@all)[ ])?[>#!](?P<v>[^\s\"'`>]{4,256})",
        _is_argument,
        screen=r"(?:on|off|reset|resetpass) (?:[a-z@-]+ )?[>#!]",
    ),
    searching(
        "community",
        r"(?i)community(?:[ ](?:string|name|is))*[ \t:=]{1,4}[\"']?(?P<v>[^\s\"'`,;:=|]{4,64})[\"']?(?:[ \t]{1,4}(?P<mode>ro|rw|view|authorization|\d{1,2})\b|\s*$|[ ,;])",
        _is_community,
        screen=r"(?i:community)[ \ta-z:=]+[^ ]",
    ),
    searching(
        "snmp|trap",
        r"(?i)(?:snmp-server[ ]host|trapsink|trap2sink|informsink|snmp\w*[ ]trap\w*)[ ]\S{1,80}(?:[ ](?:traps?|informs?|version|v?[123]c?))*[ ](?P<v>[^\s\"']{4,64})",
        lambda match: match["v"] != "public" and (looks_made(match["v"]) or shape_of(match["v"]) >= STRONG),
        screen=r"(?i:snmp-server host|trapsink|trap2sink|informsink|trap)",
    ),
    searching(  # Windows' registry
        "reg_",
        r"(?i)[\w.-]{0,40}(?:password|passwd|secret|pwd|psk|token|key)[\"']?[ \t]{1,20}(?:/t[ ])?REG_\w{2,12}[ \t]{1,20}(?:/d[ ])?[\"']?(?P<v>[^\s\"']{4,256})",
        lambda match: not is_nothing(match["v"]),
        screen=r"REG_[A-Z_]+[ \t]",
    ),
    searching(  # `user:password@host` without a scheme
        "@",
        r"(?:^|(?<=[\s\"'`=(]))[A-Za-z][\w.-]{1,40}:(?P<v>[^\s\"'`:/@|,;<>(){}\[\]]{5,128})@(?!sha\d)[A-Za-z0-9][\w.-]{1,120}(?![\w@])",
        _is_made,
        screen=rf"[A-Za-z0-9_.-]+:{_MADE}[^@ ]*@[A-Za-z0-9]",
    ),
    searching(  # two quoted words are a line: a list of users
        "\"",
        r"(?m)^[\s+>]{0,4}\"[\w.@-]{1,64}\"[ \t]{1,4}\"(?P<v>[^\"\n]{4,512})\"[ \t]*\r?$",
        lambda match: looks_made(match["v"]) or match["v"].startswith(("md5", "SCRAM")),
        screen=r"\" +\"[^\"]+\"\s*$",
    ),
    searching(  # XML-RPC: the arguments of a call
        "<value>",
        r"<value>\s{0,4}(?:<string>)?(?P<v>[^<>\s]{5,256})</",
        _is_made,
        screen=r"<value>(?:<string>)?[^<]*[0-9._-]",
    ),
    searching(
        "<<<",
        r"<<<[ ]?[\"']?(?P<v>[^\s\"'$<]{5,256})",
        _is_made,
        screen=r"<<< ?[\"']?[A-Za-z0-9]",
    ),
    searching(  # access from afar: an id, then a code
        "anydesk|teamviewer|rustdesk|splashtop|vnc|rdp|tmate|zoom|webex|meeting|quick assist",
        r"(?i:anydesk|teamviewer|rustdesk|splashtop|vnc|rdp|tmate|zoom|webex|meeting|quick assist)[^\n]{0,80}?(?:\s/\s|,\s?|(?:pw|pass\w{0,8}|code|pin)(?:\sis)?[\s:=]{1,3})[\"'`]?(?P<v>[^\s\"'`,;]{4,64})",
        lambda match: looks_made(match["v"]) or (match["v"].isalnum() and any(map(str.isdigit, match["v"])) and not match["v"].isdigit()),
        screen=r"(?i:anydesk|teamviewer|rustdesk|splashtop|vnc|rdp|tmate|zoom|webex|meeting|quick assist)",
    ),
    searching(  # a value that one is to use
        "use |try |with |enter ",
        r"(?i:use|try|with|enter)\s[\"'`]?(?P<v>[^\s\"'`,;:=()]{6,64})[\"'`]?\s(?:for|to|on|as|when|if)\s[^\n]{0,40}?(?i:account|log ?in|logon|sign in|console|vpn|wi-?fi|ssh|rdp|bastion)",
        lambda match: looks_made(match["v"]),
        screen=r"(?i:use|try|with|enter) [^\n]*(?i:account|log ?in|logon|sign in|console|vpn|wi-?fi|ssh|rdp|bastion)",
    ),
    searching(  # a name that states one
        "pass|pwd|pw|pin|token|secret|key|kennwort|code",
        r"(?i:password|passwd|passwort|kennwort|passphrase|passcode|pwd|pw|pin|code|token|secret|key)(?:\s(?:is|=|:)|[:=])?\s(?P<v>[^\s\"'/|=:]{5,64})\.(?:png|jpe?g|txt|csv|xlsx?|docx?|pdf|zip|7z|rar|tar|gz|sql|log|md|conf|kdbx|eml|msg|html?|bak|dump|json|ya?ml)(?![\w.])",
        _is_made,
        screen=r"(?i:password|passwd|passwort|kennwort|passphrase|passcode|pwd|pw|pin|code|token|secret|key)[ :=][^\n]*\.(?:png|jpe?g|txt|csv|xlsx?|docx?|pdf|zip|7z|rar|tar|gz|sql|log|md|conf|kdbx|eml|msg|html?|bak|dump|json|ya?ml)",
    ),
    searching(  # hexadecimal in the name of a file of keys
        "api_key|apikey|api-key|token|secret|password|passwd|private_key|access_key",
        r"(?i:api[_-]?key|access[_-]?key|private[_-]?key|secret[_-]?key|token|secret|password|passwd)[-_]{1,2}(?P<v>[0-9a-fA-F]{32,128})(?![0-9A-Za-z])",
        screen=r"(?i:key|token|secret|password|passwd)[-_]+[0-9a-fA-F]{32}",
    ),
    reading(
        "insert |update |select |call |exec |merge ",
        partial(by_line, _bound_in),
        values=r"(?:\?|[$][0-9]|%s|[:@][a-z])[^\n]*[\[('\"]",
    ),
    searching(
        "admins/|users/|user/|passwords/|secrets/",
        r"(?:admins?|users?|passwords?|secrets?)/[\w.-]{1,64}[\"']?\s[^\n]{0,120}?(?:-d|--data\S{0,8})[ =]['\"]{1,2}\\{0,2}\"?(?P<v>[^\s\"'{\\]{4,128})",
        _is_made,
        screen=r"(?:admins?|users?|passwords?|secrets?)/[A-Za-z0-9_.-]+[\"']? .*(?:-d|--data)",
    ),
    searching("/", _AFTER_STROKE, _is_pair_of_anybody, screen=_STROKE_SEEN),
    searching(  # in brackets, on a line about access
        "(",
        rf"(?i:rdp|ssh|vpn|login|creds?|access|console|account|bastion|jump)\b[^\n]{{0,60}}\({_USER}\s?[/:|]\s?{_V}\)",
        _is_made,
        screen=rf"(?i:rdp|ssh|vpn|login|creds?|access|console|account|bastion|jump).*\([A-Za-z][^ )]* ?[/:|] ?{_MADE}",
    ),
    searching(  # a quoted word after the user's option; procedures of SQL Server
        "/user|-u|sp_",
        r"(?i:/user:\S{1,80}|(?<!\S)-u[ ][\w.@\\-]{1,64}|sp_\w{0,12}(?:login|password|user)\w{0,8}[ ]+(?:N?'[^'\n]{0,80}'|NULL)[ ]?,)[ ]+N?[\"'](?P<v>[^\s\"']{4,128})[\"']",
        _is_chosen,
        screen=rf"(?i:/user:|-u |sp_)[^\n]*[\"']{_MADE}",
    ),
    searching(
        "alter user",
        r"(?i:alter[ ]user)[^\n;]{1,160}?(?i:replace)[ ]+[\"']?(?P<v>[^\s\"';]{4,128})",
        _is_argument,
    ),
    searching(  # strongSwan: ipsec.secrets; Postfix: sasl_passwd
        "eap|xauth|psk|ntlm|]",
        r"(?::[ ]+(?:EAP|XAUTH|PSK|NTLM|PIN)[ ]+[\"']?|\[[\w.-]{3,120}\]:\d{1,5}\s+[\w.@+-]{1,64}:)(?P<v>[^\s\"']{4,256})",
        _is_chosen,
        screen=r": +(?:EAP|XAUTH|PSK|NTLM|PIN) |\]:[0-9]+\s+[A-Za-z0-9_.@+-]+:",
    ),
    searching(
        "com2sec|keyring|isakmp|pre-shared-key",
        r"(?i:com2sec6?(?:\s+-Cn\s\S+)?\s+\S{1,64}\s+\S{1,80}\s+|(?:keyring|isakmp|pre-shared-key)[^\n]{0,80}?\skey\s(?:\d\s)?)[\"']?(?P<v>[^\s\"']{4,128})",
        lambda match: match["v"] != "public" and _is_argument(match),
        screen=r"(?i:com2sec|keyring|isakmp|pre-shared-key)",
    ),
    searching(  # what a program reads a password from
        "echo |printf ",
        r"(?:echo|printf)[ ](?:-n[ ])?[\"']?(?P<v>[^\s\"'|$]{6,256})[\"']?(?:[ ]?\||\))[^\n]{0,80}?(?:pass|sudo[ ]-S|login|kinit|cryptsetup|gpg|openssl|private-key)",
        _is_made,
        screen=r"(?:echo|printf) .*[|)]",
    ),
    searching(
        "private-key <|preshared-key <",
        r"(?:private|preshared)-key[ ]<\(echo[ ][\"']?(?P<v>[^\s\"')]{8,256})",
    ),
    searching(  # two strings in brackets among arguments
        "auth|arg|param|cred|login|value",
        r"(?i:auth|args|param\w*|cred\w*|login|values)[^\n\"']{0,24}[(\[][bru]?[\"'][\w.@-]{1,64}[\"'],[ ]?[bru]?[\"'](?P<v>[^\"'\n]{5,128})[\"'][)\]]",
        _is_made,
        screen=rf"(?i:auth|args|param|cred|login|values).*[\"'], ?[bru]?[\"']{_MADE}",
    ),
    searching(  # before the word, in a name
        "_pass|-pass|_pw|-pw|_kennwort|-kennwort",
        r"(?:^|(?<=[\s/\"'_-]))(?P<v>[A-Za-z0-9!#$%&+^~]{6,64})[-_](?i:password|passwd|passwort|kennwort|passphrase|pwd|pw)(?=[._\s-]|$)",
        _is_made,
        screen=rf"{_MADE}[A-Za-z0-9!#$%&+^~]*[-_](?i:pass|pw|kennwort)",
    ),
)
