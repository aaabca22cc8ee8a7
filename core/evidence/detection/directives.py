"""Detects settings as daemons have them: a keyword and its values a line, much of it commented out.

What tells them from prose with a heading: values are no words of a language, and comments hold
settings that somebody switched off.
"""

from __future__ import annotations

import re

from core.evidence.detection.prose import wordiness
from core.evidence.detection.sample import UNLIKE, Likeness, Sample
from core.text.sentences import sentences

say = sentences("evidence.detection")

EQUAL = re.compile(r"^\s*(?:export +|set +)?[\w.\"'/@*-]{1,120}\s*\??\+?=\s*(?!=).{0,400}$")
CALLED = re.compile(r"\w\(.{0,300}\)|=>|==|\breturn\b(?! \d{3}\b)")
DIRECTIVE = re.compile(r"^\s*[A-Za-z][\w.-]{1,60}(?:\s+[^\s.!?][^.!?]{0,200}|\s+\S{1,200}){0,1}$")
_COMMENT = re.compile(r"^\s*(?:[#;!]|//)")
_BEHIND = re.compile(r"\s+(?:#.*|(?://|;|--)\s.*)$")  # a comment behind a setting
_SETTING = re.compile(
    r"^\s*(?:[{}()\]]{1,2}[;,]?|</?[A-Za-z][^<>]{0,200}>|\[{1,2}[^\[\]]{1,120}\]{1,2}"
    r"|\"[^\"]{1,80}\"[\s:=].{0,400}|(?:[-+@%$*~!&]|\*\.)?[\"']?[A-Za-z_/*][\w.:/@*$+\"',;-]{0,100}(?:\s*\??[:+]?=.{0,400}|\s+\S.{0,400})?)$"
)
_SENTENCE_END = re.compile(r"(?:\w+ ){3,}\w+[.!?]$")
_TECHNICAL = re.compile(  # what values of settings have, and words hardly have
    r"[\d/_=:\"$%@*\\<>{}]|\w-\w|[a-z][A-Z]|\.\w|\s-\w"
    r"|(?:^|\s)(?:yes|no|on|off|true|false|none|auto|default|required|optional|sufficient|enabled?"
    r"|disabled?|allow|deny)\b"
)
_OFF_PAIR = re.compile(r"^\s*[#;]{1,2} ?[A-Za-z_][\w.:-]{1,60}\s*=\s*(?!=)\S")
_OFF_WORDS = re.compile(r"^\s*[#;]{1,2}(?P<body>[A-Za-z_$@][\w.:/-]{1,60}(?:\s+\S{1,200}){1,6})$")
_TWO_WORDS = re.compile(r"\S\s+\S")
_LEAST_OFF = 2  # lines
_LEAST_BARE = 3  # lines without a comment
_LEAST_TECHNICAL = 0.4
_LEAST_TWO_WORDS = 0.3
_MOST_WORDY = 0.3
_NEARLY_ALL = 0.9
_MOST = 0.8


def score_directives(sample: Sample, text: Sample) -> Likeness:
    """Score lines of a keyword and a few values. text: the sample without comments."""
    commented = sample.share(_COMMENT)
    switched_off = sum(map(_is_switched_off, sample.lines))
    if len(text.lines) == len(sample.lines) and commented > _NEARLY_ALL:
        is_template = switched_off > _LEAST_OFF
        return Likeness(_MOST if is_template else 0.5, say.raw("only_comments"))
    if not commented or len(sample.lines) < 2:  # noqa: PLR2004
        return _bare(text)
    settings = Sample([_BEHIND.sub("", line) for line in text.lines])
    share = settings.counted(is_setting)
    if switched_off >= _LEAST_OFF and share >= _MOST:
        return Likeness(0.9 * share, say.raw("name_and_value_with_comments"))
    technical = min(1.0, settings.share(_TECHNICAL) / _LEAST_TECHNICAL)
    terse = max(0.0, 1.0 - wordiness(settings) / _MOST_WORDY)
    return Likeness(0.85 * share**2 * technical * terse, say.raw("name_and_value_with_comments"))


def _bare(text: Sample) -> Likeness:
    if text.share(_TWO_WORDS) < _LEAST_TWO_WORDS:
        return UNLIKE
    short = text.share(DIRECTIVE)
    terse = max(0.0, 1.0 - 2 * wordiness(text) / _MOST_WORDY)
    is_technical = text.share(_TECHNICAL) > _LEAST_TECHNICAL and len(text.lines) >= _LEAST_BARE
    daemons = 0.45 * text.counted(is_setting) ** 2 * terse if is_technical else 0.0
    return Likeness(max(0.4 * short, daemons), say.raw("name_and_value"))


def is_setting(line: str) -> bool:
    """Whether a line may be a setting, a section or the end of one."""
    is_said = CALLED.search(line) or _SENTENCE_END.search(line)
    return bool(_SETTING.match(line)) and not is_said


def _is_switched_off(line: str) -> bool:
    """Whether a comment holds a setting: words alone count only right behind the mark."""
    words = _OFF_WORDS.match(line)
    if words is None:
        return bool(_OFF_PAIR.match(line))
    body = words["body"]
    return (
        bool(_TECHNICAL.search(body)) and not wordiness(Sample([body])) and not body.endswith(".")
    )
