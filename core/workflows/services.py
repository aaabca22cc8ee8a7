"""What every door and every job is handed: the ports, once, and the few settings that are rules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from core.alerts.model import DEFAULT_TENANT
from core.alerts.routing import Policy
from core.clock import Clock, Random
from core.investigation.reasoner import Deterministic
from core.investigation.verdict.sufficiency import Rule
from core.places import Place, Room
from core.ports import AlertView, Chat, Ear, Files, Pager, Reasoner, Runner
from core.redaction.custom import CustomRule
from core.redaction.engine import Recogniser, Redactor
from core.redaction.keys import case_key
from core.store import Store

HOME = Place(platform="terminal", workspace="local", channel="incidents")


@dataclass(frozen=True, kw_only=True)
class Rules:
    """Settings that change what the product does, with their defaults."""

    tenant_id: str = DEFAULT_TENANT
    resolve_after: timedelta = timedelta(minutes=10)
    reopen_within: timedelta = timedelta(hours=2)
    max_delivery_bytes: int = 5 * 2**20
    max_file_bytes: int = 512 * 2**20
    home: Place = HOME  # the terminal of this installation, which sees every case
    routing: Policy = field(default_factory=Policy)
    keep_originals: timedelta = timedelta(days=90)  # after their case was resolved
    keep_deliveries: timedelta = timedelta(days=30)
    room: Room = Room.THREAD  # what a case gets that a person opens in a channel
    admins: frozenset[str] = frozenset()  # `platform:id`
    invited: tuple[str, ...] = ()  # into the channel of each case: `platform:id`
    redaction: tuple[CustomRule, ...] = ()
    root_cause: Rule = field(default_factory=Rule)  # when "root cause" may be said


@dataclass(frozen=True, kw_only=True)
class Services:
    """The ports, wired once (`faultmaven.wiring`), and handed to use cases by name."""

    store: Store
    files: Files
    runner: Runner
    clock: Clock
    chance: Random
    secret: bytes = field(repr=False)
    reasoner: Reasoner = field(default_factory=Deterministic)
    chats: Mapping[str, Chat] = field(default_factory=dict)  # by platform; in the bot process
    ears: Mapping[str, Ear] = field(default_factory=dict)
    alertmanagers: tuple[AlertView, ...] = ()
    pager: Pager | None = None
    rules: Rules = field(default_factory=Rules)
    recogniser: Recogniser | None = None  # finds what rules cannot, where one is installed

    def redactor(self, case_id: str | None = None) -> Redactor:
        """That of a case, whose placeholders mean the same all over it; else the house's own."""
        key = case_key(self.secret, case_id) if case_id else self.secret
        return Redactor(key, rules=self.rules.redaction, recogniser=self.recogniser)
