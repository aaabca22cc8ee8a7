"""Classifies a person's question, and selects one of four skills to answer it.

| route | such as | answered by |
| --- | --- | --- |
| log analysis | `errors between 13:40 and 13:50 in checkout` | lines of the files, at once |
| context | `what did dana say about the pool?`, `catch me up` | what was said and done here |
| conversation | `thanks!`, `good morning` | one line, with what can be asked |
| troubleshooting | `why 1?`, `what next?`, and all else | the engine, from the evidence |
"""

from __future__ import annotations

import re
from enum import StrEnum

from core.investigation.answering.clauses import expanded, respelt
from core.investigation.answering.lookups import LONGEST, lookup_in

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
    " affected impact suffers hurt triggered solve test more last logs show host hour"
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
    AFFECTED = "who is affected"
    TRIGGER = "what set it off"
    CHANGED = "what changed"
    PLAN = "the plan"
    NEXT = "what next"
    WHEN = "when it started"
    CAUSE = "what the cause is"


_CHANGE = r"(?:deploy\w*|release|rollout|change|config\w*|upgrade|migration|flag)"
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
    Intent.AFFECTED: (
        r"\baffect|\bimpact|\bsuffer|\bhurts?\b|\bblast radius\b|how (?:bad|severe|big) is",
    ),
    Intent.TRIGGER: (
        r"\btrigger|\bset (?:it|this|that) off\b",
        rf"\b(?:caused by|because of|due to) (?:a|an|the|that|our) (?:\w+ )?{_CHANGE}",
        rf"{_CHANGE} (?:cause|break|broke|to blame|behind)",
        rf"\b(?:was|is) (?:it|this|that) (?:a|an|the|our) (?:\w+ )?{_CHANGE}\b",
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
    """The intent of a question as written; None if no skill here can answer it."""
    folded = fold(question)
    return next((intent for intent, pattern in _PATTERNS.items() if pattern.search(folded)), None)


def guess(question: str) -> Intent | None:
    """The intent after correcting misspelt words."""
    return understand(respelt(fold(question[:_LONGEST]), _SPELT))


def names_a_time(question: str) -> bool:
    """Whether the question names a time of day, a day, or a span such as the last hour."""
    return _TIMES.search(fold(question)) is not None


def asks_whether(question: str) -> bool:
    """Whether the question is a guess at the cause: `was it the deploy?`."""
    return _IS_IT.match(fold(question)) is not None


def number_in(question: str) -> int | None:
    """The hypothesis that the question names by its number."""
    numbers = (
        number for match in _NUMBER.finditer(fold(question)) for number in match.groups() if number
    )
    return next(map(int, numbers), None)


def fold(question: str) -> str:
    """As it is compared: lower case, straight apostrophes, single spaces, `whats` as `what's`."""
    return expanded(question.casefold().replace("\u2019", "'"))


_SHORT = 60  # characters; who says more than courtesies wants something


class Skill(StrEnum):
    """The skill that answers."""

    LOG_ANALYSIS = "log analysis"
    TROUBLESHOOTING = "troubleshooting"
    CONTEXT = "context"
    CONVERSATION = "conversation"


class Story(StrEnum):
    """What all of a case is told for."""

    HAND_OFF = "hand-off"
    CATCH_UP = "catch-up"
    OWNER = "owner"


_WORDS_OF_COURTESY = (
    "hi hello hey yo hiya howdy morning afternoon evening night good day there all everyone team"
    " folks thanks thank thx ty you u so much many very a lot cheers great awesome nice cool"
    " perfect excellent brilliant ok okay k kk fine got it well done job work bye goodbye cya"
    " see later please sorry no worries problem np wow lol haha how are doing what's sup"
    " faultmaven fm bot for the help that is was to meet and welcome yes yep yeah sure"
)
_COURTESIES = frozenset(_WORDS_OF_COURTESY.split())
# One of these must be there: `yes` and `the help` alone are no greeting.
_GREETS = re.compile(
    r"\b(?:hi|hello|hey|hiya|howdy|yo|morning|afternoon|evening|thanks|thank|thx|ty|cheers|bye"
    r"|goodbye|cya|great|awesome|nice|cool|perfect|excellent|brilliant|sorry|np|lol|haha|wow"
    r"|well done|good (?:job|work|night|day)|how are you|who are you|what are you|got it|ok|okay)\b"
)
_WHO = re.compile(
    r"(?:who|what) are you|what (?:can|do) you do|are you (?:a bot|human|real|an? ai|a person)"
)
_SAID = (
    r"(?:say|said|says|mention(?:ed)?|suggest(?:ed)?|think|thought|wr[io]te|written|report(?:ed)?"
    r"|ask(?:ed)?|tell|told|propose[sd]?|decide[sd]?|answer(?:ed)?)"
)
_TRIED = (
    r"(?:tried|try|done|do|did|run|ran|attempted|checked|tested|ruled out|decided|agreed|promised"
    r"|said|asked|answered|found out|learned|learnt|discussed)"
)
_NAME = r"[\w@.'-]{1,40}"  # of a person, as people write it
_PEOPLE = rf"(?:any(?:one|body)|some(?:one|body)|we|people|{_NAME})"
_EVER = r"(?:already |just |also |ever )?"
_HAND_OFF = re.compile(
    r"\bhand(?:ing)?[- ]?(?:off|over)\b|\bshift (?:change|summary|notes?|report)\b|\bnext shift\b"
)
_OWNER = re.compile(
    r"\bwho(?:'s| is)? (?:owns?|the owner|in charge|on (?:this|it)|(?:looking|working|handling)\b)"
)
_CATCH_UP = re.compile(
    r"\bcatch(?:ing)?(?: me| us)?[- ]?up\b|summari[sz]e|\bsummary\b|\brecap\b|\btl;?dr\b|\bsitrep\b"
    r"|\bup to (?:speed|date)\b|\bfill (?:me|us) in\b"
    r"|\bwhat(?:'ve| have| did)? (?:i|we) miss(?:ed)?\b"
    r"|\bbrief (?:me|us)\b|what (?:do we know|is known)|\bwhere (?:are we|do we stand)\b"
)
_WORDS_OF_STORIES = (
    "catch catching summary summarise summarize recap handoff handover speed missed brief"
)
_STORY_WORDS = frozenset(_WORDS_OF_STORIES.split())
_CONTEXT = re.compile(
    "|".join(
        (
            rf"what (?:did|has|have) (?!you\b|the (?:log|service|pod|alert)){_NAME} {_EVER}"
            rf"{_SAID}\b",
            rf"\bwho (?:has )?{_EVER}(?:{_SAID}|tried|ran|restarted|deployed|changed|did|confirmed"
            r"|rejected|rolled|owns)\b",
            rf"what (?:was|were|has been|(?:have|did) (?:we|you|people)) {_EVER}{_TRIED}\b",
            rf"\bdid (?!(?:an?|the|our|that|this)\b){_PEOPLE} {_EVER}"
            rf"(?:{_SAID}|try|check|run|restart|roll back|deploy)\b",
            rf"\b(?:has|have) {_PEOPLE} {_EVER}{_TRIED}\b",
            r"\bremember\b|\bremind me\b|\bsaid earlier\b",
            r"\bhistory\b|\bconversation\b|\bdiscussion\b",
        )
    )
)


def route(question: str) -> Skill:
    """The one skill that a text goes to."""
    if lookup_in(question) is not None:
        return Skill.LOG_ANALYSIS
    folded = fold(question[:LONGEST])
    if is_courtesy(folded):
        return Skill.CONVERSATION
    if story_in(question) or _CONTEXT.search(folded):
        return Skill.CONTEXT
    return Skill.TROUBLESHOOTING


def story_in(question: str) -> Story | None:
    """The purpose for which the question wants the whole case told; None if it does not."""
    folded = fold(question[:LONGEST])
    for spelt in (folded, respelt(folded, _STORY_WORDS)):
        if _HAND_OFF.search(spelt):
            return Story.HAND_OFF
        if _CATCH_UP.search(spelt):
            return Story.CATCH_UP
        if _OWNER.search(spelt):
            return Story.OWNER
    return None


def is_courtesy(asked: str) -> bool:
    """Whether the text is only a greeting, thanks or small talk, or has no word. asked: folded."""
    text = " ".join(re.sub(r"[^\w' ]+", " ", asked).split())
    if not text or _WHO.fullmatch(text):
        return True
    polite = len(text) <= _SHORT and all(word in _COURTESIES for word in text.split())
    return polite and bool(_GREETS.search(text)) and understand(text) is None
