"""Detects what people said and wrote down with times: chats, subtitles; and cards of theirs."""

from __future__ import annotations

import re

from core.evidence.detection.sample import UNLIKE, Likeness, Sample
from core.text.sentences import sentences

say = sentences("evidence.detection")

_CUE = re.compile(
    r"^(?:\d\d:)?\d\d:\d\d[,.]\d{3} --> (?:\d\d:)?\d\d:\d\d[,.]\d{3}|^\[\d\d:\d\d\.\d\d\]"
)
_CARD = re.compile(r"^BEGIN:V(?:CARD|CALENDAR)\s*$|^@[A-Za-z]{3,20}\{[\w:/.+-]{1,80},$")
# Above what a person said: `Kim, [23.11.2026 10:01]`, `[10:01 AM] Kim Lee`, `Kim  10:01 AM`.
_SPOKE = re.compile(
    r"^(?:[A-Z][\w .'-]{0,40}, \[\d\d?[./]\d\d?[./]\d{2,4} \d\d?:\d\d(?::\d\d)?\]"
    r"|\[\d\d?:\d\d(?: ?[AP]M)?\] [A-Z][\w.'-]{0,30}(?: [A-Z][\w.'-]{0,30}){0,2}"
    r"|[A-Z]?[\w.'-]{1,30}(?: [A-Z][\w.'-]{0,30}){0,2} {1,4}\[?\d\d?:\d\d(?: ?[AP]M)?\]?)\s*$"
)
# WhatsApp, Telegram, Teams, and chats like them: a comma or nothing stands between date and time.
_SAID = re.compile(
    r"^\W{0,2}(?:\d{1,4}[./-]\d{1,2}[./-]\d{1,4},? \d\d?:\d\d(?::\d\d)?"
    r"(?:[ \u202f]?[APap]\.?[Mm]\.?)?)"
    r"(?:\]| -|\] -)? (?P<who>\w[\w .'+()-]{0,40}?): (?P<words>\S.*)$"
)
_LEVEL = re.compile(
    r"(?i)^(?:error|warn(?:ing)?|info|debug|fatal|trace|critical|notice|log|stderr|stdout)\b"
)
_MACHINE = re.compile(r"\w=\S|\w\(|[\[{]\w|/\w+/|\d{3,}|\b[a-z]+[A-Z]|_")
_LEAST_CUES = 0.15  # of the lines
_LEAST_SPOKE = 0.25
_LEAST_SAID = 0.6
_MOST_MACHINE = 0.25
_MOST_SPEAKERS = 30
_LEAST_LINES = 3


def score_transcript(sample: Sample) -> Likeness:
    """Score text as what people said to each other, or cards of people and meetings."""
    if sample.lines and _CARD.match(sample.lines[0]):
        return Likeness(0.96, say.raw("cards"))
    if sample.share(_CUE) > _LEAST_CUES:
        return Likeness(0.97, say.raw("subtitles"))
    if sample.share(_SPOKE) > _LEAST_SPOKE:
        return Likeness(0.97, say.raw("chat"))
    return _chat(sample)


def _chat(sample: Sample) -> Likeness:
    """Score lines of a time, a name that begins with a capital, and words without machinery."""
    messages = [spoken for line in sample.lines if (spoken := _SAID.match(line))]
    if len(messages) < max(_LEAST_LINES, _LEAST_SAID * len(sample.lines)):
        return UNLIKE
    names = {spoken["who"] for spoken in messages}
    machine = sum(bool(_MACHINE.search(spoken["words"])) for spoken in messages)
    are_people = all(not name[0].islower() and not name.isupper() for name in names)
    is_machine = machine > _MOST_MACHINE * len(messages) or any(map(_LEVEL.match, names))
    is_chat = are_people and not is_machine and 1 < len(names) <= _MOST_SPEAKERS
    return Likeness(0.97 * is_chat, say.raw("chat"))
