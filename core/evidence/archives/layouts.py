"""Layouts of known bundles: whose a file is, by where it lies in one.

Sources: openshift/must-gather and `oc adm inspect` (`namespaces/NS/pods/POD/CONTAINER/CONTAINER/
logs`), sosreport (`sosreport-HOST-…`), the kubelet's `/var/log/pods` and `/var/log/containers`,
and `kubectl cluster-info dump` (`NS/POD/logs.txt`).
"""

from __future__ import annotations

import re

_POD_LOGS = (
    re.compile(
        r"(?:^|/)namespaces/(?P<namespace>[^/]+)/pods/(?P<pod>[^/]+)/(?P<container>[^/]+)/"
        r"(?:(?P=container)/)?logs/"
    ),
    re.compile(
        r"(?:^|/)var/log/pods/(?P<namespace>[^/_]+)_(?P<pod>[^/_]+)_[^/]+/(?P<container>[^/]+)/"
    ),
    re.compile(
        r"(?:^|/)var/log/containers/(?P<pod>[^/_]+)_(?P<namespace>[^/_]+)_(?P<container>[^/_]+)"
        r"-[0-9a-f]{12,64}\.log"
    ),
    re.compile(
        r"(?:^|/)cluster-(?:info|state|dump)[^/]*/(?P<namespace>[^/]+)/(?P<pod>[^/]+)/"
        r"(?P<container>logs)\.txt$"
    ),
)
# What Kubernetes appends: of a ReplicaSet and a pod, letters and digits that spell no word.
_GENERATED = re.compile(
    r"-(?:[bcdfghjklmnpqrstvwxz2456789]{6,10}-)?[bcdfghjklmnpqrstvwxz2456789]{5}$|-\d{1,4}$"
)
_SOSREPORT = re.compile(
    r"(?:^|/)sosreport-(?P<host>[^/]+?)(?:[-.]\d{5,9})?-(?:\d{4}-\d\d-\d\d|\d{8,14})(?:-[^/]*)?/"
    r"(?P<rest>.+)"
)
# Logs that a program keeps in a folder of its own, or under its name.
_OWN_LOG = re.compile(r"var/log/(?P<program>[^/.]+)/")
_OF_HOST = frozenset({"audit", "anaconda", "journal", "pods", "containers", "sa", "tuned"})


def service_in_layout(path: str) -> str | None:
    """Whose a member is: the workload of a pod, or the host of a report; None elsewhere."""
    for layout in _POD_LOGS:
        if match := layout.search(path):
            return workload(match["pod"], match["container"])
    if match := _SOSREPORT.search(path):
        program = _OWN_LOG.match(match["rest"])
        if program and program["program"] not in _OF_HOST:
            return program["program"]
        return match["host"]
    return None


def workload(pod: str, container: str) -> str:
    """`checkout` for the pod `checkout-7d9f8b6c5-x2x4z`; of a pod of a node its container."""
    if pod.startswith(f"{container}-"):
        return container
    return _GENERATED.sub("", pod) or pod
