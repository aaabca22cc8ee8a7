"""Learns in which place of their header the lines of a text log name the service that wrote them.

`ERROR checkout [req-12] ...`, `[ERROR] (billing) ...`, `ERROR edge-gateway: ...`: learnt from the
whole sample, never from a line. The same few name-like words stand there in nearly all lines; a
class, a thread, a host or a part of one program does not pass for a service.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.evidence.logs.levels import read_level

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_NEARLY_ALL = 0.9  # share of lines that must have a name in the place
_LEAST_LINES = 8
_LEAST_ALONE = 20  # lines, where nothing marks the name off from the message
_MOST_NAMES = 40
_FEW_VALUES = 0.2  # at most this share of distinct names: they recur
_LOOK_AT = 400
_LEAST_ENDINGS = 3  # different words after a name: one that begins few sentences begins messages
_SOME = 0.3

_NAME = r"[a-z][a-z0-9]{0,30}(?:[-_][a-z0-9]{1,30}){0,6}"
_PID = r"(?:\[[0-9]+\])?"
_MARK = r"(?:[|,;:-]{1,2} +)?"  # between the level and what follows
_SKIPPED = (
    "",
    r"[\[(][^\[\]()]{0,80}[\])]:? +",
    r"[\[(][^\[\]()]{0,80}[\])]:? +[\[(][^\[\]()]{0,80}[\])]:? +",
    r"[0-9]+ +(?:-{1,3} +)?",
    r"[A-Za-z][\w.-]{0,80} +",  # the host of a line that syslog kept
)
_ENCLOSED = rf"[\[(<]({_NAME}){_PID}[\])>](?:[:,|] ?| )"
_FIELD = rf"(?:service|svc|app)[=:]\"?({_NAME})\b"
_ENDED = rf"({_NAME}){_PID} *(?::|\|| - )"
_ALONE = rf"({_NAME}){_PID}(?: +|$)"
_OF_PROCESS = rf"({_NAME})\[[0-9]+\]: "  # a program with its process, as syslog writes it
_MARKED = (_ENCLOSED, _FIELD, _OF_PROCESS, _ENDED)


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Parts of one program, loggers of well-known libraries, threads, environments.
_INTERNAL = _words(
    "access aiohttp api app application asyncio audit boot botocore cache celery client cmd"
    " common config connection controller core daemon db debug default dev django driver"
    " engine event eventloop events filter flask gc general grpc gunicorn handler hibernate"
    " http https httpx init internal io jdbc jvm kernel lib local localhost log logger main"
    " metrics middleware migrations model module net network orm os pool prod production"
    " repository requests root router runtime script security server service shutdown socket"
    " sql sqlalchemy staging startup stderr stdout storage stream system task test thread"
    " timer tls tornado transport twisted urllib3 util utils uvicorn version view views web"
    " werkzeug worker"
)
# Words that messages begin with; a service may have such a name where marks set it off.
_FIRST_WORDS = _words(
    "a aborting accepted adding all already an and at attempt attempting bad batch cache call"
    " cannot check client closing command completed connect connecting connections consumer could"
    " creating data deleting did disk done error exception executing failed failure fetch fetching"
    " file finished for found from get getting got handling high id ignoring in incoming invalid is"
    " item job key launching listening loaded loading low memory message messages missing new next"
    " no node not now on one opening order out outgoing payload pending ping process processing"
    " query queue read reading ready received receiving record reconnect refreshing registered"
    " rejected reloading removing request response result retry retrying row running saving"
    " scheduled sending sent session skipping slow start started starting status stop stopped"
    " stopping still successfully sync the there this timeout timed token too total transaction"
    " trying unable unexpected unhandled unknown update updating upstream user using value waiting"
    " warning will with writing wrote"
)
_TRADES = _words(
    "accounting banking billing booking catering clearing invoicing mailing marketing messaging"
    " monitoring onboarding parking pricing ranking reporting routing scheduling shipping staffing"
    " streaming ticketing tracking trading"
)
_VERB = re.compile(r"[^e]ed$|ing$")
_NUMBERED = re.compile(r"[-_]?[0-9]+$")
_PREDICATE = re.compile(r"[^e]ed\b|[0-9#\"'{(=]|(?:is|was|has|are|not|to|for|of|in|from)\b|\S+=")
_FIGURE = re.compile(r"[-+]?[0-9$\"'{=]")
_SENTENCE = re.compile(r"[A-Z\[(]")


@dataclass(frozen=True)
class ServiceColumn:
    """A pattern from the start of a line through the service, with one group; `plain` has none."""

    pattern: str
    plain: str


def learn_service(
    lines: Sequence[str], places: Sequence[str], *, owner: str | None = None
) -> ServiceColumn | None:
    """The place where each line names its service; None where none is to be seen.

    places: patterns of a line's start, behind one of which the service may stand, the likelier
    first. owner: whose file it is by its name, which is kept unless the lines know better.
    """
    if len(lines) < _LEAST_LINES:
        return None
    for place in places:
        for skipped in _SKIPPED:
            for form in (*_MARKED, _ALONE):
                column = _Column.read(lines, place + _MARK + skipped, form)
                if column is not None and column.is_of_services(owner):
                    return column.written()
    return None


@dataclass(frozen=True)
class _Column:
    """The words in one place of the lines, and how each line goes on behind its word."""

    before: str
    form: str
    words: tuple[str, ...]
    rests: tuple[str, ...]

    @classmethod
    def read(cls, lines: Sequence[str], before: str, form: str) -> _Column | None:
        """None where too few lines have a name there."""
        start, whole = re.compile(before), re.compile(before + form)
        begun = [line[:_LOOK_AT] for line in lines if start.match(line)]
        matches = [match for line in begun if (match := whole.match(line))]
        if len(matches) < max(_LEAST_LINES, _NEARLY_ALL * len(begun), len(lines) / 2):
            return None
        rests = tuple(match.string[match.end() :].strip() for match in matches)
        return cls(before, form, tuple(match[1] for match in matches), rests)

    def written(self) -> ServiceColumn:
        """Where no mark sets a name off, only the names that were seen are ones."""
        name = _NAME if self.form in _MARKED else "|".join(sorted(self.counts, key=_longest_first))
        before, after = (self.before + self.form).split(f"({_NAME})")
        return ServiceColumn(f"{before}({name}){after}", f"{before}(?:{name}){after}")

    @property
    def counts(self) -> Counter[str]:
        return Counter(self.words)

    def is_of_services(self, owner: str | None) -> bool:
        if not self._are_names():
            return False
        if self.form == _OF_PROCESS and len(self.counts) > 1:
            return True  # several programs of a host, whatever its folder is called
        if self.form == _ENDED or (owner is not None and owner not in self.counts):
            return self._is_known_elsewhere()  # before a colon stand loggers, too
        return self.form in _MARKED or self._stands_alone()

    def _are_names(self) -> bool:
        """Whether they are few, recur, and are neither parts of a program nor numbered machines."""
        names = self.counts
        if len(names) > min(_MOST_NAMES, max(1, _FEW_VALUES * len(self.words))):
            return False
        numbered = sum(bool(_NUMBERED.search(name)) for name in names)
        if 2 * numbered >= len(names) or any(map(_is_no_service, names)):
            return False
        return not any(self._labels_values(name) for name in names)

    def _labels_values(self, name: str) -> bool:
        """Whether figures and quotations follow it: `duration: 27.6 ms`."""
        rests = [rest for word, rest in zip(self.words, self.rests, strict=True) if word == name]
        return sum(map(bool, map(_FIGURE.match, rests))) >= _NEARLY_ALL * len(rests)

    def _stands_alone(self) -> bool:
        """Whether words that nothing sets off are names, not the beginnings of messages."""
        if len(self.words) < _LEAST_ALONE or any(map(_begins_message, self.counts)):
            return False
        if self._goes_on_as_sentence() or self._is_known_elsewhere():
            return True
        predicates = sum(bool(_PREDICATE.match(rest)) for rest in self.rests)
        return predicates < _SOME * len(self.rests) and self._goes_on_in_many_ways()

    def _goes_on_as_sentence(self) -> bool:
        return sum(map(bool, map(_SENTENCE.match, self.rests))) >= _NEARLY_ALL * len(self.rests)

    def _goes_on_in_many_ways(self) -> bool:
        endings: defaultdict[str, set[str]] = defaultdict(set)
        for word, rest in zip(self.words, self.rests, strict=True):
            endings[word].add(rest.partition(" ")[0])
        return all(len(words) >= _LEAST_ENDINGS for words in endings.values())

    def _is_known_elsewhere(self) -> bool:
        """Whether they look like names of services, or other lines speak of them as such."""
        compound = sum("-" in name or "_" in name for name in self.counts)
        return 2 * (compound + len(self._mentioned() - _FIRST_WORDS)) > len(self.counts)

    def _mentioned(self) -> set[str]:
        """Those without a hyphen that others call, wait for or address."""
        names = [name for name in self.counts if "-" not in name and "_" not in name]
        if not names:
            return set()
        choice = "|".join(map(re.escape, names))
        mention = re.compile(
            rf"(?:\b(?:call(?:ing|ed)?|from|to|by|via|upstream|downstream|for|of)[ =]\"?|//)"
            rf"({choice})\b|\b({choice}):[0-9]{{2,5}}\b"
        )
        return {name for rest in self.rests for name in _groups(mention, rest)}


def _groups(pattern: re.Pattern[str], text: str) -> Iterator[str]:
    return (match[1] or match[2] for match in pattern.finditer(text))


def _longest_first(name: str) -> tuple[int, str]:
    return -len(name), name


def _is_no_service(name: str) -> bool:
    return name in _INTERNAL or read_level(name) is not None


def _begins_message(word: str) -> bool:
    is_verb = word not in _TRADES and _VERB.search(word) is not None
    return is_verb or word in _FIRST_WORDS
