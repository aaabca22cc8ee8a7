"""What in a log line is a value and not the message?

Two strengths: `VALUES` runs over every line, in Rust, so it is one cheap pattern; `mask_names`
runs over the few distinct lines that are left and may look closer. Both write `WILD`.
"""

from __future__ import annotations

import re

WILD = "*"

_DIGITS = "[0-9A-Za-z_]*-?[0-9][0-9A-Za-z_]*"  # a word with a digit: numbers, ids, hex, versions
# Words with digits, and what is joined to them by punctuation: addresses, times, UUIDs, hosts.
VALUES = rf"(?-u)-?{_DIGITS}(?:[-.:/,+@]+(?:{_DIGITS}|[a-f]{{3,}}))*"

_TOP_LEVEL = (
    "com|net|org|edu|gov|mil|info|io|dev|cloud|internal|local|localdomain|lan|svc|test|example"
)
_FILES = (
    "exe|dll|sys|so|jar|war|py|sh|bat|conf|cfg|ini|log|txt|tmp|bak|xml|json|ya?ml|html?|csv|pid"
    "|sock|db|sqlite|gz|zip|tar|rpm|deb|pem|crt|key"
)
# Labels and names have the lengths that DNS and URLs allow, and runs are read from their start:
# a line may be one run of thousands of letters, and each of them a place to begin.
_LABEL = "[A-Za-z0-9*_-]{1,63}"
_RUN = r"\w.:/@#$%+~*-"
_MAILBOX = "[A-Za-z0-9._%+*-]"
_DAY = "(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)"
_MONTH = "(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
# Words that a colon joins to a value say what it is: `retries:3`, `10.0.0.1:refused`.
_BEFORE = re.compile(r"[A-Za-z_]{3,40}::?(?=[^:])")
_AFTER = re.compile(r"(?<=[^:])::[A-Za-z_]{3,40}$")


def _joined(run: re.Match[str]) -> str:
    """What is joined to a value is part of it, but for the words that name it."""
    before, after = _BEFORE.match(run[0]), _AFTER.search(run[0])
    return f"{before[0] if before else ''}{WILD}{after[0] if after else ''}"


_METHODS = "GET|HEAD|POST|PUT|DELETE|PATCH|OPTIONS|CONNECT|TRACE"
_CURRENCIES = "EUR|USD|GBP|JPY|CHF|CNY|INR"
# Fields that say what happened, and no value of it.
_TELLING = "(?<!msg)(?<!message)(?<!event)(?<!error)(?<!reason)(?<!level)(?<!severity)"
_VALUES = r"\*(?:[ ,;|-]+\*)+"  # any number of values is one

_STEPS = tuple(
    (re.compile(pattern), replacement)
    for pattern, replacement in (
        (
            rf"\b({_METHODS}) +(?:https?:)?[/*][^\s\"'<>]*(?: HTTP/\*)?(?![^\s\"'<>])",
            rf"\1 {WILD}",
        ),  # request
        (rf"(?i)(?<=method)([ :=]{{1,2}}[\"']?)(?-i:{_METHODS})\b", rf"\1{WILD}"),
        (rf"\b(?:{_DAY},? )?(?:{_MONTH} +\*|\* {_MONTH})", WILD),  # a date in words
        (r"\b[A-Za-z][A-Za-z0-9+.-]{0,24}://[^\s\"'<>()\[\]]+", WILD),  # URL
        (
            rf"(?<!{_MAILBOX}){_MAILBOX}++@[A-Za-z0-9*-]+(?:\.[A-Za-z0-9*-]+)+",
            WILD,
        ),  # e-mail address
        (
            r"(?:(?<=[\s\"'=(\[{<:,])|^)(?:~|[A-Za-z]:)?(?:[/\\][\w.@%+*$~-]+){2,}[/\\]?"
            r"(?:\?[^\s\"'<>]*)?",
            WILD,
        ),  # path
        (r"(?:(?<=[\s\"'=(])|^)/(?:[\w.%-]+/?)?(?:\?[^\s\"'<>]*)?(?=[\s\"',;)]|$)", WILD),
        (rf"\b(?:{_LABEL}\.){{1,12}}(?:{_TOP_LEVEL})\b(?!\.?\w)", WILD),  # host
        (r"\b(?:[a-z0-9*_-]{1,63}\.){2,12}[a-z]{2}\b(?!\.?\w)", WILD),  # host under a country
        (r"\b[a-f]{8,}\b", WILD),  # hex that happens to have no digit
        (rf"\b[\w*$-]{{1,63}}\.(?:{_FILES})\b(?![.\w*(])", WILD),  # file
        (rf"(?<![{_RUN}])[{_RUN}]*\*[{_RUN}]*(?<![.:])", _joined),  # joined to a value: a value
        (rf"\* (?:{_CURRENCIES})\b", WILD),
        (r"\* ?(?:[kKMGTP]i?)?(?:B|bytes|ms|us|µs|ns|s|secs?|seconds|minutes|hours)\b", WILD),
        (r"(?<==)(?:null|None|nil|[A-Za-z]{1,40}\{[^{}\s]*\})(?![\w.])", WILD),  # object or none
        (r"(=>? ?)\"[^\"]*\"", rf'\1"{WILD}"'),
        (rf"{_TELLING}(\": ?)\"[^\"\s]*\"", rf'\1"{WILD}"'),  # a word in JSON
        (r"\* \(\)", f"{WILD} ({WILD})"),
        (_VALUES, WILD),
        (r"\s+", " "),
        (r"^(?:[-|:>,;] )+", ""),  # what is left of a header
    )
)


def joined_values(masked: str) -> str:
    """With one value where several follow each other."""
    return re.sub(_VALUES, WILD, masked)


def mask_names(masked: str) -> str:
    """What `VALUES` left: paths, hosts, addresses, dates in words, and lists of values."""
    for pattern, replacement in _STEPS:
        masked = pattern.sub(replacement, masked)
    return masked.strip()
