"""`faultmaven routes test`: where the case of an alert would open, and why not elsewhere."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

from core.alerts.model import Alert, AlertSource, AlertStatus, Notification, labels_of
from core.alerts.notification import read_notification
from core.alerts.pagerduty import read_event
from core.alerts.pagerduty_text import labels_of as labels_of_incident
from core.clock import SystemClock
from core.errors import UnparsableDelivery, WrongUsage
from faultmaven.output import print_json, print_line
from faultmaven.policy import read_policy
from faultmaven.settings import load_settings

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from core.alerts.routing import Matcher, Policy, Route
    from core.places import Destination

LONGEST_VALUE = 80  # characters of a label, as shown


def run(*, alert: Path | None, labels: Sequence[str], as_json: bool) -> int:
    """0 also where no chat is found. Raises WrongUsage for a policy or label that cannot be read.

    Raises UnparsableDelivery for an alert that cannot be.
    """
    settings = load_settings()
    policy = read_policy(settings)
    tried = _labels(alert, labels)
    if as_json:
        print_json(_document(policy, tried))
    else:
        _show(policy, tried, is_set=settings.policy_file is not None)
    return 0


def _labels(alert: Path | None, given: Sequence[str]) -> dict[str, str]:
    """Those of the alert, and the given ones over them. Given ones will do without an alert."""
    own = dict(map(_pair, given))
    if alert is None and own:
        return own
    return _labels_of_body(_body(alert)) | own


def _pair(text: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not name or not sign:
        message = f"{text} is no label"
        raise WrongUsage(message, next_step="Write --label severity=critical.")
    return name, value


def _body(alert: Path | None) -> bytes:
    if alert is not None:
        return alert.read_bytes()
    if sys.stdin.isatty():
        message = "there is no alert to route"
        step = "faultmaven routes test < alert.json, or --label severity=critical"
        raise WrongUsage(message, next_step=step)
    return sys.stdin.buffer.read()


def _labels_of_body(body: bytes) -> dict[str, str]:
    """Labels of a webhook body, recognised by its form: PagerDuty's bodies hold one `event`."""
    content = _content(body)
    try:
        if isinstance(content, dict) and "event" in content:
            return _labels_of_event(body)
        if alerts := _alone(content):
            return _labels_of_alerts(alerts)
        return labels_of(read_notification(body, received_at=SystemClock().now()))
    except UnparsableDelivery as error:
        message = f"the alert cannot be read: {error}"
        step = "Give it as Alertmanager or PagerDuty delivers it, or name labels with --label."
        raise UnparsableDelivery(message, next_step=step) from error


def _content(body: bytes) -> Any:
    """The parsed JSON; None where it is none, which the real parser reports."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def _labels_of_event(body: bytes) -> dict[str, str]:
    incident = read_event(body, received_at=SystemClock().now()).incident
    if incident is None:
        message = "its event tells only of a change; an incident.triggered tells of the incident"
        raise UnparsableDelivery(message)
    return labels_of_incident(incident)


def _alone(content: object) -> list[dict[str, str]]:
    """Labels of alerts without a notification around them, as `amtool alert -o json` prints."""
    alerts = content if isinstance(content, list) else [content]
    label_sets = [
        alert.get("labels") for alert in alerts if isinstance(alert, dict) and "alerts" not in alert
    ]
    return [
        {str(name): str(value) for name, value in labels.items()}
        for labels in label_sets
        if isinstance(labels, dict)
    ]


def _labels_of_alerts(alerts: Sequence[Mapping[str, str]]) -> dict[str, str]:
    """Labels of alerts without a receiver, which --label may add."""
    firing = [
        Alert(
            fingerprint=str(nth),
            status=AlertStatus.FIRING,
            labels=labels,
            annotations={},
            starts_at=SystemClock().now(),
        )
        for nth, labels in enumerate(alerts)
    ]
    notification = Notification(
        source=AlertSource.ALERTMANAGER,
        receiver="",
        group_key="",
        status=AlertStatus.FIRING,
        alerts=tuple(firing),
        group_labels={},
        common_labels={},
        common_annotations={},
    )
    return {name: value for name, value in labels_of(notification).items() if value}


def _show(policy: Policy, labels: Mapping[str, str], *, is_set: bool) -> None:
    print_line(", ".join(f"{name}={_cut(value)}" for name, value in sorted(labels.items())))
    print_line("")
    taken = policy.route(labels)
    for number, route in enumerate(policy.routes, start=1):
        print_line(f"{number}. {route.name} (line {route.line}): {_verdict(route, taken, labels)}")
        for matcher in route.misses(labels):
            print_line(f"   {_why(matcher, labels)}")
    if taken is None:
        print_line("No route takes it." if is_set else "No policy is set.")
    for destination in policy.destinations(labels):
        print_line(f"→ {_where(destination)}")
    if not policy.destinations(labels):
        print_line("→ no chat: the case is in the terminal only")


def _verdict(route: Route, taken: Route | None, labels: Mapping[str, str]) -> str:
    if route is taken:
        return "takes it"
    return "does not fit" if route.misses(labels) else "fits, but comes later"


def _why(matcher: Matcher, labels: Mapping[str, str]) -> str:
    """`severity is warning, wanted critical|high`."""
    value = _cut(labels.get(matcher.label, ""))
    negated = "anything but " if matcher.negates else ""
    wanted = f"{negated}{matcher.value or 'nothing'}"
    return f"{matcher.label} is {value or 'not set'}, wanted {wanted}"


def _where(destination: Destination) -> str:
    platform = destination.platform.title()
    return f"{platform} {destination.channel}, in a {destination.room} of its own"


def _cut(value: str) -> str:
    return value if len(value) <= LONGEST_VALUE else f"{value[: LONGEST_VALUE - 1]}…"


def _document(policy: Policy, labels: Mapping[str, str]) -> dict[str, Any]:
    taken = policy.route(labels)
    return {
        "labels": dict(labels),
        "routes": [_of_route(route, taken, labels) for route in policy.routes],
        "route": taken.name if taken else None,
        "destinations": [
            {
                "platform": destination.platform,
                "channel": destination.channel,
                "place": destination.room,
            }
            for destination in policy.destinations(labels)
        ],
    }


def _of_route(route: Route, taken: Route | None, labels: Mapping[str, str]) -> dict[str, Any]:
    """`fits`: its matchers do. `takes`: the case opens by it; an earlier one may have fit."""
    misses = route.misses(labels)
    return {
        "name": route.name,
        "line": route.line,
        "fits": not misses,
        "takes": route is taken,
        "misses": [
            {
                "matcher": str(matcher),
                "label": matcher.label,
                "is": labels.get(matcher.label),
                "says": _why(matcher, labels),
            }
            for matcher in misses
        ],
    }
