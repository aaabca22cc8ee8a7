from __future__ import annotations

from core.evidence.logs.templates import Template, is_alert, prominence_key
from core.evidence.model import Level


def template(
    pattern: str, level: Level, *, count: int = 1, labels: tuple[str, ...] = ()
) -> Template:
    return Template(
        pattern=pattern,
        level=level,
        service=None,
        start=True,
        labels=labels,
        example=pattern,
        line=1,
        last_line=1,
        byte_start=0,
        byte_end=1,
        count=count,
        first=None,
        last=None,
        minutes={},
    )


def test_alerts_come_before_dumps_and_noise() -> None:
    panic = template("kernel panic, stopping", Level.FATAL)
    failed = template("failed to open *", Level.FATAL, count=3)
    register = template("register: *", Level.FATAL, count=500)
    chatter = template("served in *", Level.INFO, count=10_000)
    known = template("pool is dry", Level.ERROR, labels=("pool_wait_timeout",))
    ranked = sorted([chatter, register, failed, known, panic], key=prominence_key)
    assert ranked == [panic, failed, register, known, chatter]
    assert [is_alert(template) for template in ranked] == [True] * 4 + [False]
