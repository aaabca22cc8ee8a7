"""Secrets that what stands around them gives away: headers, cookies, URLs, keys, hashes."""

from __future__ import annotations

from core.redaction.accepting import (
    is_credential,
    is_password_part,
    is_signed,
    is_something,
    is_unlike_words,
)
from core.redaction.rule import anchored, searching
from core.redaction.values import is_basic, is_nothing, is_random

_VALUE_END = r"\\?[\"']?"
_COLON = rf"{_VALUE_END}\]?[ \t]{{0,4}}[:=][ \t]{{0,4}}{_VALUE_END}"
_IN_QUERY = {"?", "&", "-", ";"}
_PRIVATE_KEY = r"-----BEGIN [A-Z0-9 ]{0,30}PRIVATE KEY[A-Z ]{0,10}-----"

RULES = (
    anchored(
        "-----begin",
        rf"(?P<v>{_PRIVATE_KEY}"
        r"(?:[\s\S]{0,20000}?-----END [A-Z0-9 ]{0,30}PRIVATE KEY[A-Z ]{0,10}-----"
        r"|[\s\S]{0,20000}))",
        screen="-----BEGIN [A-Z0-9 ]{0,30}PRIVATE KEY",
    ),
    anchored(
        "authorization",
        rf"(?i:authorization){_COLON}"
        r"(?:(?i:bearer|basic|token|digest|apikey|api-key|negotiate|ntlm|key|genie-?key"
        r"|aws4-hmac-sha256|splunk|hawk)[ \t]{1,4})?"
        r"(?P<v>[^\s\"'\\]{4,512}(?:, ?[\w-]{1,40}=[^\s,]{1,512}){0,20})",
        lambda match: is_something(match) and not match["v"].startswith("Credential="),
    ),
    anchored(
        "bearer|basic|geniekey",
        r"(?<![A-Za-z])(?i:bearer|basic|geniekey)(?:[ \t]{1,4}|%20|\+)"
        r"(?P<v>[A-Za-z0-9._~+/-]{8,512}={0,2})",
        is_credential,
        screen=r"(?i:bearer|basic|geniekey)(?:[ \t]|%20|\+)[A-Za-z0-9._~+/-]{8}",
    ),
    anchored(
        "cookie",
        rf"(?i:cookie){_COLON}(?P<v>[\w.%-]{{1,256}}=[^\r\n\"']{{3,512}})",
        is_something,
        screen=r"(?i:cookie)\\?[\"']?\]?[ \t]{0,4}[:=]",
    ),
    anchored(
        "://",
        r"://[^\s/:@\"'<>?#]{0,256}:(?P<v>[^\s/\"'<>]{1,256})@",
        is_password_part,
        screen=r"://[^\s\"'<>]*@",
    ),
    anchored(
        # A password with slashes of its own; the host behind it must look like one.
        "://",
        r"://[^\s/:@\"'<>?#]{1,64}:(?P<v>[^\s@\"'<>?]{1,128})@(?:[\w.-]{1,253}|\[[0-9a-f:]+\])"
        r"(?::\d{2,5})?(?=[/?\s\"',;)]|$)",
        lambda match: not is_nothing(match["v"]) and not match["v"].split("/")[0].isdecimal(),
        screen=r"://[^\s\"'<>]*@",
    ),
    anchored(
        "://",
        r"://(?P<v>[A-Za-z0-9_-]{20,255})(?::x-oauth-basic)?@",
        lambda match: is_random(match["v"]),
        screen=r"://[^\s\"'<>]*@",
    ),
    searching(
        "@tcp(|@unix(|@(",
        r"(?<![\w.-])[\w.-]{1,64}:(?P<v>[^\s@/]{1,256})@(?:tcp|unix)?\(",
        is_password_part,
    ),
    anchored(
        "sig=|signature=|key=|code=|auth=|sign=|pw=|pass=|credential=|cred=|hmac=",
        r"(?i:sig|signature|key|code|auth|sign|pw|pass|credential|cred|hmac)="
        r"(?P<v>[^\s&#\"'<>,;]{6,512})",
        lambda match: (
            match.string[match.start() - 1 : match.start()] in _IN_QUERY
            and is_signed(match)
            and not match["v"].startswith(("AKIA", "ASIA"))  # an id, which has its own rule
        ),
        screen=r"[?&;-](?i:sig|signature|key|code|auth|sign|pw|pass|credential|cred|hmac)=",
    ),
    searching(
        ":",
        # pgpass: host:port:database:user:password
        r"(?<![^\s\"'])(?=[\d.:-]{0,40}[A-Za-z*])[\w.*-]{1,253}:(?:\d{2,5}|\*):(?:[A-Za-z][\w-]{0,62}|\*)"
        r":[A-Za-z][\w.-]{0,62}:(?P<v>[^\s:\"']{4,256})(?![^\s\"'])",
        is_unlike_words,
        screen=r"[\w*]:(?:\d+|\*):(?:[A-Za-z][\w-]*|\*):[A-Za-z][\w.-]*:[^\s:]",
    ),
    searching(
        "$",
        # crypt(5), Apache's MD5, argon2, scrypt and pbkdf2 of passlib
        r"(?P<v>\$(?:1|5|6|7|y|gy|apr1|2[abxy]?|argon2(?:i|d|id)|scrypt|pbkdf2(?:-sha\d{1,3})?)\$"
        r"[A-Za-z0-9./$=,+-]{20,400})",
        screen=r"\$(?:1|5|6|7|y|gy|apr1|2[abxy]?|argon2[id]{1,2}|scrypt|pbkdf2[a-z0-9-]*)\$",
    ),
    anchored(
        "scram-sha-",
        # RFC 5802, as PostgreSQL keeps it: what is needed to check a password, or to guess it
        r"SCRAM-SHA-(?:1|256|512)\$\d{1,9}:(?P<v>[A-Za-z0-9+/=]{8,128}\$[A-Za-z0-9+/=:]{20,256})",
    ),
    anchored(
        # AWS signs requests: which key signed may be known, what it signed with it may not
        "signature=",
        r"(?i:signature)=(?P<v>[A-Za-z0-9+/]{32,512}={0,2})",
        lambda match: match.string[: match.start()].endswith((", ", ",")),
    ),
    searching(
        # Who knows the address may post: Slack, Discord, Teams, Zapier, Mattermost …
        "hook",
        r"(?P<v>https?://(?=[^\s\"'<>]{0,200}hook)[\w.:-]{3,120}/[\w/@.~+-]{0,300}?"
        r"/[A-Za-z0-9_-]{16,512}(?:/[\w/-]{1,512})?)",
        lambda match: is_random(match["v"].rsplit("/", 1)[-1]) or "/hook" in match["v"],
        screen=r"https?://.*(?i:hook)",
    ),
    anchored(
        "$ansible_vault;",
        r"\$ANSIBLE_VAULT;[\w.;-]{3,80}\s{1,40}(?P<v>\d{2,80}(?:\s{1,40}\d{2,80}){0,2000})",
    ),
    searching(
        ":::",
        r"(?i):[0-9a-f]{32}:(?P<v>[0-9a-f]{32}):::",
        screen=r"(?i-u::[0-9a-f]{32}:::)",
    ),
    searching(
        "auth",
        r"(?i)auth\\?[\"']?[ \t]{0,4}[=:][ \t]{0,4}\\?[\"']?(?P<v>[A-Za-z0-9+/_-]{8,1024}={0,2})",
        lambda match: is_basic(match["v"]),
        screen=r"(?i:auth)\\?[\"']?[ \t]{0,4}[=:]",
    ),
)
