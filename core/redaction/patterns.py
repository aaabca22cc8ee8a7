"""What must not be shown or stored as text, and how is it recognised?

Each rule names words of which one is in every text it could match, so that most texts are
dismissed without running a pattern. Patterns keep to bounded repeats: no line, however long or
hostile, makes them slow. Private addresses, host names and request ids are no secrets here.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

SECRET = "secret"  # noqa: S105 - the name of a kind
EMAIL = "email"
CARD = "card"


@dataclass(frozen=True)
class Rule:
    """`pattern` runs where one of `hints` is in the text in lower case; its group v is the value.

    `accepts` looks at a match more closely than a pattern can.
    """

    kind: str
    hints: tuple[str, ...]
    pattern: re.Pattern[str]
    accepts: Callable[[re.Match[str]], bool]


def _always(_: re.Match[str]) -> bool:
    return True


def _rule(
    kind: str, hints: str, pattern: str, accepts: Callable[[re.Match[str]], bool] = _always
) -> Rule:
    return Rule(kind, tuple(hints.split("|")), re.compile(pattern), accepts)


# Words of an assignment whose value is a secret: password=…, "apiKey": "…", CLIENT_SECRET: …
_ASSIGNED = (
    r"(?:pass(?:word|wd|phrase|code)|\bpwd|mysql_pwd|\bpasswd?|secret|token|api[_.-]?key|apikey"
    r"|access[_.-]?key|account[_.-]?key|private[_.-]?key|auth[_.-]?key|signing[_.-]?key"
    r"|encryption[_.-]?key|master[_.-]?key|shared[_.-]?key|storage[_.-]?key|license[_.-]?key"
    r"|credentials?|client[_.-]?secret|session[_.-]?id|sessid|sessionid|connect\.sid|csrf|xsrf)"
)
_NAME_END = r"(?P<end>[A-Za-z0-9_.-]{0,40})\\?[\"'`]?\]?"
_ASSIGN = r"[ \t]{0,8}(?P<op>=>|:=|==|[=:])[ \t]{0,8}"
_QUOTED = r"\\?(?P<quote>[\"'`])(?P<q>(?:(?!(?P=quote)|\\[\"'`]).){1,4096})"
_BARE = r"(?P<b>[^\s\"'`,;&|<>(){}\[\]]{1,4096})"
# Names that hold a secret's word and no secret: max_tokens, token_type, password_file ...
_HARMLESS_END = re.compile(
    r"(?i)^s?[_.-]?(?:s|count|counts|limit|limits|used|usage|type|types|file|files|path|dir|name|"
    r"names|url|uri|endpoint|host|ttl|expiry|expires|expires_?in|expires_?at|expiration|length|"
    r"size|policy|version|age|duration|timeout|enabled|required|field|manager|provider|store|"
    r"bucket|ref|hint|status|state|error|errors|mode|algorithm|issuer|audience|refresh_?interval)$"
)
_NO_VALUE = re.compile(
    r"(?i)^(?:true|false|null|none|nil|undefined|empty|unset|yes|no|on|off|redacted|hidden|masked|"
    r"n/a|\*+|x{3,}|\.{3,}|-+|<.*|\[.*|\$\{?.*|\{\{.*|%[(s{].*|«.*|\\[nrt])$"
)
_PROSE = re.compile(
    r"(?i)^(?:is|was|are|has|had|not|cannot|must|should|expired|invalid|incorrect|wrong|missing|"
    r"required|rejected|accepted|failed|failure|mismatch|unknown|error|denied|changed|refreshed|"
    r"authentication|verification|validation|request|response|unexpected|could|the|a|an|for|no)$"
)


_SHORT, _MIXED, _LONG = 4, 6, 20  # characters of a number, of a word with digits, of a token


def _is_assigned(match: re.Match[str]) -> bool:
    """A value, and not a counter, a reference, a flag or the next word of a sentence."""
    value = match["q"] if match["q"] is not None else match["b"]
    if _HARMLESS_END.match(match["end"]) or _NO_VALUE.match(value):
        return False
    if match["b"] is not None and (_PROSE.match(value.rstrip(":")) or value.endswith("(")):
        return False
    if value.endswith(":") and match["op"] == ":":  # `token: read: EOF` names what failed
        return False
    return not (value.isdecimal() and len(value) < _SHORT and match["b"] is not None)


def _is_mixed(match: re.Match[str]) -> bool:
    """After a name as short as `pw` only what no word, count or path looks like is a secret."""
    value = match["v"]
    kinds = any(map(str.isalpha, value)), any(map(str.isdigit, value))
    return all(kinds) and len(value) >= _MIXED and "/" not in value


def _is_dense(match: re.Match[str]) -> bool:
    """A token has digits or is long; the word after "bearer" in a sentence is neither."""
    value = match["v"]
    return any(map(str.isdigit, value)) or len(value) >= _LONG


def _is_card(match: re.Match[str]) -> bool:
    """Length and prefix of an issuer, and Luhn's check digit (ISO/IEC 7812-1)."""
    digits = [int(digit) for digit in match["v"] if digit.isdigit()]
    doubled = [sum(divmod(2 * digit, 10)) for digit in digits[-2::-2]]
    return (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0 and len(set(digits)) > 1


def _is_address(match: re.Match[str]) -> bool:
    """Not an instance of systemd, which looks like an address: getty@tty1.service."""
    units = (".service", ".socket", ".timer", ".mount", ".target", ".scope", ".slice", ".device")
    return not match["v"].lower().endswith(units)


RULES = (
    _rule(
        SECRET,
        "private key",
        r"(?P<v>-----BEGIN [A-Z0-9 ]{0,30}PRIVATE KEY[A-Z ]{0,10}-----"
        r"(?:[\s\S]{0,20000}?-----END [A-Z0-9 ]{0,30}PRIVATE KEY[A-Z ]{0,10}-----"
        r"|[\s\S]{0,20000}))",
    ),
    _rule(SECRET, "akia|asia|abia|acca", r"\b(?P<v>(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16})\b"),
    _rule(
        SECRET,
        "aiza|ya29.|gocspx-",
        r"\b(?P<v>AIza[\w-]{35}|ya29\.[\w.-]{20,}|GOCSPX-[\w-]{20,})",
    ),
    _rule(SECRET, "q~", r"(?<![\w~.-])(?P<v>[\w~.]{3}\dQ~[\w~.-]{31,34})(?![\w~.-])"),
    _rule(
        SECRET,
        "ghp_|gho_|ghu_|ghs_|ghr_|github_pat_",
        r"(?P<v>gh[pousr]_\w{30,255}|github_pat_\w{22,255})",
    ),
    _rule(SECRET, "gl", r"\b(?P<v>gl(?:pat|dt|rt|ptt|cbt|ft|soat|oas|imt|agent|sa)[-_][\w-]{20,})"),
    _rule(
        SECRET,
        "xox|xapp-|hooks.slack.com|discord",
        r"(?P<v>\bxox[abceoprs]-[\w-]{8,}|\bxapp-\d-[\w-]{8,}"
        r"|(?<=hooks\.slack\.com/)(?:services|workflows|triggers)/[\w/+-]{20,}"
        r"|(?<=/api/webhooks/)\d{15,}/[\w-]{30,})",
    ),
    _rule(
        SECRET,
        "_live_|_test_|whsec_",
        r"(?P<v>\b(?:sk|rk|pk)_(?:live|test|prod)_\w{8,}|\bwhsec_[\w+/=]{16,})",
    ),
    _rule(SECRET, "sk-", r"(?<![\w-])(?P<v>sk-[A-Za-z0-9_-]{20,})"),
    _rule(
        SECRET,
        "sg.|npm_|pypi-|hf_|v1_|shp|hv|dapi|pmak|nrak|atatt|sq0|lin_api|age-secret|rubygems_|dckr_",
        r"(?<![\w-])(?P<v>SG\.[\w-]{16,32}\.[\w-]{16,64}|npm_\w{36}|pypi-[\w-]{50,}|hf_\w{30,}"
        r"|do[op]_v1_[a-f0-9]{64}|shp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}|hv[sbr]\.[\w-]{20,}"
        r"|dapi[a-h0-9]{32}|PMAK-[\w-]{50,}|NRAK-\w{20,}|ATATT3[\w=-]{50,}"
        r"|sq0(?:csp|atp)-[\w-]{20,}|lin_api_\w{30,}|AGE-SECRET-KEY-1\w{50,}"
        r"|rubygems_[a-f0-9]{40,}|dckr_pat_[\w-]{20,})",
    ),
    _rule(SECRET, ":aa", r"\b(?P<v>\d{8,10}:AA[\w-]{33})\b"),
    _rule(SECRET, "eyj", r"(?<![\w-])(?P<v>eyJ[\w-]{8,}\.[\w-]{8,}(?:\.[\w-]{0,4096}){0,3})"),
    _rule(
        SECRET,
        "authorization",
        r"(?i)authorization\\?[\"']?\]?[ \t]{0,4}[:=][ \t]{0,4}\\?[\"']?"
        r"(?:(?:bearer|basic|token|digest|apikey|negotiate|ntlm|aws4-hmac-sha256)[ \t]{1,4})?"
        r"(?P<v>[^\s\"'\\]{4,}(?:, ?[\w-]+=[^\s,]+){0,20})",
        lambda match: not _NO_VALUE.match(match["v"]) and not _PROSE.match(match["v"]),
    ),
    _rule(
        SECRET,
        "bearer|basic",
        r"(?i)\b(?:bearer|basic)[ \t]{1,4}(?P<v>[A-Za-z0-9._~+/-]{8,}={0,2})",
        _is_dense,
    ),
    _rule(
        SECRET,
        "x-api-key|x-auth-token|x-amz-security-token|x-vault-token|private-token",
        r"(?i)\b(?:x-api-key|x-auth-token|x-amz-security-token|x-vault-token|private-token)"
        r"\\?[\"']?[ \t]{0,4}[:=][ \t]{0,4}\\?[\"']?(?P<v>[^\s\"',;\\]{4,})",
    ),
    _rule(
        SECRET,
        "cookie",
        r"(?i)\b(?:set-)?cookie\\?[\"']?\]?[ \t]{0,4}[:=][ \t]{0,4}\\?[\"']?"
        r"(?P<v>[\w.%-]{1,256}=[^\r\n\"']{3,4096})",
    ),
    _rule(
        SECRET,
        "pass|pwd|secret|token|key|credential|sessi|sessid|sid|csrf|xsrf",
        rf"(?i){_ASSIGNED}{_NAME_END}{_ASSIGN}(?:{_QUOTED}|{_BARE})",
        _is_assigned,
    ),
    _rule(
        SECRET,
        "mysql|maria|sshpass",
        r"\b(?i:mysql\w*|mariadb\w*|sshpass)\b[^\n;|&]{0,200}?\s-p ?(?P<v>[^\s\"'-][^\s\"']*)",
    ),
    _rule(
        SECRET,
        "password",
        r"(?i)\bpassword (?:is|was|with)? ?(?P<v>[^\s\"'`,;:=]{6,128})",
        _is_mixed,
    ),
    _rule(
        SECRET,
        "pass|pw|auth",
        r"(?i)(?<![A-Za-z])(?:pass|pw|auth)=(?P<v>[^\s\"'`,;&|<>(){}\[\]]{1,4096})",
        _is_mixed,
    ),
    _rule(
        SECRET,
        "pass|token|secret|key",
        r"(?i)(?:^|\s)--?[\w-]{0,30}(?:password|passwd|token|secret|api-?key)[ \t]{1,4}"
        r"(?P<v>[^\s\"'-][^\s\"']{2,})",
    ),
    _rule(
        SECRET,
        "requirepass|masterauth",
        r"(?i)\b(?:requirepass|masterauth)[ \t]{1,8}\"?(?P<v>[^\s\"]+)",
    ),
    _rule(
        SECRET,
        "identified|password",
        r"(?i)\b(?:identified(?: with \S{1,40})? by|password)[ \t]{1,8}'(?P<v>[^']+)'",
    ),
    _rule(
        SECRET,
        "pass|secret|token|key",
        r"(?i)<\w{0,30}(?:password|passwd|secret|token|apikey)>(?P<v>[^<\s][^<]{0,4096})</",
    ),
    _rule(
        SECRET,
        "://",
        r"\b[A-Za-z][A-Za-z0-9+.-]{1,30}://[^\s/:@\"'<>]{0,256}:(?P<v>[^\s/\"'<>]{1,256})@",
    ),
    _rule(SECRET, "@tcp(|@unix(", r"(?<![\w.-])[\w.-]{1,64}:(?P<v>[^\s@/]{1,256})@(?:tcp|unix)\("),
    _rule(
        SECRET,
        "sig=|signature=|key=|code=|auth=",
        r"(?i)[?&](?:sig|(?:x-amz-)?signature|key|code|auth)=(?P<v>[^\s&#\"'<>]{6,})",
    ),
    _rule(
        SECRET,
        "curl",
        r"(?s)\bcurl\b.{0,400}?\s(?:-u|--user)[ =]{1,4}(?P<v>[\"']?[^\s:]{0,128}:[^\s]{1,256})",
    ),
    _rule(
        SECRET,
        "ssn|social security",
        r"(?i)\b(?:ssn|social security(?: number)?)\W{1,4}(?P<v>\d{3}-?\d{2}-?\d{4})\b",
    ),
    _rule(
        CARD,
        "2|3|4|5|6",
        r"(?<![\w.+-])(?P<v>(?:4\d{3}|5[1-5]\d\d|2[2-7]\d\d|6(?:011|5\d\d|4[4-9]\d))"
        r"([ -]?)\d{4}\2\d{4}\2\d{4}|3[47]\d\d([ -]?)\d{6}\3\d{5})(?![\w-]|\.\d)",
        _is_card,
    ),
    _rule(
        CARD,
        "card",
        r"(?i)card[\w ]{0,20}[\"']?[ =:#]{1,3}[\"']?(?P<v>\d{13,19})(?!\d)",
        _is_card,
    ),
    _rule(
        EMAIL,
        "@|%40",
        r"(?<![A-Za-z0-9._%+-])(?P<v>[A-Za-z0-9_%+][A-Za-z0-9._%+-]{0,63}"
        r"(?:@|%40)(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,24})(?![\w-]|\.\w)",
        _is_address,
    ),
)
