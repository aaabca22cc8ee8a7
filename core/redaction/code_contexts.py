"""Rules for secrets in command lines, code, configuration and queries, by their surroundings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.redaction.rules import RedactionRule, anchored, searching
from core.redaction.secret_values import (
    has_kinds,
    is_argument,
    is_drawn,
    is_identifier,
    is_login,
    is_made_up_argument,
    is_mixed,
    is_nothing,
    is_random,
    is_reference,
    is_something,
    is_unlike_words,
    is_word,
)

if TYPE_CHECKING:
    import re

_ARGUMENT = r"[\"']?(?P<v>[^\s\"'-][^\s\"']{3,255})"
_SHORTEST_PASSWORD = 6  # characters
_REST = r"[^\n;|]{0,200}?"  # within one command
_SQL_NAME = (
    r"(?:[\w.]{0,40}(?:password|passwd|passphrase|pwd|pw|pass|secret|token|api_?key|pin|otp|salt"
    r"|clave|senha|kennwort))"
)
_SQL_VALUE = r"(?:N?'(?:[^'\n]|''){0,400}'|[^,()'\n]{1,200})"
_MOST_COLUMNS = 12  # of a table; the columns after these are not examined


def _insert_rule(column: int) -> RedactionRule:
    """The value in `INSERT INTO t (a, password) VALUES (1, '…')` that belongs to the name.

    column: the position of the name, from 0.
    """
    return anchored(
        "insert into",
        rf"(?i:insert into)\s[^()\n]{{1,120}}\((?:[^,()\n]{{1,80}},){{{column}}}\s{{0,4}}[\"`\[]?"
        rf"(?i:{_SQL_NAME})[\"`\]]?\s{{0,4}}[,)][^;\n]{{0,600}}?(?i:values)\s{{0,4}}\(\s{{0,4}}"
        rf"(?:{_SQL_VALUE}\s{{0,4}},\s{{0,4}}){{{column}}}N?'(?P<v>[^'\n]{{1,400}})'",
        lambda match: not is_nothing(match["v"]),
        screen=r"(?i:insert into).*(?i:pass|pwd|secret|token|key).*(?i:values)",
    )


def _is_assigned_value(match: re.Match[str]) -> bool:
    """Any value under a name for a password; under a mere "key" only a random one."""
    quoted = match["v"]
    value = quoted if quoted is not None else match["b"]
    if is_nothing(value) or is_word(value) or is_reference(value):
        return False
    name = match["name"].lower()
    if any(word in name for word in ("pass", "pwd", "secret", "token", "credential")):
        return quoted is not None or not value.isdecimal()
    return is_random(value) and not is_identifier(value)


def _is_signing_key(match: re.Match[str]) -> bool:
    value = match["v"]
    if is_reference(value) or is_nothing(value):
        return False
    return is_random(value) or is_identifier(value)


COMMAND_RULES = (
    anchored(
        # Only without a blank: `-p shop` prompts for the password and names a database
        "mysql|maria",
        r"(?<!\w)(?i:mysql|mariadb)[\w-]{0,12}[^\n;|&]{0,200}?\s-p[\"']?"
        r"(?P<v>[^\s\"'-][^\s\"']{0,255})",
        lambda match: not is_nothing(match["v"]),
        screen=r"(?i:mysql|mariadb).*\s-p",
    ),
    anchored(
        "sshpass",
        r"(?<!\w)(?i:sshpass)[^\n;|&]{0,80}?\s-p[ \t]{0,2}"
        r"(?:'(?P<v>[^'\n]{1,255})|\"(?P<q>[^\"\n]{1,255})|(?P<b>[^\s\"'-]\S{0,255}))",
    ),
    anchored(
        "docker|podman|buildah|skopeo|helm|nerdctl|az |oc |redis-cli|ldap|influx|mongo|cqlsh|ncat",
        r"(?<![\w/-])(?i:docker|podman|buildah|skopeo|helm|nerdctl|az|oc|redis-cli|ldap\w{3,8}"
        rf"|influx|mongo\w{{0,8}}|cqlsh|ncat)(?=[ \t]){_REST}\s"
        rf"(?:(?:-p|-a|-w)[ \t=]{{1,2}}|--(?:pass|password|auth|token)[ =]){_ARGUMENT}",
        lambda match: is_argument(match) and has_kinds(match["v"]) and ":" not in match["v"],
        screen=r"(?i:docker|podman|buildah|skopeo|helm|nerdctl|az|oc|redis-cli|ldap[a-z]+|influx"
        r"|mongo[a-z]*|cqlsh|ncat)(?:[ \t].*)?\s(?:-p|-a|-w|--(?:pass|password|auth|token))[ \t=]",
    ),
    anchored(
        # Any command with a user option before a password option: sqlcmd, cqlsh, vendors' own
        " -u|--user |--username |--login ",
        r"(?:[ ]-[uU][ ]?|--(?:user|username|login)[ ])[\"']?[\w.@\\-]{1,64}[\"']?"
        r"(?:[ \t]{1,3}[^\s|;&]{1,80}){0,4}?[ \t]{1,3}(?:(?i:-p|-w|-pw|-pass)[ \t=]{1,2}|-P)"
        rf"{_ARGUMENT}",
        is_made_up_argument,
        screen=r"(?: -[uU]|--(?:user|username|login) ).*[ \t](?i:-p|-w)",
    ),
    anchored(
        "openssl |zip |7z|rar ",
        rf"(?<!\w)(?:openssl(?=[ ]){_REST}\s-[kK][ \t]{{1,2}}|zip(?=[ ]){_REST}\s-P[ \t]{{0,2}}"
        rf"|7z[a-z]?(?=[ ]){_REST}\s-p|rar(?=[ ]){_REST}\s-h?p){_ARGUMENT}",
        is_argument,
        screen=r"openssl .*-[kK]|zip .*-P|7z[a-z]? .*-p|rar .*p",
    ),
    anchored(
        "net use",
        # `net use \\server\share /user:name password`, `net user name password /add`
        r"(?i:net)[ \t](?i:use[ \t][^\n]{0,160}?/user:\S{1,80}|user[ \t][\w.-]{1,64})[ \t]{1,3}"
        r"(?P<v>[^\s/\"*][^\s\"]{3,127})",
        is_something,
    ),
    anchored(
        "echo |printf ",
        r"(?:echo|printf)[ ](?:-n[ ])?[\"']?(?P<v>[^\s\"'|$]{6,512})[\"']?[ \t]{0,4}\|"
        r"[^\n|]{0,120}?(?:--password-stdin|sudo[ ]-S|passwd)",
        is_something,
        screen=r"(?:echo|printf) .*\|.*(?:stdin|sudo|passwd)",
    ),
    anchored(
        "--",
        r"(?<![\w-])--[\w-]{0,40}(?i:password|passwd|pass|passphrase|token|secret|api-?key|auth-?key"
        r"|access-?key|private-?key)(?:[ \t]{1,4}|=)[\"']?(?P<v>[^\s\"'-][^\s\"']{2,512})",
        lambda match: is_argument(match) and not is_word(match["v"]),
        screen=r"--[A-Za-z0-9_-]*(?i:pass|token|secret|key)",
    ),
    anchored(
        "-password |-passwd |-passphrase |-pass |-pw |-pwd |-token |-secret |-apikey |-setcookie ",
        r"(?<![\w-])-(?i:password|passwd|passphrase|pass|pw|pwd|token|secret|apikey|setcookie)[ ]"
        r"[\"']?(?P<v>[^\s\"'-][^\s\"']{2,512})",
        lambda match: is_argument(match) and is_something(match),
    ),
    anchored(
        # smbclient's name%password; `/u:name /p:password` and `u: name p: password`
        " -u| /p:| p:",
        r"[ ](?:-U[ ]?[\"']?[\w.\\-]{1,64}%|/?p:[ ]?)(?P<v>[^\s\"'/]{4,255})",
        lambda match: is_made_up_argument(match) and len(match["v"]) >= _SHORTEST_PASSWORD,
        screen=r" (?:-U ?[^ ]*%|/?p: ?[^\s/])",
    ),
    anchored(
        "rootpw|chpasswd",
        r"(?:rootpw[ ](?:--[a-z]{3,12}[ ])?|chpasswd[ ]?<<<[ ]?[\"']?[\w.-]{1,64}:)"
        r"(?P<v>[^\s\"'-][^\s\"']{3,255})",
        is_something,
    ),
    anchored(
        # `aws configure set aws_secret_access_key …`
        "_pass|_pwd|_secret|_token|access_key|api_key|secret_key|auth_key|-token|-key",
        r"(?:(?<=\w)_(?:pass|password|pwd|secret|token)|(?:access|api|secret|auth)_key|-token|-key)"
        r"[ ]{1,4}(?P<v>[A-Za-z0-9+/_-]{16,512}={0,2})(?![\w.:])",
        lambda match: is_drawn(match) and is_mixed(match["v"]),
        screen=r"(?:_(?:pass|password|pwd|secret|token)|_key|-token|-key) +[A-Za-z0-9+/_-]{16}",
    ),
    anchored(
        # `ENV DB_PASS …`, `setx API_TOKEN …`: before a blank, only capitals are sure to be a name
        "_pass|_pwd|_secret|_token|_key",
        r"(?<=[A-Z0-9])_(?:PASSWORD|PASSWD|PASS|PWD|SECRET|TOKEN|KEY)[ \t]{1,4}[\"']?"
        r"(?P<v>[^\s\"'=:][^\s\"']{5,255})",
        is_unlike_words,
        screen=r"[A-Z0-9]_(?:PASSWORD|PASSWD|PASS|PWD|SECRET|TOKEN|KEY)[ \t]",
    ),
    anchored(
        "passin|passout|pass:",
        r"(?i:passin|passout)?[ \t=]?(?i:pass):(?P<v>[^\s\"':]{4,255})",
        lambda match: (
            is_something(match) and match.string[: match.start()].endswith(("-", " ", "="))
        ),
        screen=r"(?i:pass):[^\s\"':]",
    ),
    anchored(
        "curl|wget|http ",
        r"(?<![\w-])(?i:curl|wget|http)(?s:.){0,400}?\s(?:-u|--user|-a|--proxy-user|-U)[ =]{1,4}"
        r"(?P<v>'[^'\n:]{0,128}:[^'\n]{1,256}'|\"[^\"\n:]{0,128}:[^\"\n]{1,256}\""
        r"|[^\s:]{0,128}:\S{1,256})",
        is_login,
        screen=r"(?i:curl|wget|http).*\s(?:-u|--user|-a|--proxy-user|-U)[ =]",
    ),
    anchored(
        # Any other command; `--user 1000:1000` gives the numbers of a user and a group
        "--user",
        r"(?i:--user(?:name)?)[ =]{1,2}(?P<v>[\w.@-]{1,64}:[^\s\"']{4,256})",
        lambda match: has_kinds(match["v"].partition(":")[2]) and is_login(match),
        screen=r"(?i:--user(?:name)?)[ =]+[\w.@-]+:[^\s\"']",
    ),
    anchored(
        "add_user|change_password",
        r"(?:add_user|change_password)[ \t]{1,4}[\w.@-]{1,64}[ \t]{1,4}(?P<v>[^\s'\"]{3,256})",
        is_argument,
    ),
    anchored(
        "requirepass|masterauth|storepass|keypass|keystorepass",
        r"(?i:requirepass|masterauth|storepass|keypass|keystorepass)[ \t]{1,8}"
        r"\"?(?P<v>[^\s\"]{1,512})",
        is_something,
    ),
    anchored(
        "convertto-securestring",
        r"(?i:convertto-securestring)[ \t][^\n\"']{0,60}?[\"'](?P<v>[^\"'\n$][^\"'\n]{0,255})",
    ),
    anchored(
        # `ngrok config add-authtoken …`: long and random
        "token|login",
        r"(?i:token|(?<!\w)login)[ \t]{1,4}(?P<v>[A-Za-z0-9._~+/-]{32,512}={0,2})",
        is_drawn,
        screen=r"(?i:token|login)[ \t]+[A-Za-z0-9._~+/-]{32}",
    ),
    anchored(
        "snmp",
        r"(?i:snmp)[^\n]{0,120}?\s"
        r"(?i:(?:auth|priv)[ \t](?:sha[\d-]*|md5|aes[\d-]*|3?des)|community)"
        r"[ \t]{1,4}(?P<v>\S{4,128})",
        is_something,
        screen=r"(?i:snmp).*\s(?i:auth|priv|community)\s",
    ),
    anchored(
        # net-snmp's commands: a community, or passphrases for authentication and privacy
        "snmp",
        r"(?<![\w/-])(?i:snmp)[a-z]{3,12}(?=[ \t])[^\n;|]{0,200}?\s-[cAX][ \t]{0,4}"
        r"[\"']?(?P<v>[^\s\"'-][^\s\"']{2,128})",
        lambda match: not is_nothing(match["v"]) and match["v"] != "public",
        screen=r"(?i:snmp)[a-z]+[ \t].*-[cAX]",
    ),
    anchored(
        "oracle:|sqlplus |impdp |expdp |sqlldr |rman ",
        r"(?:oracle:[a-z]{2,8}:|(?:sqlplus|impdp|expdp|sqlldr|rman)[ ][^\n/@]{0,60}?)"
        r"[\w$#.-]{1,64}/(?P<v>[^\s@/\"']{1,128})@",
        lambda match: not is_nothing(match["v"]),
        screen=r"(?i:oracle:|sqlplus |impdp |expdp |sqlldr |rman ).*/.*@",
    ),
)
SOURCE_RULES = (
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
        # A change in Terraform's output, `"old" -> "new"`
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
        _is_assigned_value,
        screen=r"(?i:pass|pwd|secret|token|key|credential)(?s:.)*(?i:value)\\?[\"']?[ \t]{0,4}[=:]",
    ),
    anchored(
        # auth=("dana", "…"), HTTPBasicAuth, smtp.login: the second of two arguments
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
        # jwt.sign(payload, "…"), BasicCredentials("id", "…"): the last argument, where it is random
        "sign(|verify(|encrypt(|decrypt(|credentials(|authenticate(|login(|connect(|hmac|search("
        "|client(",
        r"(?i:sign|verify|encrypt|decrypt|credentials|authenticate|login|connect|hmac\w{0,20}|search"
        r"|client)\((?:[^()\n\"'`]{0,60}|[\"'`][^\"'`\n]{0,200}[\"'`]){1,3}?,\s{0,4}[bBrN]?[\"'`]"
        r"(?P<v>[^\s\"'`]{12,512})[\"'`]",
        _is_signing_key,
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
    *(_insert_rule(column) for column in range(_MOST_COLUMNS)),
)
