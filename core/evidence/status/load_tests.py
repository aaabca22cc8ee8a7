"""Reads the end-of-test summary of k6: thresholds and checks that failed, and the p95s.

As text, of k6 before 1.0 (a mark before the metric's name) and since (thresholds by themselves),
and as JSON, of `--summary-export` and of `handleSummary`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from core.evidence.configuration.tree import Branch, Leaf
from core.evidence.configuration.yaml_documents import read_json
from core.evidence.model import Level
from core.evidence.status.observations import StatusObservation
from core.text.sentences import sentences

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

say = sentences("evidence.load_test")

_MAX_TRENDS = 8
_METRIC = re.compile(
    r"^\s*(?:(?P<mark>[✓✗]) )?(?P<name>\{.{1,200}?\}|[A-Za-z_][\w{}:.,/ -]{0,200}?)\s?\.{2,}: "
    r"(?P<value>\S.*)$"
)
_RULE = re.compile(r"^\s*(?P<mark>[✓✗]) '(?P<rule>[^']{1,200})' (?P<value>\S.*)$")
_SUBJECT = re.compile(r"^ {2,8}(?P<name>[A-Za-z_]\S{0,200}(?:\{.{1,200}\})?)$")
_CHECK = re.compile(r"^\s*✗ (?P<name>\S.{0,200})$")
_CHECKED = re.compile(r"^\s*↳\s+\d+% — ✓ (?P<passes>\d+) / ✗ (?P<fails>\d+)$")
_P95 = re.compile(r"\bp\(95\)=(\S+)")
_CHECK_METRICS = ("checks", "checks_succeeded")
# Parts of a request, each of which http_req_duration or its waiting holds.
_PARTS = re.compile(r"http_req_(?:blocked|connecting|tls_handshaking|sending|receiving|waiting)$")


@dataclass(kw_only=True)
class _Summary:
    """What of a summary is worth a line. last: of its p95s (1-based)."""

    crossed: list[StatusObservation] = field(default_factory=list)
    failed_checks: list[StatusObservation] = field(default_factory=list)
    checks: str = ""
    p95s: dict[str, str] = field(default_factory=dict)
    line: int = 1

    def cross(self, line: int, words: str) -> None:
        """A threshold that failed."""
        self.crossed.append(StatusObservation(words=words, line=line))

    def check(self, name: str, line: int, *, passes: int, fails: int) -> None:
        """A check; one that always passed is not worth a line."""
        if fails:
            words = say.raw("check", name=name, fails=fails, all=passes + fails)
            level = Level.WARNING if passes else Level.ERROR
            self.failed_checks.append(
                StatusObservation(words=words, line=line, level=level, count=fails)
            )

    def percentile(self, metric: str, value: str, line: int) -> None:
        """The p95 of a trend."""
        if not _PARTS.match(metric) and len(self.p95s) < _MAX_TRENDS:
            self.line = line if not self.p95s else self.line
            self.p95s[metric] = value

    def observations(self) -> Iterator[StatusObservation]:
        yield from self.crossed
        yield from self.failed_checks
        parts = [say.raw("summary", crossed=len(self.crossed))]
        parts += [say.raw("checks", value=self.checks)] if self.checks else []
        parts += [
            say.raw("percentile", metric=metric, value=value) for metric, value in self.p95s.items()
        ]
        words = "; ".join(parts)
        yield StatusObservation(words=words, line=self.line, level=Level.INFO, is_summary=True)


def read_load_test(lines: Sequence[str]) -> Iterator[StatusObservation]:
    """What failed, then a summary, as a note."""
    reader = _TextReader()
    for number, line in enumerate(map(str.rstrip, lines), 1):
        reader.take(line, number)
    yield from reader.summary.observations()


@dataclass
class _TextReader:
    """Where in a summary a line is: below which metric, and after which failed check."""

    summary: _Summary = field(default_factory=_Summary)
    subject: str = ""
    parent: str = ""
    check: tuple[str, int] = ("", 0)

    def take(self, line: str, number: int) -> None:
        """Take a line of the file, which may be of anything."""
        if metric := _METRIC.match(line):
            self._metric(metric, number)
        elif rule := _RULE.match(line):
            if rule["mark"] == "✗":
                words = say.raw(
                    "crossed_at", metric=self.subject, rule=rule["rule"], value=rule["value"]
                )
                self.summary.cross(number, words)
        elif counts := _CHECKED.match(line):
            name, at = self.check
            passes, fails = int(counts["passes"]), int(counts["fails"])
            self.summary.check(name, at, passes=passes, fails=fails)
        elif failed := _CHECK.match(line):
            self.check = (failed["name"], number)
        elif subject := _SUBJECT.match(line):
            self.subject = subject["name"]

    def _metric(self, metric: re.Match[str], number: int) -> None:
        name = metric["name"]
        if name.startswith("{"):  # the same metric, of some requests only
            name = f"{self.parent}{name}"
        else:
            self.parent = name
        p95 = _P95.search(metric["value"])
        if p95:
            self.summary.percentile(name, p95[1], number)
        if name in _CHECK_METRICS:
            self.summary.checks = metric["value"].split()[0]
        if metric["mark"] == "✗":
            value = f"p(95)={p95[1]}" if p95 else metric["value"].split()[0]
            self.summary.cross(number, say.raw("crossed_unnamed", metric=name, value=value))


def read_load_test_json(lines: Sequence[str]) -> Iterator[StatusObservation]:
    """The same of JSON; nothing where it does not parse."""
    tree = next(iter(read_json("\n".join(lines)).trees), None)
    metrics = tree.branch("metrics") if isinstance(tree, Branch) else None
    if not isinstance(tree, Branch) or metrics is None:
        return
    summary = _Summary()
    for name, metric in metrics.entries:
        if isinstance(metric, Branch):
            _take_metric(summary, name, metric)
    root = tree.branch("root_group")
    if root is not None:
        _take_group(summary, root)
    yield from summary.observations()


def _take_metric(summary: _Summary, name: str, metric: Branch) -> None:
    values = metric.branch("values") or metric
    p95 = values.leaf("p(95)")
    if p95 and (figure := _number(p95.value)) is not None:
        is_time = metric.text("contains") in ("time", "")
        summary.percentile(name, _spelt(figure, is_time=is_time), p95.line)
    share = _number(values.text("rate") or values.text("value"))
    if name == "checks" and share is not None:
        summary.checks = f"{share:.2%}"
    thresholds = metric.branch("thresholds")
    for rule, verdict in thresholds.entries if thresholds else ():
        if _is_crossed(verdict):
            summary.cross(verdict.line, say.raw("crossed", metric=name, rule=rule))


def _is_crossed(verdict: Leaf | Branch) -> bool:
    """`handleSummary` says whether it is ok; `--summary-export` the opposite (k6 issue 1498)."""
    if isinstance(verdict, Branch):
        return verdict.text("ok") == "false"
    return verdict.value == "true"


def _spelt(value: float, *, is_time: bool) -> str:
    """value: milliseconds, where it is a time."""
    if not is_time:
        return f"{value:.4g}"
    return f"{value / 1_000:.3g}s" if value >= 1_000 else f"{value:.4g}ms"  # noqa: PLR2004


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _take_group(summary: _Summary, group: Branch) -> None:
    for check in group.members("checks"):
        line = (check.leaf("fails") or check).line
        counts = {key: _count(check.text(key)) for key in ("passes", "fails")}
        summary.check(check.text("name"), line, **counts)
    for inner in group.members("groups"):
        _take_group(summary, inner)


def _count(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 16 else 0  # noqa: PLR2004
