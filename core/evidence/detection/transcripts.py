"""Detects what people said and typed: chats, subtitles, cards, and what a terminal showed."""

from __future__ import annotations

import re
from itertools import chain

from core.evidence.detection.sample import UNLIKE, Likeness, Sample
from core.evidence.logs.terminal import is_prompt
from core.evidence.signatures import is_change, match
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
_LOGGED = re.compile(r"^.{0,20}(?:\d{4}[-/]\d\d[-/]\d\d[T ]|[A-Z][a-z]{2} [ \d]\d )\d\d:\d\d:\d\d")
# Between the heading and the rows of what a database answered, or around both.
_FRAME = re.compile(r"^(?:-{2,}(?:\+-{2,})+|\+-{2,}(?:\+-{2,})*\+)\s*$")
_FIGURE = re.compile(r"-?\d[\d.,:]*(?:e[+-]?\d+)?%?$|\d{4}-\d\d-\d\d[ T]\d\d:\d\d")
_MOST_FRAME, _MOSTLY_WORDS = 4, 0.4
_LEAST_PROMPTS = 0.04  # of the lines
_MOST_ABOVE = 2  # lines above the first prompt, `Script started on …`
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
    if _is_answer_of_database(sample):
        return Likeness(0.985, say.raw("query_result"))
    if prompts := _prompts(sample):
        # What one command printed is better read as what it is: a rollout, a log, a table.
        return Likeness(0.96 if len(prompts) > 1 else 0.5, say.raw("terminal"))
    return _chat(sample)


def _is_answer_of_database(sample: Sample) -> bool:
    """Whether it is one table as psql and MySQL print it, of words rather than of measurements."""
    frames = [row for row, line in enumerate(sample.lines[:_MOST_FRAME]) if _FRAME.match(line)]
    if not frames:
        return False
    cells = [
        cell
        for line in sample.lines[frames[-1] + 1 :]
        if "|" in line
        for cell in map(str.strip, line.strip().strip("|").split("|"))
        if cell
    ]
    words = sum(not _FIGURE.match(cell) for cell in cells)
    return words > _MOSTLY_WORDS * len(cells)


def changes_by_hand(sample: Sample) -> bool:
    """Whether a terminal shows commands that change something, among what others looked at."""
    return any(map(is_change, chain.from_iterable(map(match, _prompts(sample)))))


def _prompts(sample: Sample) -> list[str]:
    """The prompts of what a terminal showed: it begins with one, and comes to one again."""
    rows = [row for row, line in enumerate(sample.lines) if is_prompt(line)]
    if not rows or rows[0] > _MOST_ABOVE:
        return []
    # A log that somebody printed begins with a prompt as well.
    are_many = len(rows) > max(1, _LEAST_PROMPTS * len(sample.lines))
    return [sample.lines[row] for row in rows] if are_many or not sample.any(_LOGGED) else []


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
