"""Whose a pod is: clusters put a hash or a number behind the name of what runs in it."""

from __future__ import annotations

import re

_POD_OF = re.compile(
    r"^(?P<owner>[a-z0-9](?:[\w.-]*?[a-z0-9])?)-(?:[0-9a-f]{6,10}-)?[bcdfghjklmnpqrstvwxz2456789]{5}$"
    r"|^(?P<set>[a-z0-9](?:[\w.-]*?[a-z0-9])?)-\d{1,3}$"
)


def workload_of(pod: str) -> str:
    """`checkout` for the pod `checkout-7d9c5b6f4d-x2x9z` or `checkout-0`."""
    matched = _POD_OF.match(pod)
    return (matched["owner"] or matched["set"]) if matched else pod
