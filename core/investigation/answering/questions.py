"""What does a person want to know? Loose matching of plain English, no model."""

from __future__ import annotations

import re
from enum import StrEnum

from core.investigation.answering.spelling import expanded, respelt

_LONGEST = 200  # characters; in a longer text a word that is nearly one of ours says little
# Words by which a question is understood, and those that a misspelling may not be taken for.
_WORDS_OF_QUESTIONS = (
    "progress finished unreadable parse escalate stuck contradict contradicts against disprove"
    " refute doubt doubts missing evidence often many much frequent frequently count rate rates"
    " number first earliest initial error errors failure exception fault problem reason reasons"
    " support supports prove proof explain because changed changes deploy deployed release rollout"
    " upgrade config restart restarted different plan checks check steps order next confirm verify"
    " when since start started begin began onset cause caused culprit blame hypothesis hypotheses"
    " happened broke failed wrong broken going happening matter service what where which with have"
    " should could does this that they there need bring need help know sure certain still reading"
    " looking working could read file files line lines time times long else would send upload"
    " solve test more last logs show host hour"
)
_SPELT = frozenset(_WORDS_OF_QUESTIONS.split())


class Intent(StrEnum):
    """The questions that evidence alone can answer."""

    PROGRESS = "how far things are"
    UNREADABLE = "what could not be read"
    ESCALATE = "who can help"
    AGAINST = "what contradicts it"
    MISSING = "what is missing"
    OFTEN = "how often"
    FIRST_ERROR = "the first error"
    WHY = "why a hypothesis"
    CHANGED = "what changed"
    PLAN = "the plan"
    NEXT = "what next"
    WHEN = "when it started"
    CAUSE = "what the cause is"


# The first that fits wins: "why not", "how often since the deploy" and "when was the first error"
# are about their first words.
_WORDS: dict[Intent, tuple[str, ...]] = {
    Intent.PROGRESS: (
        r"how far\b|\bprogress\b|are you (?:done|ready|still|finished)|what are you doing",
        r"still (?:reading|looking|working)\b",
    ),
    Intent.UNREADABLE: (
        r"(?:could|can)(?: ?not|n't) (?:be )?(?:read|parse)|\bunreadable\b",
        r"failed to (?:read|parse)",
    ),
    Intent.ESCALATE: (
        r"\bescalat|who (?:can|could|should|may) (?:help|look|i ask|we ask)|\bwe are stuck\b",
    ),
    Intent.AGAINST: (
        r"contradict|\bagainst\b|disprov|refut|\bdoubts?\b|\bwhy not\b|\bwhy isn'?t\b",
        r"\brule[sd]? (?:it |this |that )?out\b|wrong with (?:it|that|this|your)\b",
    ),
    Intent.MISSING: (
        r"\bmissing\b|what (?:evidence|files?|logs?) (?:do|would|should|are|is)\b",
        r"what (?:else )?(?:do|would|should|can) (?:you|i|we) (?:need|bring|send|add|upload)",
    ),
    Intent.OFTEN: (
        r"how (?:often|many|much|frequent)|\bfrequen|\bcount\b|\brates?\b",
        r"number of (?:\w+ )?(?:error|time|failure|line)",
    ),
    Intent.FIRST_ERROR: (
        r"(?:first|earliest|initial) (?:\w+ )?(?:error|failure|exception|fault|problem)",
        r"(?:first|earliest|initial) (?:occurrence|line|sign|symptom|thing)",
    ),
    Intent.WHY: (
        r"\bwhy\b|\breasons?\b|\bsupport|evidence for|what makes|\bprove?\b|\bproof\b",
        r"how (?:do|can|did) you know|how (?:sure|certain|confident)|\bexplain|\bbecause\b",
    ),
    Intent.CHANGED: (
        r"\bchang|\bdeploy|\breleas|\broll(?:ed )?out|\bupgrade|\bconfig|\bnew version|\brestart",
        r"\bdifferent\b",
    ),
    Intent.PLAN: (r"\bplan\b|\bchecks\b|which (?:checks?|steps?)\b|\bsteps\b|what order\b",),
    Intent.NEXT: (
        r"\bnext\b|\bnow what\b|\bwhat now\b|\bcheck\b|\bconfirm\b|\bverify\b|\bfix\b",
        r"what (?:should|can|do|must|could) (?:i|we)\b|how (?:do|can|to|could) .*(?:solve|test)",
    ),
    Intent.WHEN: (r"\bwhen\b|\bsince\b|\bstart|\bbegin|\bbegan\b|\bonset\b|how long|what time",),
    Intent.CAUSE: (
        r"\bcaus|what (?:happened|broke|failed|is wrong|went wrong)|\bculprit|\bblame|hypothes",
        r"what'?s (?:wrong|going on|broken|the problem|happening|up)\b|\bstatus\b|which service",
        r"what is (?:going on|the (?:problem|issue|matter))",
    ),
}
_TIMES = re.compile(
    r"\b\d{1,2}:\d\d\b|\b\d{1,2} ?[ap]m\b|\b\d{4}-\d\d-\d\d\b|\byesterday\b|\btoday\b"
    r"|\b(?:last|past) (?:\d{1,4} ?)?(?:s|m|h|sec|min|hour|hr|day|week)[a-z]{0,4}\b"
)
_IS_IT = re.compile(r"(?:so |and |then )?(?:is|was) (?:it|this|that|the cause)\b")
_PATTERNS = {intent: re.compile("|".join(words)) for intent, words in _WORDS.items()}
_NUMBER = re.compile(
    r"(?:#|\bh|\bhypothesis |\b(?:why|against|for|about|not|contradicts?|(?:is|was) it) "
    r"(?:is |not )?)(\d{1,2})\b"
    r"|^\s*(\d{1,2})\s*\?*$"
)


def understand(question: str) -> Intent | None:
    """What is asked, as it is written; None where nobody here can answer it."""
    asked = fold(question)
    return next((intent for intent, pattern in _PATTERNS.items() if pattern.search(asked)), None)


def guess(question: str) -> Intent | None:
    """What is asked, with misspelt words taken for those that they nearly are."""
    return understand(respelt(fold(question[:_LONGEST]), _SPELT))


def names_a_time(question: str) -> bool:
    """Is it about a time of day, a day, or the last hour?"""
    return _TIMES.search(fold(question)) is not None


def asks_whether(question: str) -> bool:
    """Is it a guess at the cause: `was it the deploy?`."""
    return _IS_IT.match(fold(question)) is not None


def number_in(question: str) -> int | None:
    """The hypothesis that the question names by its number."""
    numbers = (
        found for match in _NUMBER.finditer(fold(question)) for found in match.groups() if found
    )
    return next(map(int, numbers), None)


def fold(question: str) -> str:
    """As it is compared: lower case, straight apostrophes, single spaces, `whats` as `what's`."""
    return expanded(question.casefold().replace("\u2019", "'"))
