"""Values that stand below the names that announce them, by the form of the line with the name."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from core.redaction.announced_blocks import LONGEST_BLOCK, opens_block, spans_in_block
from core.redaction.announcements import announcements, codes_told, is_phrase
from core.redaction.assignments import is_secret_under
from core.redaction.bare_lines import BareLines, following
from core.redaction.continued_values import MOST_LINES, opens_value, spans_of_value
from core.redaction.headed_columns import cells_below, is_plain, is_row
from core.redaction.mail_logins import LONGEST_WAIT, opens_mail_login, spans_of_answers
from core.redaction.marked_values import marked_near, marks_secret
from core.redaction.named_rows import LONGEST_TABLE, opens_named_rows, spans_of_named_rows
from core.redaction.numbered_lists import LONGEST_LIST, opens_list, spans_in_list
from core.redaction.paired_lines import NAME, NAMED, is_secret_setting
from core.redaction.printed_values import names_below, printed_below
from core.redaction.records import (
    opens_records,
    spans_in_records,
    values_of_object,
)
from core.redaction.secret_lists import LONGEST_LIST as LONGEST_SECRETS
from core.redaction.secret_lists import opens_secret_list, spans_of_secret_list
from core.redaction.secret_values import (
    SPECIAL,
    UUID,
    is_made_up,
    is_mixed,
    is_nothing,
    is_object_name,
    is_word,
)
from core.redaction.shapes import (
    COINED,
    NAME_OF_AN_ID,
    NUMBERED,
    STRONG,
    is_chosen,
    is_hexadecimal,
    is_told,
    shape_of,
)
from core.redaction.statement_parameters import binds, bound_below, bound_near, lists_parameters

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    import polars as pl

HIDDEN = "«private key»"
MAX_LINES = 200  # an RSA key of 16,384 bits has about as many
EXPONENTS = r"^[ \t]*(?:privateExponent|prime[12]|exponent[12]|coefficient|priv)[ \t]*:[ \t\r]*"
LISTS_CODES = r"(?:backup|recovery|scratch|emergency)[ a-z]{0,20} codes?[^\n]{0,60}"
SHOWS = (  # a command that shows a secret, after the prompt of a shell or as a job's log repeats it
    r"(?:\$ (?=[a-z])|(?:[>#%+\]]|\bRun) ?(?=(?:sudo )?(?:echo|cat|type|printenv|printf|gc"
    r"|get-content|head|tail|\$env:)\b)|PS[^>\n]{0,60}> )"
    r"(?![^\n]{0,400}(?:public|\.pub\b|-pub|cache))[^\n]{0,200}?"
    r"(?:passw|secret|token|credential|pass show|get-parameter|decrypt"
    r"|pgpass|cookie|keyfile|_pass\b|_pwd\b|[._-]key\b|apikey|private|unlock --raw|op read)"
    r"[^\n]{0,200}"
)
_LISTED_CODE = re.compile(
    r"\s*(?:\d{1,2}[.):]?\s+|[-*]\s+)?(?P<v>[A-Za-z0-9]{4,12}(?:[- ][A-Za-z0-9]{4,12}){0,4})\s*"
)
_PRINTED = re.compile(
    r"(?:\$\d+ = )?(?:0x[0-9a-f]+ )?(?P<quote>[\"']?)(?P<v>\S{6,512}?)(?P=quote)\s*"
)
_PRINTED_LOGIN = re.compile(r"(?P<quote>)[A-Za-z_][\w.@-]{0,62}:(?P<v>[^\s:]{4,512})\s*")
_PRINTED_FIELDS = re.compile(
    r"[A-Za-z_*][\w.@*-]{0,120}:[^\s:]*:[^\s]*\s*"
)  # of passwd(5), of pgpass
_OBJECT = re.compile(r"\s*[{\[]\s*[\"{\]}]|\s*<[!?A-Za-z]")
_COMMAND = re.compile(rf"(?i).*?{SHOWS}")
# A file or a section of accounts with their passwords.
_ENDS_OF_LISTS = ("secret", "user", "pass", "netrc", "login", "cred", "admin", "account")
_LISTS_ACCOUNTS = re.compile(
    r"(?i)(?:^\W{0,8}\[(?:admins?|users|accounts|credentials|secrets|passwords|logins)\]"
    r"|(?:\.secrets|secrets\.(?:conf|txt|tdb)|users?\.(?:acl|properties|conf|list|txt)|user-?list(?:\.txt)?"
    r"|-users\.properties|\.pgpass|htpasswd\S{0,20}|sasl_passwd|chap-secrets|pap-secrets|smbcredentials|passwd\.client|\.netrc"
    r"|passwords?\.(?:txt|conf|properties|csv|ini)|credentials?\.(?:txt|conf|properties|ini)|vsftpd\S{0,20}logins?\S{0,8}))\W{0,6}$"
    # a comment that names such a file, `# .htpasswd of the wiki`
    r"|(?:^|\s)(?:#|//|;)[^\n]{0,30}(?:htpasswd|\.pgpass|(?:chap|pap)-secrets|sasl_passwd|users\.acl)\b[^\n]{0,30}$"
)
_ACCOUNT = re.compile(
    r"\s*(?:user\s+)?[\"']?(?P<user>[A-Za-z*][\w.@*/-]{0,63})[\"']?(?:\s*[:=]\s*|\s+)[\"']?(?P<v>[^\s\"':,;#>=][^\s\"':,;]{3,255})[\"']?"
    r"(?:[\s,:;].*)?"
)
_REPLY = re.compile(r"(?:\d{1,3}\)|[-*])?\s*\"(?P<name>[^\"]{1,256})\"\s*")
_CODES = re.compile(rf"(?i).*?{LISTS_CODES}")
_MOST_ACCOUNTS = 100_000  # lines below a heading
_MOST_RECORDS = 2000  # lines
# A character of a value: also a quote with a backslash, and the one in `it's-9-secret`.
_INNER = r"(?:[^\"']|\\[\"']|(?<=\w)[\"'](?=\w))"
_OPENED = re.compile(
    rf"(?P<indent>[\s-]*)(?:.*?[\s\"'{{(,.])??{NAME}\\*[\"']?\]?\s*[:=]\s*"
    r"(?P<block>[|>][+-]?\d?|\"\"\"|'{{3}}|\\)?\s*"
)
_BLOCK = re.compile(
    rf".*?(?<![\w.-]){NAME}\\*[\"']?(?:\s+\"(?P<label>[\w.-]{{1,40}})\")?\s*[:=]?\s*\{{\s*"
)
_PLAIN_NAMED = re.compile(
    r"(?i)\W*(?:value|val|v|result|plain|plaintext|text|data|content|string|raw|current|default|new|old"
    rf"|b64|base64|hash|bcrypt_hash)\\*[\"']?\s*[:=]\s*\\*[\"']?(?P<v>[^\s\"'{{$<]{_INNER}*?)\\*[\"']?[\s\]}}]{{0,40}},?\s*"
)
# What the block of a secret calls the secret itself: `secretKey:` over `value: …`.
_NESTED_VALUE = re.compile(
    r"(?i)\s+[\"']?(?:value|val|plain(?:_?text)?|raw|string_?value)[\"']?\s*:\s+"
    r"(?P<quote>[\"']?)(?P<v>[^\s\"'{}\[\]$<>|&*!][^\"'\n]{0,511}?)(?P=quote)\s*"
)
# A block of secrets, whose names say whose they are: `tokens { agent = "…" }`.
_OF_SECRETS = re.compile(r"(?i)(?:tokens?|secrets|passwords|credentials|creds|api_?keys)\Z")
_MEMBER = re.compile(
    r"\s*[\"']?(?!(?i:\w*(?:id|ref|name|path|ttl|type|policy|accessor|url|version)\b))[\w.-]{1,40}[\"']?\s*[:=]\s*"
    r"[\"']?(?P<v>[^\s\"'{$<\[]{6,256})[\"']?,?\s*"
)
# An object of Kubernetes that is a secret; the values of its maps are, whatever their names.
_KIND_OF_SECRET = re.compile(r"[\s,{-]*[\"']?kind[\"']?\s*:\s*[\"']?Secret[\"']?\s*,?\s*")
_MAP_OF_SECRETS = re.compile(r"\s*[\"']?(?:data|stringData)[\"']?\s*:\s*\{?\s*")
_ENTRY = re.compile(
    rf"\s+[\"']?[\w.-]{{1,253}}[\"']?\s*:\s+(?P<quote>[\"']?)(?P<v>[^\s\"'|>{{}}]{_INNER}*?|[|>][+-]?)(?P=quote),?\s*"
)
_HEREDOC = re.compile(rf".*?{NAME}[\"']?\s*[:=]?\s*<<[-~]?[\"']?(?P<end>[A-Za-z_]+)[\"']?\s*")
_XML_NAMED = re.compile(rf".*<(?:key|name)>\s*{NAME}\s*</(?:key|name)>\s*", re.IGNORECASE)
_XML_OPENED = re.compile(rf".*<(?:[\w.-]+:)?{NAME}(?:\s[^<>]*)?>\s*")
_FORM = re.compile(rf"(?i).*form-data;\s*name=\"?{NAME}\"?\s*")
_PROMPT = re.compile(
    r"(?i).*(?:assword|passphrase|passcode|\bpin)\b[^\"':=]{0,30}:?[*]?[\"'}]?\s*\{?\s*"
)
_VALUE = re.compile(
    rf"(?i)\W*(?:[a-z]{{0,20}}value|val|v)[\"']?\s*[:=]\s*[\"']?(?P<v>[^\s\"'{{$<]{_INNER}*?)[\"']?"
    r"(?:\s*(?:->|=>|→)\s*[\"']?(?P<new>[^\"'\n]*?)[\"']?)?[\s\]}]{0,40},?\s*"
)
_XML_VALUE = re.compile(r"\s*<(?P<tag>[\w.:-]+)>\s*(?P<v>[^<]+?)\s*(?:</.*)?")
_END_OF_ELEMENT = "</"
_SAYS_WHOSE = re.compile(
    r"(?i)user|name|login|id\Z|type|host|url|port|realm|domain|mail|desc|scope|path"
)
_SCALAR = re.compile(
    r"(?:\S{1,40}[|>]\s)?\s*(?P<item>-\s+)?(?P<quote>[\"']?)"
    r"(?P<v>(?:(?!: )[^\"'{}\[\]<>]|\\[\"']|(?<=\w)[\"'](?=\w))+?)(?P=quote)[,}]?\s*"
)
_SENT = re.compile(
    r"(?i)\s*(?:\S{0,20}[.>])?send(?:_user|line|ln)?[\s(]+(?:--\s+)?[\"'{]"
    r"(?P<v>(?<=\")[^\"]+?|(?<=')[^']+?|(?<={)[^}]+?)(?:\\[rn])*[\"'}].*"
)
# Where a workflow takes a secret from, and its name there: `kv/app/db password | DB_PASSWORD ;`.
_OF_A_STORE = re.compile(r"\s*[a-z][\w-]*(?:/[\w.-]+)+ [\w.-]+ \| [A-Z]\w*\s*;?\s*")
_REQUEST = re.compile(r"(?:GET|HEAD|POST|PUT|OPTIONS|CONNECT) [/*]")
# One word, perhaps after the name of who says it, a prompt or the sign of an item.
_ANSWER = re.compile(
    r"\s*(?:\[[\d: ]{4,10}\]\s*)?(?:[\w.@-]{1,24}:\s+|\S{1,60}[$#]\s+|[>*-]\s+)?"
    r"(?:(?i:sure|yes|yep|yeah|ok|okay|here|here you go|it'?s|it is|its|try|use|think|i think"
    r"|should be|np|hi|ah|oh"
    r"|still|is|now|the|new|old|current)[,:;!.-]{0,2}\s+){0,4}[`\"'*]{0,3}"
    r"(?P<v>[^\s`\"'=:]{5,512}?={0,2})[`\"'*]{0,3}[.,]?\s*"
)
_SIGNED_ANSWER = re.compile(
    r"\s*(?P<v>(?P<name>[^\s`\"'=:]{1,128})[=:][^\s`\"'/][^\s`\"']{0,512})\s*"
)
_LONGEST_OF_NO_NAME, _SHORTEST_SIGNED = 2, 10  # characters
_NEXT_COMMAND = re.compile(
    r"(?:[^\s$]{0,60}\$|[^\s#]{2,60}[#%]) ?(?:sudo )?[a-z][\w.-]*(?: \S+)+\s*\Z"
)
_PHRASE_ANSWER = re.compile(
    r"\s*(?:\[[\d: ]{4,10}\]\s*)?(?:[\w.@-]{1,24}:\s+|[>*-]\s+)?[`\"'*]{0,3}"
    r"(?P<v>[A-Za-z]{3,14}(?: [A-Za-z]{3,14}){2,9}\d{0,4})[`\"'*]{0,3}[.!]?\s*"
)
_ASKS = re.compile(r"[?:\uff1a\uff1f]\s*$|(?i:\b(?:pls|please|send|need|below)\b)")
_DIGITS_ANSWER = re.compile(
    r"\s*(?:\[[\d: ]{4,10}\]\s*)?(?:[\w.@-]{1,24}:\s+|[>*-]\s+)?(?:[A-Za-z']{1,8}\s){0,3}"
    r"[`\"'*]{0,3}(?P<v>\d{3}[ -]\d{3}|\d{4,8})#?[`\"'*]{0,3}[.!]?\s*"
)
_NOT_ASKED = re.compile(r"(?i)public|fingerprint|-----(?:BEGIN|END)|cache|known.hosts")
_LONGEST_BLOCK = 20  # lines that are read of it
# A resource, a field or a setting that changes, and the lines of its change: `value = "a" -> "b"`,
# `from: a`, `+b`.
_LONGEST_CHANGE = 6  # lines
_SAYS_CHANGE = re.compile(
    r"(?i)^\s*(?:---|\+\+\+)|chang|updat|rotat|modif|replac|diff|\b(?:field|path)\b"
)
_HEADS_A_CHANGE = re.compile(
    rf"^\s*(?:[~#@]|[-+]\s|-/\+)|[{{:]\s*$|{_SAYS_CHANGE.pattern[4:]}", re.IGNORECASE
)
_CHANGED = re.compile(
    r"[\s~+-]*[\"']?[\w.-]{1,80}[\"']?\s*[:=]\s*[\"']?(?P<old>[^\"'\n]*?)[\"']?\s*(?:->|=>|→|⇒)\s*"
    r"[\"']?(?P<new>[^\"'\n]*?)[\"']?(?:\s*#.*)?,?\s*"
)
_SIDE = re.compile(
    r"(?i)[\s~+-]*(?:[\"']?(?:old|new|from|to|before|after|previous|current|was|now|value|result|secret_\w{4,8})"
    r"(?:_?value)?[\"']?\s*[:=]\s*[\"']?|(?<=[-+])\s*)(?P<v>[^\s\"'{$<(][^\s\"']*)[\"']?,?\s*"
)
_LONGEST_NAME_OF_A_LIST, _END_OF_A_LIST = 240, 60  # characters
_QUOTED_PROSE = re.compile(r"\"(?P<v>[A-Za-z][A-Za-z0-9 '.,;:!?-]{11,400})\"")
_FEWEST_WORDS_OF_PROSE = 4
_REACH = 3  # lines between a name and its value
_PLAIN_VALUE = re.compile(r"(?i)(?:[0-9]{1,3}|true|false|null|none)\s*,?")
_SHORTEST = 4  # characters
_ANY_SECRET = "x" * 40 + "Y1"  # a value that is a secret under every name that announces one
_Opener = Callable[["BareLines", int, "re.Match[str]"], "Iterator[LineSpan]"]
LineSpan = tuple[int, int, int]  # a line's number from 0, and where the value begins and ends


def spans_below(lines: Sequence[str] | pl.Series, candidates: Iterable[int]) -> Iterator[LineSpan]:
    """The values that belong to the names on the candidate lines, which may overlap."""
    seen: set[int] = set()
    bare = BareLines(lines)
    for number in candidates:
        if number in seen:  # it is a value itself
            continue
        spans = list(_spans_of_name(bare, number))
        for at, start, end in spans:
            if at not in seen:
                offset = bare.offset(at)
                yield at, start + offset, end + offset
        seen.update(at for at, _, _ in spans)


def _spans_of_name(lines: BareLines, number: int) -> Iterator[LineSpan]:
    line = lines[number]
    yield from _spans_of_opener(lines, number)
    if binds(line):
        yield from _bound(lines, number)
    if lists_accounts(line):
        yield from _accounts(lines, number)
    if _PROMPT.fullmatch(line):
        yield from _typed(lines, number)
    if _CODES.fullmatch(line):
        yield from _listed(lines, number)
    if _COMMAND.fullmatch(lines.raw(number)):
        yield from _printed(lines, number)
    yield from _in_block(lines, number)
    yield from _near(lines, number)
    yield from cells_below(lines, number)
    yield from _changes(lines, number)
    yield from _answers(lines, number)


def _near(lines: BareLines, number: int) -> Iterator[LineSpan]:
    """Of a line that needs another one: a list of parameters, a mark, the name in a dump."""
    line = lines[number]
    if lists_parameters(line):
        yield from ((number, start, end) for start, end in bound_near(lines, number))
    if marks_secret(line):
        yield from marked_near(lines, number)
    if names_below(line):
        yield from printed_below(lines, number)


def _in_block(lines: BareLines, number: int) -> Iterator[LineSpan]:
    """Of a line that opens a block of another form."""
    heading = lines.raw(number)
    for opens, spans, longest in _BLOCKS:
        if opens(heading):
            below = (line for _, line in following(lines, number, longest))
            yield from ((number + 1 + at, start, end) for at, start, end in spans(heading, below))
    if opens_value(heading):
        after = range(number + 1, min(number + 1 + MOST_LINES, len(lines)))
        for at, start, end in spans_of_value(heading, [lines.raw(at) for at in after]):
            shift = lines.offset(number + at)
            yield number + at, start - shift, end - shift
    if opens_list(heading) or opens_list(lines[number]):
        yield from _in_list(lines, number)


def _in_list(lines: BareLines, number: int) -> Iterator[LineSpan]:
    """Words and codes of a numbered list, whose numbers may look like those of lines."""
    places = range(number, min(number + 1 + LONGEST_LIST, len(lines)))
    heading, *below = (lines.raw(at) for at in places)
    if raw := list(spans_in_list(heading, below)):
        for at, start, end in raw:
            shift = lines.offset(number + at)
            yield number + at, start - shift, end - shift
        return
    heading, *below = (lines[at] for at in places)
    for at, start, end in spans_in_list(heading, below):
        yield number + at, start, end


def _spans_of_opener(lines: BareLines, number: int) -> Iterator[LineSpan]:
    """Of a line that is the beginning of a value by the rules of some format."""
    line = lines[number]
    for pattern, spans in _OPENERS:
        if match := pattern.fullmatch(line):
            yield from spans(lines, number, match)
            return


def _answers(lines: BareLines, number: int) -> Iterator[LineSpan]:
    """The answer to a question about a secret, or what a heading announces: one word of its own."""
    heading = lines[number].replace("/", " ")
    if codes_told(heading) and _ASKS.search(heading):
        yield from _digits_answered(lines, number)
    asked = [word for word in announcements(heading) if word.kind != "code"]
    if not asked or _NOT_ASKED.search(lines[number]):
        return
    is_password = any(word.kind == "password" for word in asked)
    least = COINED if is_password else STRONG
    is_open = False
    for at, line in following(lines, number, _REACH if len(lines) > _REACH else len(lines)):
        if _NEXT_COMMAND.match(lines.raw(at)):
            return
        match = _ANSWER.fullmatch(line) or _signed_answer(line)
        if match and NAME_OF_AN_ID.search(line, 0, match.start("v")):
            continue
        is_cell = line.count("|") > 1 or is_row(line, lines[number])
        is_secret = (
            match is not None
            and not is_cell
            and (
                shape_of(match["v"]) >= least
                or (is_hexadecimal(match["v"]) and not match["v"].isdecimal())
                or (is_password and (is_told(match["v"]) or match.re is _SIGNED_ANSWER))
            )
        )
        if (match and is_secret) or (
            is_password and (match := _PHRASE_ANSWER.fullmatch(line)) and is_phrase(match["v"])
        ):
            is_open = True
            yield at, *match.span("v")
        elif is_open:
            return


def _signed_answer(line: str) -> re.Match[str] | None:
    """A drawn word in which a sign stands that parts a name from its value elsewhere."""
    match = _SIGNED_ANSWER.fullmatch(line)
    if match is None or len(match["v"]) < _SHORTEST_SIGNED or not is_mixed(match["v"]):
        return None
    name = match["name"]
    is_name = len(name) > _LONGEST_OF_NO_NAME and not (SPECIAL.search(name) or is_told(name))
    return None if is_name else match


def _changes(lines: BareLines, number: int) -> Iterator[LineSpan]:
    """What a secret changed from and into: the line is a heading above, or a comment below."""
    heading = lines[number]
    if not _HEADS_A_CHANGE.search(heading) or not any(
        word.kind in {"password", "token"} for word in announcements(_as_words(heading))
    ):
        return
    says_so = _SAYS_CHANGE.search(heading) is not None
    before = [(number - 1, lines[number - 1])] if number else []
    for at, line in [*before, *following(lines, number, _LONGEST_CHANGE)]:
        if at > number and (not line.strip() or line.strip() == "}"):
            return
        if match := _CHANGED.fullmatch(line) or (says_so and _SIDE.fullmatch(line)):
            for group in match.groupdict():
                if _is_of_a_change(match[group]) and not NAME_OF_AN_ID.search(
                    line, 0, match.start(group)
                ):
                    yield at, *match.span(group)


def _as_words(heading: str) -> str:
    """A path or a reference in words, as announcements stand at no stroke: `/spec/password`."""
    return heading.replace("/", " ").replace(".", " ")


def _is_of_a_change(value: str | None) -> bool:
    value = (value or "").strip()
    if len(value) < _SHORTEST or is_nothing(value) or is_word(value) or is_object_name(value):
        return False
    return is_made_up(value) or SPECIAL.search(value) is not None or is_chosen(value)


def _digits_answered(lines: BareLines, number: int) -> Iterator[LineSpan]:
    """A PIN or another code of digits, alone on one of the next lines."""
    for at, line in following(lines, number, _REACH):
        if match := _DIGITS_ANSWER.fullmatch(line):
            yield at, *match.span("v")
            return


def lists_accounts(line: str) -> bool:
    """Whether the next lines are accounts and their passwords: a section, a file's name."""
    if len(line) > _LONGEST_NAME_OF_A_LIST:
        return False
    tail = line[-_END_OF_A_LIST:].lower()
    return any(word in tail for word in _ENDS_OF_LISTS) and (
        _LISTS_ACCOUNTS.search(line[-_END_OF_A_LIST:]) is not None
    )


def _bound(lines: BareLines, number: int) -> Iterator[LineSpan]:
    """The parameters of a statement about a secret's column, on the lines below it."""
    for at, line in following(lines, number, _REACH):
        spans = bound_below(lines[number], line)
        if spans is None:
            return
        yield from ((at, start, end) for start, end in spans)


def _accounts(lines: BareLines, number: int) -> Iterator[LineSpan]:
    """The passwords of a file or a section of accounts: a name and a value on each line."""
    is_open, read = False, lines.accounts
    if number in read.waiting:
        return
    for at, line in following(lines, number, _MOST_ACCOUNTS):
        match = _ACCOUNT.fullmatch(line)
        if match and not is_open and at in read.listed:
            return
        if match:
            read.listed = range(read.listed.start if is_open else at, at + 1)
            is_open = True
            value = match["v"]
            if not is_nothing(value) and not is_plain(value) and shape_of(value) >= NUMBERED:
                yield at, *match.span("v")
        elif (is_open and not line.strip()) or line.startswith(("[", "<", "-----")):
            return
        elif not is_open:
            read.waiting = range(number, at + 1)


def _replied(lines: BareLines, number: int, name: str) -> Iterator[LineSpan]:
    """What Redis replies after the name of a setting."""
    for at, line in following(lines, number, 1):
        match = _REPLY.fullmatch(line)
        if match and _is_value(name, match["name"], is_quoted=True):
            yield at, *match.span("name")


def _listed(lines: BareLines, number: int) -> Iterator[LineSpan]:
    """Codes below their heading, one on a line."""
    for at, line in following(lines, number, MAX_LINES):
        match = _LISTED_CODE.fullmatch(line)
        if match and any(map(str.isdigit, match["v"])):
            yield at, *match.span("v")
        elif line.strip():
            return


def _printed(lines: BareLines, number: int) -> Iterator[LineSpan]:
    """What a command printed that was asked for a secret: one word, the next line."""
    for at, line in following(lines, number, 1):
        if _OBJECT.match(line):
            yield from ((at, start, end) for start, end in values_of_object(line))
            return
        match = _PRINTED_LOGIN.fullmatch(line) or _PRINTED.fullmatch(line)
        if (
            match
            and not _PRINTED_FIELDS.fullmatch(line)
            and not is_nothing(match["v"])
            and not is_object_name(match["v"])
            and (
                match["quote"]
                or shape_of(match["v"]) >= COINED
                or _is_typed(match["v"])
                or match["v"].isupper()
            )
        ):
            yield at, *match.span("v")


def _until(lines: BareLines, number: int, name: str, end: str) -> Iterator[LineSpan]:
    """Every line up to the one that holds the end, if there is one."""
    if not is_secret_under(name, _ANY_SECRET, is_quoted=True):
        return
    below = following(lines, number, MAX_LINES)
    last = next((at for at, line in below if line.lstrip().startswith(end)), None)
    if last is None:
        return
    for at, line in following(lines, number, last - number - 1):
        if end == _END_OF_ELEMENT and line.lstrip().startswith("<") and "<![CDATA[" not in line:
            yield from _child(at, line, name)
        elif span := _whole(at, line):
            yield span


def _child(number: int, line: str, name: str) -> Iterator[LineSpan]:
    """The value of an element within one that is named so, but for what says whose it is."""
    match = _XML_VALUE.fullmatch(line)
    if (
        match
        and not _SAYS_WHOSE.search(match["tag"])
        and _is_value(name, match["v"], is_quoted=True)
    ):
        yield number, *match.span("v")


def _declared(lines: BareLines, number: int) -> Iterator[LineSpan]:
    """All values of an object that says of itself, before or after them, that it is a secret."""
    level = _depth(lines[number])
    read, was_inside = lines.declared.get(level, (0, False))
    is_inside = was_inside and number < read
    around = _object_around(lines, number, level, read)
    for at in around:
        line = lines[at]
        if _depth(line) <= level and line.strip():
            is_inside = _depth(line) == level and _MAP_OF_SECRETS.fullmatch(line) is not None
        elif is_inside:
            match = _ENTRY.fullmatch(line)
            if match is None:
                yield from _all_but_prose(at, line)
            elif match and match["v"][0] not in "|>":
                yield at, *match.span("v")
    lines.declared[level] = around.stop, is_inside


def _object_around(lines: BareLines, number: int, level: int, read: int) -> range:
    """The lines of the object, one of whose names at that depth stands in the line.

    read: where another such name ended what was read; within it, only the lines from there on.
    """

    def ends_it(at: int) -> bool:
        line = lines[at]
        return line.startswith("---") or bool(line.strip() and _depth(line) < level)

    first, last = max(0, number - MAX_LINES), min(len(lines), number + MAX_LINES)
    begins = read
    if number >= read:
        begins = next((at for at in range(number, first, -1) if ends_it(at)), first)
    return range(begins, next((at for at in range(max(number, begins), last) if ends_it(at)), last))


def _depth(line: str) -> int:
    """Blanks before the first letter."""
    return len(line) - len(line.lstrip())


def _beside(
    lines: BareLines, number: int, name: str, pattern: re.Pattern[str]
) -> Iterator[LineSpan]:
    """The value in the next lines, or in the line before, up to another name."""
    before = [(number - 1, lines[number - 1])] if number else []
    for at, line in [*following(lines, number, _REACH), *before]:
        if at > number and NAMED.fullmatch(line):
            continue
        match = pattern.fullmatch(line)
        if match and _is_of_pair(name, match["v"]):
            yield at, *match.span("v")
            new = match.groupdict().get("new")
            if new and _is_of_pair(name, new):
                yield at, *match.span("new")
            return


def _is_of_pair(name: str, value: str) -> bool:
    return _is_value(name, value, is_quoted=True) or is_secret_setting(name, value.strip())


def _under(lines: BareLines, number: int, opened: re.Match[str]) -> Iterator[LineSpan]:
    """What stands under a name that ends its line, also as the member of a mapping."""
    if not opened["block"]:
        yield from _nested(lines, number, opened["name"], len(opened["indent"]))
    yield from _indented(lines, number, opened)


def _indented(lines: BareLines, number: int, opened: re.Match[str]) -> Iterator[LineSpan]:
    """The block scalar, the list or the one value below a name that ends its line."""
    name, depth = opened["name"], len(opened["indent"])
    is_block = bool(opened["block"])
    for at, line in following(lines, number, MAX_LINES if is_block else _REACH):
        if not line.strip():
            continue
        indent = _depth(line)
        if is_block and indent > depth:
            if _OF_A_STORE.fullmatch(line):
                continue
            if is_secret_under(name, _ANY_SECRET, is_quoted=True) and (span := _whole(at, line)):
                yield span
            continue
        match = _SCALAR.fullmatch(line)
        is_below = indent > depth or (match and match["item"]) or _is_typed(line)
        if match and is_below and _is_value(name, match["v"], is_quoted=bool(match["quote"])):
            yield at, *match.span("v")
            if match["item"]:
                continue
        return


def _nested(lines: BareLines, number: int, name: str, depth: int) -> Iterator[LineSpan]:
    """The member of the mapping below the name that is its value."""
    for at, line in following(lines, number, _REACH):
        if _depth(line) <= depth:
            return
        match = _NESTED_VALUE.fullmatch(line)
        if match and _is_value(name, match["v"], is_quoted=True):
            yield at, *match.span("v")
            return


def _typed(lines: BareLines, number: int) -> Iterator[LineSpan]:
    """What a script sends, or a person types, after it was asked for a password."""
    for at, line in following(lines, number, 1):
        match = _SENT.fullmatch(line)
        if not match or is_nothing(match["v"]) or is_word(match["v"]):
            continue
        if not _REQUEST.match(match["v"]):  # what a balancer's check sends
            yield at, *match.span("v")


def _of_secrets(name: str, label: str | None) -> str:
    """The one of a block's two names that announces a secret."""
    is_announced = is_secret_under(name, _ANY_SECRET, is_quoted=True)
    return name if is_announced or label is None else label


def _inside(lines: BareLines, number: int, name: str) -> Iterator[LineSpan]:
    """The value in the block of a secret: its name says nothing, the block's says what it is."""
    for at, line in following(lines, number, _LONGEST_BLOCK):
        if line.strip().startswith("}"):
            return
        match = _PLAIN_NAMED.fullmatch(line)
        if (match and _is_value(name, match["v"], is_quoted=True)) or (
            _OF_SECRETS.search(name)
            and (match := _MEMBER.fullmatch(line))
            and (UUID.fullmatch(match["v"]) or shape_of(match["v"]) >= COINED)
        ):
            yield at, *match.span("v")


def _posted(lines: BareLines, number: int, name: str) -> Iterator[LineSpan]:
    """A field of a form (RFC 7578): after an empty line."""
    for at, line in following(lines, number, _REACH):
        if not line.strip() or line.lower().startswith("content-"):
            continue
        value = line.strip()
        if _is_value(name, value, is_quoted=True) and (span := _whole(at, line)):
            yield span
        return


def _whole(number: int, line: str) -> LineSpan | None:
    """All of the line but its indentation."""
    value = line.strip()
    if not value or HIDDEN in value:
        return None
    start = line.index(value)
    return number, start, start + len(value)


def _all_but_prose(number: int, line: str) -> Iterator[LineSpan]:
    """The line without its indentation and the sentences in quotes: notes within JSON."""
    span = _whole(number, line)
    if span is None:
        return
    begin = span[1]
    for match in _QUOTED_PROSE.finditer(line, begin):
        words = match["v"].split()
        is_prose = len(words) >= _FEWEST_WORDS_OF_PROSE and not is_phrase(match["v"])
        if is_prose and all(shape_of(word.strip(".,;:!?")) < NUMBERED for word in words):
            yield number, begin, match.start("v")
            begin = match.end("v")
    yield number, begin, span[2]


def _is_value(name: str, value: str, *, is_quoted: bool) -> bool:
    value = value.strip()
    if is_nothing(value) or is_word(value) or _PLAIN_VALUE.fullmatch(value):
        return False
    return is_secret_under(name, value, is_quoted=is_quoted)


def _is_typed(line: str) -> bool:
    """A line of one word that looks like a password: the answer to a prompt above it."""
    word = line.strip()
    return (
        len(word) >= _SHORTEST
        and " " not in word
        and (is_made_up(word) or SPECIAL.search(word) is not None)
    )


def _digits(lines: BareLines, number: int) -> Iterator[LineSpan]:
    """A number of a private key, in hexadecimal, with colons."""
    for at, line in following(lines, number, MAX_LINES):
        if not _HEXADECIMAL_LINE.fullmatch(line):
            return
        if span := _whole(at, line):
            yield span


_HEXADECIMAL_LINE = re.compile(r"\s*(?:[0-9a-f]{2}:?){1,32}\s*")
_EXPONENT = re.compile(rf"(?i){EXPONENTS}")
# What opens a block, what is secret in the lines below it, and how many of these are read.
_BLOCKS: tuple[
    tuple[Callable[[str], bool], Callable[[str, Iterable[str]], Iterable[LineSpan]], int], ...
] = (
    (opens_block, lambda heading, below: spans_in_block(heading, [*below]), LONGEST_BLOCK),
    (opens_mail_login, spans_of_answers, LONGEST_WAIT),
    (opens_records, spans_in_records, _MOST_RECORDS),
    (opens_secret_list, spans_of_secret_list, LONGEST_SECRETS),
    (opens_named_rows, spans_of_named_rows, LONGEST_TABLE),
)
_OPENERS: tuple[tuple[re.Pattern[str], _Opener], ...] = (
    (_HEREDOC, lambda lines, at, match: _until(lines, at, match["name"], match["end"])),
    (NAMED, lambda lines, at, match: _beside(lines, at, match["name"], _VALUE)),
    (_XML_NAMED, lambda lines, at, match: _beside(lines, at, match["name"], _XML_VALUE)),
    (_XML_OPENED, lambda lines, at, match: _until(lines, at, match["name"], _END_OF_ELEMENT)),
    (_FORM, lambda lines, at, match: _posted(lines, at, match["name"])),
    (_EXPONENT, lambda lines, at, _: _digits(lines, at)),
    (_KIND_OF_SECRET, lambda lines, at, _: _declared(lines, at)),
    (
        _BLOCK,
        lambda lines, at, match: _inside(lines, at, _of_secrets(match["name"], match["label"])),
    ),
    (_REPLY, lambda lines, at, match: _replied(lines, at, match["name"])),
    (_OPENED, _under),
)
