"""Ids that look like secrets and that a desk needs: of providers, of ledgers, of commands' output.

What stands around an id decides as often as its form: a name for a public key before it, a verb of
a rule behind it.
"""

from __future__ import annotations

import re

_BEFORE, _AFTER = 80, 40  # characters that are read around a value
_BASE58 = "[1-9A-HJ-NP-Za-km-z]"
_ID = re.compile(
    # Stripe; OpenAI; Twilio, whose keys begin with SK
    r"(?:evt|sub|ch|pi|pm|cus|in|acct|req|price|txn|tr|seti|il|dp|fee|we)_[A-Za-z0-9]{14,28}"
    r"|(?:org|proj|asst|thread|run|batch|chatcmpl|resp|vs)[-_][A-Za-z0-9]{20,32}"
    r"|(?:AC|MG|CA|SM|MM|PN|AP|VA|IS|ZS|RE|TR|WK|CH|IM|US|QU|BU|NO)[0-9a-f]{32}"
    rf"|[xyztuv]pub{_BASE58}{{90,120}}"  # BIP 32: what addresses are derived from
    # Our own, which our logs name, but for those of sessions and tokens: each is a UUIDv7.
    r"|(?:ask|case|delivery|doc|exchange|file|job|msg|occ|out|user|utt|workspace)"
    r"_[0-9a-f]{12}7[0-9a-f]{3}[89ab][0-9a-f]{15}"
)
# A name or a word, then an id: keys of NATS, ledgers of Solana and Bitcoin, codes of SQL.
_AFTER_NAME = re.compile(r"[\"']?\s?[:=]?\s?[\"'\[(]?\Z")
_NAMED_IDS = (
    (
        re.compile(r"[UANCOX][A-Z2-7]{55}"),
        re.compile(r"(?i)(?:nkeys?|account|issuer|operator|sub|iss|public|user|jti)\Z"),
    ),
    (
        re.compile(rf"{_BASE58}{{32,44}}"),
        re.compile(
            r"(?i)(?:program|mint|owner|address|pubkey|authority|blockhash|payer|validator)\Z"
        ),
    ),
    (
        re.compile(rf"{_BASE58}{{86,88}}"),
        re.compile(r"(?i)(?:signature|sig|tx|txid|transaction)\Z"),
    ),
    (
        re.compile(r"[0-9][0-9A-Z][0-9PNX][0-9A-Z]{2}"),
        re.compile(r"(?:FATAL|ERROR|PANIC|WARNING|SQLSTATE|SQLState)\Z"),
    ),
    (re.compile(r"[0-9a-f]{16,80}"), re.compile(r"(?m)^;[^\n]{0,70}COOKIE\Z")),  # RFC 7873
)
# The rule that a value breaks, `password: size must be …`, and not the value.
_WORD = re.compile(r"[^\W\d_]{2,16}")
_BREAKS_RULE = re.compile(
    r"[ ](?:must|may|should|cannot|can't|has[ ]to|is[ ]too|is[ ]required|does[ ]not|muss|darf"
    r"|doit|ne[ ]doit|debe|deve|moet|musi|must|not[ ]be)\b"
)
_SAYS_RULE = re.compile(r"(?:must|may|muss|darf|doit|debe|deve|moet|musi)")
# What an option takes, as a program's help says it: `--token path     Read token from file`.
_OPTION = re.compile(r"--[\w-]{1,60}[ =]\Z")
_EXPLAINED = re.compile(r"[ \t]{2,40}[A-Za-z(]")
# A commit in a history: its short hash begins the line, and its subject follows.
_OF_A_HISTORY = re.compile(r"(?:\A|\n)[ \t*|\\/]{0,24}\Z")
_SHORT_HASH = re.compile(r"(?=[0-9]{0,12}[a-f])(?=[a-f]{0,12}[0-9])[0-9a-f]{7,12}")
_SUBJECT = re.compile(r"[ ](?:\((?:HEAD|tag|origin|[\w/.-]{1,60}\))|[A-Z]?[a-z]{1,20}[ :(])")
# A switch's prompt and the command typed there; where a secret lies in a store, and under which
# name a workflow gets it; whose password follows a stroke.
_PROMPT = re.compile(
    r"[A-Za-z][\w.-]{0,62}(?:\([\w-]{1,32}\))?[#>]"
    r"(?:show?|sh|conf\w{0,10}|copy|write|wr|ping|term\w{0,6}|debug|clear|no|exit|enable|reload|do)"
)
_LINE_BEGINS = re.compile(r"(?:\A|\n)[ \t]{0,8}\Z")
_PLACE = re.compile(r"[a-z][\w-]{0,40}(?:/[\w.-]{1,60}){1,8}")
_TAKEN_FROM_PLACE = re.compile(r"[ ][\w.-]{1,60}[ ]\|[ ][A-Z]")
_OF_LOGINS = re.compile(r"(?i)(?:creds?|credentials?)[ ]?[:=][ ]?\Z")
_USER = re.compile(r"[A-Za-z][\w.@-]{1,40}")
_PASSWORD_FOLLOWS = re.compile(r"[ ]/[ ]\S")
_NAMED_KEY = re.compile(r"(?:hmac-[\w-]{3,12}:)?[\w.-]{1,64}:[A-Za-z0-9+/]{8,512}={0,2}")
_SIGNS_UPDATES = re.compile(r"[ ]-y[ ](?:hmac-[\w-]{3,12}:)?\Z")
_IN_PLACES = (
    (_WORD, re.compile(r"[:=][ ]\Z"), _BREAKS_RULE),
    (_SAYS_RULE, re.compile(r":[ ]\Z"), re.compile(r"[ ][a-z]{2,12}[ ]")),
    (_WORD, _OPTION, _EXPLAINED),
    (_SHORT_HASH, _OF_A_HISTORY, _SUBJECT),
    (_PROMPT, _LINE_BEGINS, re.compile(r"[ ]")),
    (_PLACE, re.compile(r"(?:secrets:|\n)[ \t]{0,12}\Z"), _TAKEN_FROM_PLACE),
    (_USER, _OF_LOGINS, _PASSWORD_FOLLOWS),
    (_NAMED_KEY, _SIGNS_UPDATES, re.compile("")),  # the key has a rule of its own
)
_OF_A_SECRET = re.compile(r"(?i)(?:pass\w{0,6}|pwd|secret|token|key)[\"']?\s?[:=]\s?[\"']?\Z")


def is_public_id(text: str, start: int, end: int) -> bool:
    """Whether it is an id, a word or a name that nobody can log in with."""
    value = text[start:end].rstrip("\"',;")
    before = text[max(0, start - _BEFORE) : start]
    if _ID.fullmatch(value):
        return not _OF_A_SECRET.search(before)
    return _is_named_id(value, before) or any(
        form.fullmatch(value) and above.search(before) and behind.match(text, end, end + _AFTER)
        for form, above, behind in _IN_PLACES
    )


def _is_named_id(value: str, before: str) -> bool:
    """Whether the name before it is one of public ids of this form."""
    gap = _AFTER_NAME.search(before)
    name = before[: gap.start()] if gap else before
    return any(form.fullmatch(value) and names.search(name) for form, names in _NAMED_IDS)
