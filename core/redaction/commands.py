"""Secrets in command lines: what options and arguments give away."""

from __future__ import annotations

from core.redaction.accepting import (
    is_argument,
    is_drawn,
    is_login,
    is_made_up_argument,
    is_something,
    is_unlike_words,
)
from core.redaction.rule import anchored
from core.redaction.values import has_kinds, is_mixed, is_nothing, is_word

_ARGUMENT = r"[\"']?(?P<v>[^\s\"'-][^\s\"']{3,255})"
_SHORT = 6  # characters
_MUCH = r"[^\n;|]{0,200}?"  # of one command

RULES = (
    anchored(
        # Without a blank: `-p shop` asks for the password, and names a database
        "mysql|maria",
        r"(?<!\w)(?i:mysql|mariadb)[\w-]{0,12}[^\n;|&]{0,200}?\s-p[\"']?"
        r"(?P<v>[^\s\"'-][^\s\"']{0,255})",
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
        rf"|influx|mongo\w{{0,8}}|cqlsh|ncat)(?=[ \t]){_MUCH}\s"
        rf"(?:(?:-p|-a|-w)[ \t=]{{1,2}}|--(?:pass|password|auth|token)[ =]){_ARGUMENT}",
        lambda match: is_argument(match) and has_kinds(match["v"]) and ":" not in match["v"],
        screen=r"(?i:docker|podman|buildah|skopeo|helm|nerdctl|az|oc|redis-cli|ldap[a-z]+|influx"
        r"|mongo[a-z]*|cqlsh|ncat)(?:[ \t].*)?\s(?:-p|-a|-w|--(?:pass|password|auth|token))[ \t=]",
    ),
    anchored(
        # Of any command that is told who and then with what: sqlcmd, cqlsh, vendors' own
        " -u|--user |--username |--login ",
        r"(?:[ ]-[uU][ ]?|--(?:user|username|login)[ ])[\"']?[\w.@\\-]{1,64}[\"']?"
        r"(?:[ \t]{1,3}[^\s|;&]{1,80}){0,4}?[ \t]{1,3}(?:(?i:-p|-w|-pw|-pass)[ \t=]{1,2}|-P)"
        rf"{_ARGUMENT}",
        is_made_up_argument,
        screen=r"(?: -[uU]|--(?:user|username|login) ).*[ \t](?i:-p|-w)",
    ),
    anchored(
        "openssl |zip |7z|rar ",
        rf"(?<!\w)(?:openssl(?=[ ]){_MUCH}\s-[kK][ \t]{{1,2}}|zip(?=[ ]){_MUCH}\s-P[ \t]{{0,2}}"
        rf"|7z[a-z]?(?=[ ]){_MUCH}\s-p|rar(?=[ ]){_MUCH}\s-h?p){_ARGUMENT}",
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
        lambda match: is_made_up_argument(match) and len(match["v"]) >= _SHORT,
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
        # `ENV DB_PASS …`, `setx API_TOKEN …`: of all that have blanks, capitals alone are names
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
        # Of any other command; `--user 1000:1000` are numbers of a user and a group
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
        # `ngrok config add-authtoken …`: long, and drawn by a machine
        "token|login",
        r"(?i:token|(?<!\w)login)[ \t]{1,4}(?P<v>[A-Za-z0-9._~+/-]{32,512}={0,2})",
        is_drawn,
        screen=r"(?i:token|login)[ \t]+[A-Za-z0-9._~+/-]{32}",
    ),
    anchored(
        "snmp",
        r"(?i:snmp)[^\n]{0,120}?\s(?:(?:auth|priv)[ \t](?:sha\d*|md5|aes\d*|des)|community)"
        r"[ \t]{1,4}(?P<v>\S{4,128})",
        is_something,
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
    anchored(
        "oracle:|sqlplus |impdp |expdp |sqlldr |rman ",
        r"(?:oracle:[a-z]{2,8}:|(?:sqlplus|impdp|expdp|sqlldr|rman)[ ][^\n/@]{0,60}?)"
        r"[\w$#.-]{1,64}/(?P<v>[^\s@/\"']{1,128})@",
        lambda match: not is_nothing(match["v"]),
        screen=r"(?i:oracle:|sqlplus |impdp |expdp |sqlldr |rman ).*/.*@",
    ),
)
