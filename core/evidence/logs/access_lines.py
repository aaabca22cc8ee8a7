"""Learns what a proxy's or server's access lines tell of each request: status, duration, whose.

The patterns are those of the products' documentation: nginx, Apache httpd, HAProxy, Envoy, Istio,
Traefik, Caddy, AWS load balancers, IIS, gunicorn, Heroku's router, and lines with named fields.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_LEAST_LINES = 20
_SOME = 0.2  # of the sample: fewer access lines among others are not looked for
_MOST = 0.5  # of the access lines
_LOOK_AT = 2_000
_METHOD = re.compile(r"\b(?:GET|POST|PUT|DELETE|HEAD|PATCH|OPTIONS|CONNECT|PROPFIND)\b")
_MICROSECONDS = 1_000.0  # the median from which on a bare whole number cannot be seconds

_MOST_OF_SAMPLE = 0.8
# Where a status of HTTP stands: after a request, after HAProxy's timers, in a field.
STATUSES = (
    r'"(?:[A-Z]{3,8} [^"]*|-)" ([1-5][0-9][0-9])\b',
    r'"[A-Z]{3,8} [^"]*" [a-z_]{1,20}=([1-5][0-9][0-9])\b',  # behind the request, however called
    r'"[A-Z]{3,8} /[^"]*", ?"[a-zA-Z_]{1,20}": ?"?([1-5][0-9][0-9])\b',  # so in JSON
    r'"(?:st|sc|code|http_?code|resp_?code)": ?"?([1-5][0-9][0-9])"?[,}]',
    r" (?:-?[0-9]+/){4}\+?-?[0-9]+ ([1-5][0-9][0-9]|-1) \+?[0-9]+ ",
    r'[ "](?:response_|http_|http\.|http\.response\.|downstream_)?[sS]tatus(?:_?[cC]ode)?"?'
    r'\s*[:=]\s*"?([1-5][0-9][0-9])\b',
    r'[ "](?:http_)?response_code"?\s*[:=]\s*"?([1-5][0-9][0-9])\b',
    r" (?:-?[0-9.]+ ){3}([1-5][0-9][0-9]) (?:[1-5][0-9][0-9]|-) [0-9]+ [0-9]+ \"",  # of AWS
    r" [A-Z_]{3,30}/([1-5][0-9][0-9]) [0-9]+ [A-Z]{3,10} ",  # of Squid
    r"^[0-9-]{10} [0-9:]{8} .* ([1-5][0-9][0-9]) [0-9]+ [0-9]+(?: [0-9]+){0,3}$",  # of IIS
)
_STATUSES = (
    r"\"(?:Downstream|Origin)Status\": ?([1-5][0-9][0-9])\b",  # of Traefik
    *STATUSES,
    # As frameworks print it: `GET /path 200 22ms`, `POST /path -> 502`, `| 200 | 1.2ms | GET`.
    r"\b[A-Z]{3,8} /\S* (?:HTTP/[0-9.]+ )?(?:[-=]*>|:|\|)? ?([1-5][0-9][0-9])\b",
    r"\| +([1-5][0-9][0-9]) +\| ",  # Gin
)
_NAMED = r"(?i:duration|latency|elapsed|took|service|response_?time|request_?time|time_?taken)"
# A pattern with one group, and its unit in seconds.
_DURATIONS = (
    (r" (?:-?[0-9]+/){4}\+?([0-9]+) (?:[1-5][0-9][0-9]|-1) ", 1e-3),  # HAProxy's total time
    (r" [0-9.]+ ([0-9]+\.[0-9]+) [0-9.]+ [1-5][0-9][0-9] (?:[0-9]{3}|-) [0-9]+ [0-9]+ \"", 1.0),
    (r"^[0-9-]{10} [0-9:]{8} .* [1-5][0-9][0-9] [0-9]+ [0-9]+ ([0-9]+)$", 1e-3),
    (r"\b(?:rt|reqtime|req_time|request_time)\"?[=:]\s*\"?([0-9]+\.[0-9]+)", 1.0),
    (rf"{_NAMED}_?(?:ms|millis|milliseconds|msec)\"?[=:]\s*\"?([0-9.]+)", 1e-3),
    (rf"{_NAMED}_?(?:us|micros|microseconds)\"?[=:]\s*\"?([0-9.]+)", 1e-6),
    (rf"{_NAMED}_?(?:ns|nanos|nanoseconds)\"?[=:]\s*\"?([0-9.]+)", 1e-9),
    (rf"{_NAMED}_?(?:s|sec|secs|seconds)\"?[=:]\s*\"?([0-9.]+)", 1.0),
    (rf"(?:{_NAMED}|\b(?:total|time|dur))\"?[=:]\s*\"?([0-9.]+) ?ms\b", 1e-3),
    (rf"{_NAMED}\"?[=:]\s*\"?([0-9.]+) ?(?:us|µs)\b", 1e-6),
    (rf"{_NAMED}\"?[=:]\s*\"?([0-9.]+) ?s\b", 1.0),
    (r"\"Duration\": ?([0-9]+)", 1e-9),  # Traefik
    (rf"\"{_NAMED}\": ?\"?([0-9]*\.[0-9]+(?:e-?[0-9]+)?)\"?[,}}]", 1.0),  # Caddy, nginx
    (r"\"duration\": ?\"?([0-9]+)\"?[,}]", 1e-3),  # Envoy
    (r"\" [1-5][0-9][0-9] \S+ (?:\S+ - \"[^\"]*\" )?[0-9]+ [0-9]+ ([0-9]+) (?:[0-9]+|-) \"", 1e-3),
    (r"\"[a-zA-Z]{2,24}_ms\": ?\"?([0-9.]+)\"?[,}]", 1e-3),  # in JSON, in whatever language
    (r"\"[a-zA-Z]{2,24}_(?:s|sec)\": ?\"?([0-9]+\.[0-9]+)\"?[,}]", 1.0),
    (r" \(?([0-9]+(?:\.[0-9]+)?) ?ms\b", 1e-3),  # Traefik, Morgan, Rails, Gin
    (r" \(?([0-9]+(?:\.[0-9]+)?) ?(?:µs|us)\b", 1e-6),
    (r"[ \"]([0-9]+\.[0-9]{3,6})\"?$", 1.0),  # nginx, gunicorn
)
_WHOLE = r"\" ([0-9]+)$"  # Apache's %D, in microseconds; %T would be seconds
_NAME = r"[A-Za-z][\w.-]{0,100}"
_OWNERS = (
    rf"\] [\w~.-]+ ({_NAME})/[\w.<>-]+ (?:-?[0-9]+/)+",  # HAProxy's backend
    rf"\boutbound\|[0-9]*\|[^|]*\|({_NAME}?)\.",  # Istio
    rf"\" \"({_NAME}?)(?:\.[\w.-]+\.svc[\w.]*)?(?::[0-9]+)?\" \"[0-9.]+:[0-9]+\"",  # Envoy
    rf"\" [0-9]+ \"({_NAME})@[a-z]+\" \"http",  # Traefik
    rf"\"ServiceName\": ?\"({_NAME})[@\"]",
    r":targetgroup/([\w-]{1,32})/",  # AWS
    rf"\b(?:upstream_cluster|upstream_name|upstream_service|backend_name)\"?[=:] ?\"?({_NAME})",
)


@dataclass(frozen=True)
class AccessFormat:
    """Patterns with one group each; an empty one takes nothing. unit: of a duration, in seconds."""

    status: str
    duration: str = ""
    unit: float = 1.0
    owner: str = ""


def learn_access(sample: Sequence[str]) -> AccessFormat | None:
    """What most of the access lines of a sample share; None where few or none are such lines."""
    lines = [line[:_LOOK_AT] for line in sample if _METHOD.search(line[:_LOOK_AT])]
    if len(lines) < max(_LEAST_LINES, _SOME * len(sample)):
        return None
    status = _first_of_most(_STATUSES, lines)
    if not status:
        return None
    requests = [line for line in lines if re.search(status, line)]
    duration, unit = _duration(requests)
    return AccessFormat(status, duration, unit, _first_of_most(_OWNERS, requests))


def _duration(lines: Sequence[str]) -> tuple[str, float]:
    pattern = _first_of_most((pattern for pattern, _ in _DURATIONS), lines)
    if pattern:
        return pattern, dict(_DURATIONS)[pattern]
    numbers = [float(match[1]) for line in lines if (match := re.search(_WHOLE, line))]
    is_micro = len(numbers) > _MOST * len(lines) and median(numbers) >= _MICROSECONDS
    return (_WHOLE, 1e-6) if is_micro else ("", 1.0)


def _first_of_most(patterns: Iterable[str], lines: Sequence[str]) -> str:
    """The first that more than half of the lines show; empty where none does."""
    for pattern in patterns:
        search = re.compile(pattern).search
        if sum(search(line) is not None for line in lines) > _MOST * len(lines):
            return pattern
    return ""


def find_status(lines: Sequence[str]) -> str:
    """The pattern that finds one in most lines; empty where none does."""
    return next((pattern for pattern in STATUSES if is_in_most(pattern, lines)), "")


def is_in_most(pattern: str, lines: Sequence[str]) -> bool:
    """Looks no further than needed to know."""
    search, missing = re.compile(pattern).search, 0
    for line in lines:
        missing += search(line) is None
        if len(lines) - missing < _MOST_OF_SAMPLE * len(lines):
            return False
    return True
