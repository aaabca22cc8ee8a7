"""Settings that are dangerous whatever else is so, each with one sentence that says why.

Quiet on purpose: a value that is merely unusual is none, and files for development are left alone.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from core.evidence.configuration.amounts import amount, seconds
from core.evidence.configuration.digests import names_a_secret, writes_out_secret
from core.evidence.configuration.tree import Branch, Leaf, Setting

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from core.evidence.configuration.objects import ConfigurationObject

_WORKLOADS = frozenset({"Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Pod", "Rollout"})
_ON = frozenset({"true", "1", "yes", "on", "enabled"})
_OFF = frozenset({"false", "0", "no", "off", "disabled", "none"})
_DEBUG = re.compile(
    r"(?i)(?:^|[.\[_])(?:debug(?:[_-]?mode)?|(?:app|django|flask|rails|wp|node)[_.-]?debug)\]?$"
)
_VERIFIES = re.compile(
    r"(?i)(?:ssl|tls|peer|cert(?:ificate)?|https)[_.-]?verif\w*\]?$"
    r"|verif\w*[_.-]?(?:ssl|tls|peer|cert\w*|https|host\w*)\]?$"
    r"|reject[_-]?unauthorized\]?$|strict[_-]?ssl\]?$|check[_-]?cert\w*\]?$"
)
_SKIPS = re.compile(
    r"(?i)(?:insecure|skip|disable|no)[_-]?(?:skip[_-]?)?(?:tls|ssl|cert\w*)?[_-]?(?:verif\w*|validation|check)\]?$"
    r"|insecure[_-]?(?:tls|ssl)\]?$|(?:tls|ssl)[._-]?insecure\]?$|trust[_-]?all\w*\]?$"
)
_NO_TLS = re.compile(r"(?i)sslmode=disable|(?:useSSL|verifyServerCertificate)=false|verify=none\b")
_LOCAL = re.compile(r"(?i)@?(?:localhost|127\.0\.0\.1|\[?::1\]?)")
_POOL_MAX = re.compile(
    r"(?i)pool[\w.-]{0,30}(?:max\w*|size|limit)\]?$|max\w*[_.-]?pool[_.-]?size\]?$|max[_-]?(?:open[_-]?)?conns\]?$"
)
_POOL_MIN = re.compile(r"(?i)(?:min\w*[_.-]?(?:idle|size|pool\w*|conn\w*)|pool[_.-]?min\w*)\]?$")
_SERVER_MAX = re.compile(r"(?i)(?:^|[._])max[_-]?connections\]?$")
_RETRIES = re.compile(
    r"(?i)(?:max[_-]?)?retr(?:y|ies)(?:[_.-]?(?:attempts|count|max|limit|times))?\]?$"
)
_ATTEMPTS = re.compile(r"(?i)retr(?:y|ies)\w*[.\]]+(?:max[_-]?)?(?:attempts|count|times)$")
_PAUSES = re.compile(r"(?i)back-?_?off|delay|jitter|interval|wait|pause|sleep|period|multiplier")
_MANY_RETRIES = 5
_OUTER = re.compile(
    r"(?i)(?:^|[._\]-])(?:server|request|gateway|ingress|route|handler|overall|total|global|frontend)"
    r"(?:[._-]?(?:request|read|write|response|total|handler))?[._-]?"
    r"(?:time-?_?out|deadline)(?:[_-]?(?:ms|millis|seconds|secs?|s))?$"
)
_INNER = re.compile(
    r"(?i)(?:^|[._\]-])(?:upstream|backend|downstream|db|database|datasource|statement|query|redis|sql"
    r"|client|outbound|proxy_read|proxy_send|proxy_connect|callee)[\w.-]{0,40}"
    r"(?:time-?_?out|deadline)(?:[_-]?(?:ms|millis|seconds|secs?|s))?$"
)
_IMAGE = re.compile(r"(?i)(?:^|[.\[_])image\]?$")
_TAGGED = re.compile(r"(?:[\w.-]+(?::\d+)?/)*[\w.-]+(?::(?P<tag>[\w.-]+))?(?P<digest>@sha256:\S+)?")
_SLACK = 1.05  # a time-out that is only this much longer inverts nothing


class HazardReason(StrEnum):
    """Why a setting is dangerous."""

    IMAGE_LATEST = "image_latest"
    TAG_LATEST = "tag_latest"
    DEBUG_ON = "debug_on"
    TLS_UNVERIFIED = "tls_unverified"
    TLS_OFF = "tls_off"
    SECRET_IN_CLEAR = "secret_in_clear"  # noqa: S105 - a name  # pragma: allowlist secret
    POOL_OF_ONE = "pool_of_one"
    POOL_MAX_BELOW_MIN = "pool_max_below_min"
    POOL_ABOVE_SERVER = "pool_above_server"
    TIMEOUT_INVERTED = "timeout_inverted"
    RETRIES_WITHOUT_PAUSE = "retries_without_pause"
    REPLICAS_0 = "replicas_0"
    REPLICAS_1 = "replicas_1"
    LIMIT_BELOW_REQUEST = "limit_below_request"
    NO_LIMIT = "no_limit"


@dataclass(frozen=True, kw_only=True)
class Hazard:
    """A dangerous setting. other: the one that it contradicts."""

    setting: Setting
    reason: HazardReason
    other: Setting | None = None


_REPLICAS = {"0": HazardReason.REPLICAS_0, "1": HazardReason.REPLICAS_1}


def hazards_of(configured: ConfigurationObject, settings: Sequence[Setting]) -> Iterator[Hazard]:
    """The hazards of one object. settings: all of it."""
    tree = configured.tree
    if configured.kind == "Secret" or (
        isinstance(tree, Branch) and tree.members("metadata", "ownerReferences")
    ):
        return  # what another object made is told of that one
    yield from _of_workload(configured)
    for setting in settings:
        reason = next((name for name, holds in _ALONE if holds(setting)), None)
        if reason:
            yield Hazard(setting=setting, reason=reason)
    yield from _pools(settings)
    yield from _timeouts(settings)
    yield from _retries(settings)


def _is_latest(setting: Setting) -> bool:
    if not _IMAGE.search(setting.path):
        return False
    match = _TAGGED.fullmatch(setting.value)
    return match is not None and match["digest"] is None and match["tag"] in (None, "latest")


def _is_latest_tag(setting: Setting) -> bool:
    return setting.path.lower().endswith("image.tag") and setting.value in ("latest", "")


def _is_debug(setting: Setting) -> bool:
    return bool(_DEBUG.search(setting.path)) and setting.value.lower() in _ON


def _is_unverified(setting: Setting) -> bool:
    value = setting.value.lower()
    if _SKIPS.search(setting.path):
        return value in _ON
    return bool(_VERIFIES.search(setting.path)) and value in _OFF


def _is_without_tls(setting: Setting) -> bool:
    return bool(_NO_TLS.search(setting.value)) and not _LOCAL.search(setting.value)


def _is_secret(setting: Setting) -> bool:
    return names_a_secret(setting.path) and writes_out_secret(setting)


def _is_tiny_pool(setting: Setting) -> bool:
    size = amount(setting.value)
    return bool(_POOL_MAX.search(setting.path)) and size is not None and size == ("", 1.0)


_ALONE: tuple[tuple[HazardReason, Callable[[Setting], bool]], ...] = (
    (HazardReason.IMAGE_LATEST, _is_latest),
    (HazardReason.TAG_LATEST, _is_latest_tag),
    (HazardReason.DEBUG_ON, _is_debug),
    (HazardReason.TLS_UNVERIFIED, _is_unverified),
    (HazardReason.TLS_OFF, _is_without_tls),
    (HazardReason.SECRET_IN_CLEAR, _is_secret),
    (HazardReason.POOL_OF_ONE, _is_tiny_pool),
)


def _pools(settings: Sequence[Setting]) -> Iterator[Hazard]:
    """A pool whose most is below its least, or above what the server of the same file takes."""
    largest = [setting for setting in settings if _POOL_MAX.search(setting.path)]
    servers = [setting for setting in settings if _SERVER_MAX.search(setting.path)]
    for pool in largest:
        for least in settings:
            if (
                _POOL_MIN.search(least.path)
                and least is not pool
                and _parent(least.path) == _parent(pool.path)
                and _is_more(least.value, pool.value)
            ):
                yield Hazard(setting=pool, reason=HazardReason.POOL_MAX_BELOW_MIN, other=least)
        for server in servers:
            if server is not pool and _is_more(pool.value, server.value):
                yield Hazard(setting=pool, reason=HazardReason.POOL_ABOVE_SERVER, other=server)


def _timeouts(settings: Sequence[Setting]) -> Iterator[Hazard]:
    """Waiting for a callee longer than whoever asks waits for the answer."""
    outer = [setting for setting in settings if _OUTER.search(setting.path)]
    for inner in settings:
        if not _INNER.search(inner.path) or _OUTER.search(inner.path):
            continue
        waits = seconds(inner.value, inner.path)
        for caller in outer:
            limit = seconds(caller.value, caller.path)
            if waits and limit and waits > _SLACK * limit and _is_within(inner, caller):
                yield Hazard(setting=inner, reason=HazardReason.TIMEOUT_INVERTED, other=caller)
                break
    yield from _siblings(settings, "perTryTimeout", "timeout")
    yield from _siblings(settings, "timeoutSeconds", "periodSeconds")


def _siblings(settings: Sequence[Setting], inner: str, outer: str) -> Iterator[Hazard]:
    """A part that takes longer than the whole, of one branch or of that around it."""
    by_path = {setting.path: setting for setting in settings}
    for setting in settings:
        if setting.path.endswith(f".{inner}"):
            parent = _parent(setting.path)
            whole = by_path.get(f"{parent}.{outer}") or by_path.get(f"{_parent(parent)}.{outer}")
            waits = seconds(setting.value, setting.path)
            limit = seconds(whole.value, whole.path) if whole else None
            if whole and waits and limit and waits > limit:
                yield Hazard(setting=setting, reason=HazardReason.TIMEOUT_INVERTED, other=whole)


def _is_within(inner: Setting, caller: Setting) -> bool:
    """Whether both are of one thing: what is above the caller's time-out is above the inner's."""
    scope = _parent(_parent(caller.path))
    return inner.path.startswith(scope)


def _retries(settings: Sequence[Setting]) -> Iterator[Hazard]:
    for setting in settings:
        if not (_RETRIES.search(setting.path) or _ATTEMPTS.search(setting.path)):
            continue
        count = amount(setting.value)
        if count is None or count[0] or 0 <= count[1] < _MANY_RETRIES:
            continue
        parent = _parent(setting.path)
        siblings = (
            other.path[len(parent) :] for other in settings if other.path.startswith(parent)
        )
        if not any(_PAUSES.search(path) for path in siblings):
            yield Hazard(setting=setting, reason=HazardReason.RETRIES_WITHOUT_PAUSE)


def _of_workload(configured: ConfigurationObject) -> Iterator[Hazard]:
    tree = configured.tree
    if not isinstance(tree, Branch) or configured.kind not in _WORKLOADS:
        return
    replicas = tree.leaf("spec", "replicas")
    if replicas and replicas.value in _REPLICAS and configured.kind in ("Deployment", "Rollout"):
        setting = Setting("spec.replicas", replicas.value, replicas.line)
        yield Hazard(setting=setting, reason=_REPLICAS[replicas.value])
    pod = (
        tree.branch("spec") if configured.kind == "Pod" else tree.branch("spec", "template", "spec")
    )
    for container in pod.members("containers") if pod else ():
        yield from _of_container(container)


def _of_container(container: Branch) -> Iterator[Hazard]:
    name = container.text("name") or "?"
    for resource in ("memory", "cpu"):
        limit = container.leaf("resources", "limits", resource)
        request = container.leaf("resources", "requests", resource)
        if limit and request and _is_more(request.value, limit.value):
            yield Hazard(
                setting=_of(name, f"limits.{resource}", limit),
                reason=HazardReason.LIMIT_BELOW_REQUEST,
                other=_of(name, f"requests.{resource}", request),
            )
    if container.leaf("resources", "limits", "memory") is None:
        yield Hazard(
            setting=Setting(f"containers[{name}]", "", container.line), reason=HazardReason.NO_LIMIT
        )


def _of(container: str, path: str, leaf: Leaf) -> Setting:
    return Setting(f"containers[{container}].resources.{path}", leaf.value, leaf.line)


def _is_more(value: str, than: str) -> bool:
    one, other = amount(value), amount(than)
    return one is not None and other is not None and one[0] == other[0] and one[1] > other[1]


def _parent(path: str) -> str:
    cut = max(path.rfind("."), path.rfind("["))
    return path[:cut] if cut > 0 else ""
