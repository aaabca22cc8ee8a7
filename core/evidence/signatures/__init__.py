"""Failure signatures: how software tells that it fails, as data, and the matching of lines to them.

Pure, and cheap enough for every distinct line of a log: `literals` and `prefilter` tell a reader
which lines can matter at all, `match` then looks closely at those.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from enum import StrEnum
from functools import cache, cached_property
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import yaml
from pydantic import BaseModel, ConfigDict, Field

from core.evidence.model import Level
from core.text.redacted import RedactedText

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

# The same in C, ten times as fast: each extraction is a process that loads this.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_HERE = Path(__file__).parent
_HARMLESS = "harmless"
_LOOK_AT = 8_000  # characters of a line that are looked at
_LEAD = 240  # characters before a match that may show it harmless
_PART = 4  # characters of a literal by which it is looked up; none is shorter
_RANKS = {level: rank for rank, level in enumerate(Level)}
_META = re.compile(r"[.*+?()|\[\]{}^$\\]")


def match(text: str, level: Level | None = None) -> tuple[str, ...]:
    """Names of the signals that a line carries, the weightiest first; () for nearly every line.

    `level` is what the line itself states, or its record; None where neither says it. A line that
    names what is behind a failed call is no sign of a failed call.
    """
    text = text[:_LOOK_AT]
    lowered = text.lower()
    named = [signal for signal in _named_in(lowered) if _is_loud(signal, level)]
    if not named or _harmless().line.search(text):
        return ()
    signals_found = [signal for signal in named if _carries(signal, text)]
    if any(signal.role is Role.FOR and not is_symptom(signal) for signal in signals_found):
        signals_found = [signal for signal in signals_found if not is_symptom(signal)]
    return tuple(signal.name for signal in sorted(signals_found, key=_importance))


@cache
def literals() -> tuple[str, ...]:
    """Lower-case literals: a line without any of them carries no signal."""
    every = {need for signal in signals().values() for need in signal.needs}
    return tuple(
        sorted(literal_known for literal_known in every if not _holds_another(literal_known))
    )


@cache
def prefilter() -> str:
    """The same as one case-insensitive pattern that Rust's regex and Python's re understand."""
    return "(?i)" + "|".join(_META.sub(r"\\\g<0>", literal) for literal in literals())


@cache
def signatures() -> Mapping[str, Signature]:
    """Load the signatures by fault; the signals of `change`, which is among them, fill a folder."""
    known = _signatures_in(path for path in _HERE.glob("*.yaml") if path.stem != _HARMLESS)
    return MappingProxyType({**known, CHANGE: _with_signals(known[CHANGE], _HERE / "changes")})


@cache
def measured_signatures() -> Mapping[str, Signature]:
    """Load those of faults that only measurements show, by fault; they have no signals."""
    return _signatures_in((_HERE / "measured").glob("*.yaml"))


def _signatures_in(files: Iterable[Path]) -> Mapping[str, Signature]:
    loaded = (Signature.model_validate(_loaded(path)) for path in sorted(files))
    return MappingProxyType({signature.fault: signature for signature in loaded})


def _with_signals(signature: Signature, folder: Path) -> Signature:
    """The signature with the signals of the files of a folder."""
    files = (_loaded(path) for path in sorted(folder.glob("*.yaml")))
    every = {name: signal for of_file in files for name, signal in of_file.items()}
    return Signature.model_validate({**dict(signature), "signals": every})


@cache
def signals() -> Mapping[str, LogPattern]:
    """Return the signals by name, which is unique over all faults."""
    every = [
        (name, signal) for known in signatures().values() for name, signal in known.signals.items()
    ]
    if len({name for name, _ in every}) < len(every):
        message = "two signals have the same name"
        raise ValueError(message)
    return MappingProxyType(dict(every))


@cache
def _harmless() -> Harmless:
    return Harmless.model_validate(_loaded(_HERE / f"{_HARMLESS}.yaml"))


def _loaded(path: Path) -> dict[str, Any]:
    """The mapping that a file holds."""
    return yaml.load(path.read_text(encoding="utf-8"), _LOADER)  # type: ignore[no-any-return]  # noqa: S506 - both are safe


def _importance(signal: LogPattern) -> tuple[bool, float]:
    return signal.role is Role.AGAINST, -signal.weight


def is_change(name: str) -> bool:
    """Whether a signal of this name marks a change."""
    return signals()[name].role is Role.CHANGE


def is_symptom(signal: LogPattern) -> bool:
    """Whether the signal says that a call failed, and not why."""
    return signal.fault != CHANGE and signatures()[signal.fault].symptom


def _is_loud(signal: LogPattern, level: Level | None) -> bool:
    return level is None or _RANKS[level] >= _RANKS[signal.at_least]


def _named_in(lowered: str) -> list[LogPattern]:
    """The signals that a line in lower case may carry, in the catalogue's order.

    Not each of a thousand literals is looked for: only those of which the line has a part.
    """
    parts = {lowered[at : at + _PART] for at in range(len(lowered) - _PART + 1)}
    known = _by_part()
    likely = (signal for part in known.keys() & parts for signal in known[part])
    near = {place for need, places in likely if need in lowered for place in places}
    return [_in_order()[place] for place in sorted(near)]


@cache
def _by_part() -> dict[str, list[tuple[str, tuple[int, ...]]]]:
    """Under the rarest part of each literal: it, and the places of the signals that need it."""
    places: dict[str, list[int]] = defaultdict(list)
    for place, signal in enumerate(_in_order()):
        for need in signal.needs:
            places[need].append(place)
    common = Counter(part for need in places for part in _parts_of(need))
    by_part = defaultdict(list)
    for need, every in places.items():
        rarest = min(_parts_of(need), key=common.__getitem__)
        by_part[rarest].append((need, tuple(every)))
    return by_part


def _holds_another(literal: str) -> bool:
    """Return whether a shorter literal already finds every line with it."""
    candidates = (
        literal_known
        for part in _parts_of(literal)
        for literal_known, _ in _by_part().get(part, ())
    )
    return any(candidate != literal and candidate in literal for candidate in candidates)


def _parts_of(need: str) -> list[str]:
    return [need[at : at + _PART] for at in range(len(need) - _PART + 1)]


@cache
def _in_order() -> tuple[LogPattern, ...]:
    return tuple(signals().values())


def _carries(signal: LogPattern, text: str) -> bool:
    if signal.exception is not None and signal.exception.search(text):
        return False
    return any(
        not _harmless().lead.search(text[max(0, match_found.start() - _LEAD) : match_found.start()])
        for match_found in signal.pattern.finditer(text)
    )


CHANGE = "change"

Pattern = str  # of `re`, whatever the case; compiled when it is looked for first, not when read


class Role(StrEnum):
    """How a line with this signal bears on its fault."""

    FOR = "for"
    AGAINST = "against"
    CHANGE = "change"  # something was changed; weighs only when a failure follows


class LogPattern(BaseModel):
    """One way in which software tells of a fault.

    `needs` are lower-case literals, one of which every line that any of `patterns` matches must
    contain. `lead` stands before each of them. `unless` voids a line. A line whose level is known
    to be under `at_least` does not count. `weight` is in nats. `peer` is the kind of server that
    has the fault when a client's log quotes it; `aimed` says that the line is about the callee;
    `by_caller` that a server's own log complains of whoever called it. After a `final` line the
    process is gone, so that silence is no recovery; what a `lasting` line says holds until a line
    says otherwise.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = ""
    fault: str = ""
    role: Role = Role.FOR
    says: RedactedText
    weight: float = Field(gt=0, le=4)
    at_least: Level = Level.WARNING
    needs: tuple[str, ...]
    lead: Pattern = ""
    patterns: tuple[Pattern, ...]
    unless: tuple[Pattern, ...] = ()
    peer: str | None = None
    aimed: bool = False
    by_caller: bool = False
    final: bool = False
    lasting: bool = False
    change_helps: bool = False
    examples: tuple[str, ...]

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """All patterns as one, behind what leads in to each of them."""
        return re.compile(f"{self.lead}(?:{_either(self.patterns).pattern})", re.IGNORECASE)

    @cached_property
    def exception(self) -> re.Pattern[str] | None:
        """All of `unless` as one."""
        return _either(self.unless) if self.unless else None


class Probe(BaseModel):
    """A check to make. `shows` in words what is then seen, `patterns` in lines.

    `command` only reads. Slots in it: `{service}` is the blamed service, `{host}` and `{port}` are
    what a line says was called, `{broker}` the same of a broker, `{seen_by}` the service whose log
    has the line; others are groups of the signature's `names`. `{port|443}` has a default.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    do: RedactedText
    command: str | None = None
    shows: RedactedText
    patterns: tuple[Pattern, ...]

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """All patterns as one."""
        return _either(self.patterns)


class Signature(BaseModel):
    """One fault with its signals.

    `depth` orders faults from what is seen (1) to what is behind it: a deeper fault explains a
    shallower one. A `symptom` says that a call failed, not why. `confirm` shows the fault where it
    is, `refute` shows that it is not; `answers` are what people tap, in that order. `names` are
    patterns whose groups fill the slots of commands from a line. `mend` is what ends the trouble,
    and then its cause. `bring` is the evidence that would help where there is too little. A
    statement is `before`, the service, `after`; or `TITLE at SERVICE`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    fault: str
    title: RedactedText
    depth: int
    symptom: bool = False
    before: RedactedText = RedactedText.EMPTY
    after: RedactedText = RedactedText.EMPTY
    check: RedactedText
    answers: tuple[RedactedText, RedactedText] | None = None
    confirm: Probe | None = None
    refute: Probe | None = None
    names: tuple[Pattern, ...] = ()
    mend: RedactedText = RedactedText.EMPTY
    bring: RedactedText
    signals: dict[str, LogPattern] = Field(default_factory=dict)

    def model_post_init(self, context: object) -> None:
        """Signals know their own name and fault."""
        for name, signal in self.signals.items():
            known = {"name": name, "fault": self.fault}
            self.signals[name] = signal.model_copy(update=known)

    @cached_property
    def name_patterns(self) -> tuple[re.Pattern[str], ...]:
        """Each of `names`, compiled: their groups have the same names, so they stay apart."""
        return tuple(map(re.compile, self.names))


class Harmless(BaseModel):
    """Lines in which the words of a failure mean none: see harmless.yaml."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    lines: tuple[Pattern, ...]
    before: tuple[Pattern, ...]

    @cached_property
    def line(self) -> re.Pattern[str]:
        return _either(self.lines)

    @cached_property
    def lead(self) -> re.Pattern[str]:
        return _either(self.before)


def _either(patterns: tuple[Pattern, ...]) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns), re.IGNORECASE)
