"""Secrets that what stands around them gives away: headers, URLs, commands, sentences, hashes."""

from __future__ import annotations

import re

from core.redaction.rule import anchored, searching
from core.redaction.values import (
    has_kinds,
    is_basic,
    is_nothing,
    is_random,
    is_reference,
    is_word,
)

_MIXED, _LONG = 6, 20  # characters of a word with digits, of a token
_VALUE_END = r"\\?[\"']?"
_COLON = rf"{_VALUE_END}\]?[ \t]{{0,4}}[:=][ \t]{{0,4}}{_VALUE_END}"


def _is_something(match: re.Match[str]) -> bool:
    value = match["v"]
    return not is_nothing(value) and not is_word(value) and not is_reference(value)


def _is_credential(match: re.Match[str]) -> bool:
    """A token has digits or is long; the word after "bearer" in a sentence is neither."""
    value = match["v"].rstrip("=.,;:")
    if is_nothing(value) or is_reference(value):
        return False
    return any(map(str.isdigit, value)) or len(value) >= _LONG or is_basic(match["v"])


def _is_mixed(match: re.Match[str]) -> bool:
    """In a sentence, what no word, count or path looks like."""
    value = match["v"]
    if len(value) < _MIXED or not has_kinds(value) or "/" in value or "://" in value:
        return False
    return _is_something(match) and not _NUMBERED.fullmatch(value)


_NUMBERED = re.compile(
    r"(?i)[a-z]{1,20}[-_ #]?\d{1,4}|\d{1,6}(?:\.\d{1,3})?[a-z%]{1,7}[,.]?|0x[0-9a-f]+"
)


def _is_argument(match: re.Match[str]) -> bool:
    return not is_nothing(match["v"]) and not match["v"].startswith(("-", "/", "."))


def _is_password_part(match: re.Match[str]) -> bool:
    """Of a URL: not a variable or a mask; `host:8080@` has a number there."""
    return not is_nothing(match["v"])


def _is_signed(match: re.Match[str]) -> bool:
    return len(match["v"]) >= _MIXED and _is_something(match) and has_kinds(match["v"])


def _is_login(match: re.Match[str]) -> bool:
    """user:password, neither of them to be put in first."""
    login = match["v"].strip("\"'")
    return not is_nothing(login) and not is_nothing(login.partition(":")[2])


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
        _is_something,
    ),
    anchored(
        "bearer|basic|geniekey",
        r"(?<![A-Za-z])(?i:bearer|basic|geniekey)(?:[ \t]{1,4}|%20|\+)"
        r"(?P<v>[A-Za-z0-9._~+/-]{8,512}={0,2})",
        _is_credential,
        screen=r"(?i:bearer|basic|geniekey)(?:[ \t]|%20|\+)[A-Za-z0-9._~+/-]{8}",
    ),
    anchored(
        # `auth header was 'Token …'`: long, and drawn by a machine
        "token",
        r"(?<![A-Za-z])(?i:token)[ \t]{1,4}(?P<v>[A-Za-z0-9._~+/-]{32,512}={0,2})",
        lambda match: is_random(match["v"]) and not is_reference(match["v"]),
        screen=r"(?i:token)[ \t]+[A-Za-z0-9._~+/-]{32}",
    ),
    anchored(
        "cookie",
        rf"(?i:cookie){_COLON}(?P<v>[\w.%-]{{1,256}}=[^\r\n\"']{{3,512}})",
        _is_something,
        screen=r"(?i:cookie)\\?[\"']?\]?[ \t]{0,4}[:=]",
    ),
    anchored(
        "://",
        r"://[^\s/:@\"'<>?#]{0,256}:(?P<v>[^\s/\"'<>]{1,256})@",
        _is_password_part,
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
        _is_password_part,
    ),
    anchored(
        "sig=|signature=|key=|code=|auth=|sign=|pw=|pass=|credential=|cred=|hmac=",
        r"(?i:sig|signature|key|code|auth|sign|pw|pass|credential|cred|hmac)="
        r"(?P<v>[^\s&#\"'<>,;]{6,512})",
        lambda match: (
            match.string[match.start() - 1 : match.start()] in _IN_QUERY and _is_signed(match)
        ),
        screen=r"[?&;-](?i:sig|signature|key|code|auth|sign|pw|pass|credential|cred|hmac)=",
    ),
    anchored(
        "pass|pw|auth",
        r"(?<![A-Za-z])(?i:pass|pw|auth)(?:=|: )(?P<v>[^\s\"'`,;&|<>(){}\[\]]{1,256})",
        _is_mixed,
        screen=r"(?i:pass|pw|auth)(?:=|: )[^\s]",
    ),
    anchored(
        "mysql|maria|sshpass",
        r"(?<!\w)(?i:mysql|mariadb|sshpass)[\w-]{0,12}[^\n;|&]{0,200}?\s-p ?"
        r"(?P<v>[^\s\"'-][^\s\"']{0,255})",
        screen=r"(?i:mysql|mariadb|sshpass).*\s-p",
    ),
    anchored(
        "docker|podman|buildah|skopeo|helm|nerdctl|az |oc |redis-cli|ldap|influx|mongo|cqlsh|ncat",
        r"(?<![\w/-])(?i:docker|podman|buildah|skopeo|helm|nerdctl|az|oc|redis-cli|ldap\w{3,8}"
        r"|influx|mongo\w{0,8}|cqlsh|ncat)(?=[ \t])[^\n;|]{0,200}?\s"
        r"(?:(?:-p|-a|-w)[ \t=]{1,2}|--(?:pass|password|auth|token)[ =])"
        r"[\"']?(?P<v>[^\s\"'-][^\s\"']{3,255})",
        lambda match: _is_argument(match) and has_kinds(match["v"]) and ":" not in match["v"],
        screen=r"(?i:docker|podman|buildah|skopeo|helm|nerdctl|az|oc|redis-cli|ldap[a-z]+|influx"
        r"|mongo[a-z]*|cqlsh|ncat)(?:[ \t].*)?\s(?:-p|-a|-w|--(?:pass|password|auth|token))[ \t=]",
    ),
    anchored(
        "--",
        r"(?<![\w-])--[\w-]{0,40}(?i:password|passwd|pass|passphrase|token|secret|api-?key|auth-?key"
        r"|access-?key|private-?key)(?:[ \t]{1,4}|=)[\"']?(?P<v>[^\s\"'-][^\s\"']{2,512})",
        lambda match: _is_argument(match) and not is_word(match["v"]),
        screen=r"--[A-Za-z0-9_-]*(?i:pass|token|secret|key)",
    ),
    anchored(
        "passin|passout|pass:",
        r"(?i:passin|passout)?[ \t=]?(?i:pass):(?P<v>[^\s\"':]{4,255})",
        lambda match: (
            _is_something(match) and match.string[: match.start()].endswith(("-", " ", "="))
        ),
        screen=r"(?i:pass):[^\s\"':]",
    ),
    anchored(
        "curl|wget|http ",
        r"(?<![\w-])(?i:curl|wget|http)(?s:.){0,400}?\s(?:-u|--user|-a|--proxy-user|-U)[ =]{1,4}"
        r"(?P<v>'[^'\n:]{0,128}:[^'\n]{1,256}'|\"[^\"\n:]{0,128}:[^\"\n]{1,256}\""
        r"|[^\s:]{0,128}:\S{1,256})",
        _is_login,
        screen=r"(?i:curl|wget|http).*\s(?:-u|--user|-a|--proxy-user|-U)[ =]",
    ),
    anchored(
        # Of any other command; `--user 1000:1000` are numbers of a user and a group
        "--user",
        r"(?i:--user(?:name)?)[ =]{1,2}(?P<v>[\w.@-]{1,64}:[^\s\"']{4,256})",
        lambda match: has_kinds(match["v"].partition(":")[2]) and _is_login(match),
        screen=r"(?i:--user(?:name)?)[ =]+[\w.@-]+:[^\s\"']",
    ),
    anchored(
        "add_user|change_password",
        r"(?:add_user|change_password)[ \t]{1,4}[\w.@-]{1,64}[ \t]{1,4}(?P<v>[^\s'\"]{3,256})",
        _is_argument,
    ),
    anchored(
        # Arguments of a call, such as PHP's define
        "(\"|('",
        r"\([\"'][\w.-]{0,60}(?i:password|passwd|passphrase|secret|token|api_?key|access_?key)[\"']"
        r"[ \t]{0,4},[ \t]{0,4}[\"'](?P<v>[^\"'\n]{4,256})[\"']",
        _is_something,
        screen=r"(?i:password|passwd|passphrase|secret|token|key)[\"'][ \t]*,[ \t]*[\"']",
    ),
    anchored(
        "recovery code|backup code|one-time code|verification code|security code|activation code",
        r"(?i:recovery|backup|one-time|verification|security|activation)(?i: codes?)"
        r"(?i: is)?[ \t]{0,4}[:=]?[ \t]{1,4}[\"']?"
        r"(?P<v>[A-Za-z0-9]{3,64}(?:-[A-Za-z0-9]{3,64}){0,8})",
        lambda match: any(map(str.isdigit, match["v"])),
        screen=r"(?i:(?:recovery|backup|one-time|verification|security|activation) code)",
    ),
    anchored(
        "requirepass|masterauth|storepass|keypass|keystorepass",
        r"(?i:requirepass|masterauth|storepass|keypass|keystorepass)[ \t]{1,8}"
        r"\"?(?P<v>[^\s\"]{1,512})",
        _is_something,
    ),
    anchored(
        "identified|password|passphrase|secret",
        r"(?i:identified(?: with \S{1,40})? by|password|passphrase|secret)[ \t]{1,8}"
        r"(?P<quote>['\"])(?P<v>(?:(?!(?P=quote)).){1,256})(?P=quote)",
        lambda match: _is_quoted_value(match),  # noqa: PLW0108 - it stands below
        screen=r"(?i:by|password|passphrase|secret)[ \t]+['\"]",
    ),
    anchored(
        "password|passwd|passphrase|passcode|passwort|kennwort|secret|pwd|pass|token|key|pin|credential",
        r"(?<![\w-])(?i:password|passwd|passphrase|passcode|passwort|kennwort|secret|pwd|pass|token|key"
        r"|credentials?)"
        r"(?:[ \t](?:(?!(?:is|was|set|to|of)\b)[\w.@/-]{1,30})){0,5}?"
        r"(?:[ \t](?:is|was|are|to|ist|auf|lautet)(?: now| set to)?:?|[ \t]\d{1,2}:|:|[ \t]=)?"
        r"[ \t]{1,4}[\"'`]?(?=[^\s\d]{0,128}\d)(?P<v>[^\s\"'`,;=]{6,128}=?=?)",
        lambda match: _is_told(match),  # noqa: PLW0108 - it stands below
        screen=r"(?i:password|passwd|passphrase|passcode|passwort|kennwort|pwd|pass)(?:s|ed)?[ \t:]"
        r"[^=]*[0-9]"
        r"|(?i:credentials?|secret|token|key)(?:[ \t][A-Za-z0-9_.@/-]+)*"
        r"(?:[ \t]is|[ \t][0-9]+:|:)[^=]*[0-9]",
    ),
    anchored(
        "login",
        # The form of .netrc
        r"(?<!\w)login[ \t]{1,8}\S{1,256}[ \t]{1,8}password[ \t]{1,8}(?P<v>\S{1,256})",
        screen=r"login[ \t]+\S+[ \t]+password",
    ),
    searching(
        ":",
        # pgpass: host:port:database:user:password
        r"(?<![^\s\"'])(?=[\d.:-]{0,40}[A-Za-z*])[\w.*-]{1,253}:(?:\d{2,5}|\*):(?:[A-Za-z][\w-]{0,62}|\*)"
        r":[A-Za-z][\w.-]{0,62}:(?P<v>[^\s:\"']{4,256})(?![^\s\"'])",
        _is_mixed,
        screen=r"[\w*]:(?:\d+|\*):(?:[A-Za-z][\w-]*|\*):[A-Za-z][\w.-]*:[^\s:]",
    ),
    anchored(
        "snmp",
        r"(?i:snmp)[^\n]{0,120}?\s(?:(?:auth|priv)[ \t](?:sha\d*|md5|aes\d*|des)|community)"
        r"[ \t]{1,4}(?P<v>\S{4,128})",
        _is_something,
        screen=r"(?i:snmp).*\s(?:auth|priv|community)\s",
    ),
    anchored(
        # net-snmp's commands: a community, or a passphrase each for signing and hiding
        "snmp",
        r"(?<![\w/-])(?i:snmp)[a-z]{3,12}(?=[ \t])[^\n;|]{0,200}?\s-[cAX][ \t]{0,4}"
        r"[\"']?(?P<v>[^\s\"'-][^\s\"']{2,128})",
        lambda match: not is_nothing(match["v"]) and match["v"] != "public",
        screen=r"(?i:snmp)[a-z]+[ \t].*-[cAX]",
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
    searching(
        ":::",
        r"(?i):[0-9a-f]{32}:(?P<v>[0-9a-f]{32}):::",
        screen=r"(?i-u::[0-9a-f]{32}:::)",
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
        _is_something,
        screen=r"(?i:password|passwd|passphrase|pwd|secret|token|key)[\"']\s?>",
    ),
    anchored(
        # Terraform shows what it changes as `"old" -> "new"`
        "password|passwd|passphrase|pwd|secret|token|apikey|api_key|access_key|private_key",
        r"(?i:password|passwd|passphrase|pwd|secret|token|api_?key|access_key|private_key)"
        r"[\w.-]{0,40}[\"']?[ \t]{0,40}[=:][ \t]{0,8}(?:\"[^\"\n]{0,512}\"|\([^()\n]{1,40}\))"
        r"[ \t]{1,4}->[ \t]{1,4}\"(?P<v>[^\"\n]{1,512})",
        _is_something,
        screen=r"(?i:password|passwd|passphrase|pwd|secret|token|key).*-> +\"",
    ),
    searching(
        # Names that are of no ASCII, or of several words
        "contraseña|mot de passe|hasło|пароль|パスワード|密码|密碼|비밀번호|口令",
        r"(?i)(?:contraseña|mot de passe|hasło|пароль|パスワード|密码|密碼|비밀번호|口令)[\"']?\s?"
        r"(?:[=:\uff1d\uff1a]|は|是)\s{0,4}[\"'「]?(?P<v>[^\s\"'、。」,;]{4,128})",
        _is_something,
    ),
    searching(
        # <add key="SmtpPassword" value="…"/>, {"name": "DB_PASSWORD", "value": "…"}
        "value",
        r"(?i)(?:key|name|id)\\?[\"']?[ \t]{0,4}[=:][ \t]{0,4}\\?[\"'][\w.:-]{0,60}"
        r"(?:pass(?:word|wd|phrase)?"
        r"|pwd|secret|token|api[_-]?key|access[_-]?key|private[_-]?key|credentials?)[\w.-]{0,12}\\?[\"']"
        r"[ \t]{0,4},?[ \t]{0,4}\\?[\"']?value\\?[\"']?[ \t]{0,4}[=:][ \t]{0,4}\\?[\"']"
        r"(?P<v>[^\"'\\]{1,512})",
        _is_something,
        screen=r"(?i:pass|pwd|secret|token|key|credential).*(?i:value)\\?[\"']?[ \t]{0,4}[=:]",
    ),
    anchored(
        "setpass|setsecret|settoken|setapikey|setpwd|withpass|withsecret|withtoken|withapikey"
        "|.password(|.token(|.secret(|.apikey(",
        r"(?i:(?:set|with|\.)(?:password|passphrase|pwd|secret(?:key)?|token|apikey|accesstoken)[a-z]{0,12})"
        r"\([ \t]{0,4}(?P<quote>[\"'`])(?P<v>(?:(?!(?P=quote)).){3,256})(?P=quote)",
        lambda match: not is_nothing(match["v"]),
        screen=r"(?i:password|passphrase|pwd|secret|token|apikey)[A-Za-z]{0,12}\([ \t]{0,4}[\"'`]",
    ),
    searching(
        "auth",
        r"(?i)auth\\?[\"']?[ \t]{0,4}[=:][ \t]{0,4}\\?[\"']?(?P<v>[A-Za-z0-9+/_-]{8,1024}={0,2})",
        lambda match: is_basic(match["v"]),
        screen=r"(?i:auth)\\?[\"']?[ \t]{0,4}[=:]",
    ),
)


# Kubernetes names secrets in its messages: secret "orders-tls-2" not found (RFC 1123)
_OBJECT_NAME = re.compile(r"[a-z0-9]{1,63}(?:[.-][a-z0-9]{1,63}){1,16}")


def _is_quoted_value(match: re.Match[str]) -> bool:
    """After `PASSWORD` in SQL anything; after other words and in sentences, what has no blank."""
    value = match["v"]
    if is_nothing(value):
        return False
    word = match[0].split("'")[0].split('"')[0].strip().lower()
    if word.startswith(("identified", "passphrase")):
        return True
    if word == "secret" and _OBJECT_NAME.fullmatch(value):
        return False
    before = match.string[max(0, match.start() - 24) : match.start()].lower()
    return "with " in before or "set " in before or (" " not in value and has_kinds(value))


_OCTETS = re.compile(r"(?:[0-9A-Fa-f]{2}:){3,64}[0-9A-Fa-f]{2}")


def _is_told(match: re.Match[str]) -> bool:
    """In a sentence: `the password for db-2 is …`. The value must look like nothing else."""
    value = match["v"].rstrip(".!?)")
    told = match[0][: match.start("v") - match.start()].lower()
    if is_nothing(value) or is_reference(value) or _NUMBERED.fullmatch(value):
        return False
    if _OCTETS.match(value):  # a fingerprint
        return False
    if told.startswith(("key", "token", "secret")):
        return is_random(value) and "://" not in value and (":" in told or " is" in told)
    if any(one in value for one in "/()[]{}<>@:") and not _SPECIAL.search(value):
        return False
    named = ("password", "passwort", "kennwort", " is", ":")
    return has_kinds(value) and any(one in told for one in named)


_SPECIAL = re.compile(r"[!#%*^~]")
