"""Where does a question go? To one of four skills, by its words alone; any text goes to one.

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

from core.investigation.answering.lookups import LONGEST, lookup_in
from core.investigation.answering.questions import fold, understand
from core.investigation.answering.spelling import respelt

_SHORT = 60  # characters; who says more than courtesies wants something


class Route(StrEnum):
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
_SPELT = frozenset(_WORDS_OF_STORIES.split())
_CONTEXT = re.compile(
    "|".join(
        (
            rf"what (?:did|has|have) (?!you\b|the (?:log|service|pod|alert)){_NAME} {_EVER}"
            rf"{_SAID}\b",
            rf"\bwho (?:has )?{_EVER}(?:{_SAID}|tried|ran|restarted|deployed|changed|did|confirmed"
            r"|rejected|rolled|owns)\b",
            rf"what (?:was|were|has been|(?:have|did) (?:we|you|people)) {_EVER}{_TRIED}\b",
            rf"\bdid {_PEOPLE} {_EVER}(?:{_SAID}|try|check|run|restart|roll back|deploy)\b",
            rf"\b(?:has|have) {_PEOPLE} {_EVER}{_TRIED}\b",
            r"\bremember\b|\bremind me\b|\bsaid earlier\b",
            r"\bhistory\b|\bconversation\b|\bdiscussion\b",
        )
    )
)


def route(question: str) -> Route:
    """The one skill that a text goes to."""
    if lookup_in(question) is not None:
        return Route.LOG_ANALYSIS
    asked = fold(question[:LONGEST])
    if is_courtesy(asked):
        return Route.CONVERSATION
    if story_in(question) or _CONTEXT.search(asked):
        return Route.CONTEXT
    return Route.TROUBLESHOOTING


def story_in(question: str) -> Story | None:
    """Does somebody want to be told all of it, and for what?"""
    asked = fold(question[:LONGEST])
    for spelt in (asked, respelt(asked, _SPELT)):
        if _HAND_OFF.search(spelt):
            return Story.HAND_OFF
        if _CATCH_UP.search(spelt):
            return Story.CATCH_UP
        if _OWNER.search(spelt):
            return Story.OWNER
    return None


def is_courtesy(asked: str) -> bool:
    """Nothing but a greeting, thanks, small talk, or no word at all? asked: folded."""
    said = " ".join(re.sub(r"[^\w' ]+", " ", asked).split())
    if not said or _WHO.fullmatch(said):
        return True
    polite = len(said) <= _SHORT and all(word in _COURTESIES for word in said.split())
    return polite and bool(_GREETS.search(said)) and understand(said) is None
