"""What do the values of span formats mean? Ids, times and attributes, each in several spellings."""

from __future__ import annotations

import base64
import binascii
import math
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

LONGEST_NAME = 200  # characters of a service or operation
_HEX = re.compile(r"[0-9A-Fa-f]{16}|[0-9A-Fa-f]{32}")
_BASE64 = re.compile(r"[A-Za-z0-9+/]{11}=|[A-Za-z0-9+/]{22}==")
_TRUE = frozenset({"true", "1", "yes"})
_LATEST = 4_102_444_800_000_000  # µs: the year 2100
_SERVER_ERROR = 500
# gRPC's codes that are the server's fault, by OpenTelemetry's conventions for gRPC spans.
_GRPC_ERRORS = frozenset({"2", "4", "12", "13", "14", "15"})
_HOSTS = ("host.name", "hostname", "k8s.pod.name", "host", "service.instance.id", "ip")
# By which a client's span names the server that writes no span of its own.
_PEERS = ("peer.service", "server.address", "net.peer.name", "db.system", "db.type")
_CODES = ("http.status_code", "http.response.status_code")
_MESSAGES = ("exception.message", "error.message", "message", "error.object", "event", "error")


def text(value: object, limit: int = LONGEST_NAME) -> str:
    """A value as a short text on one line."""
    if type(value) is str and value.isalnum() and len(value) <= limit:
        return value  # nearly all are, and there are millions
    if value is None or isinstance(value, dict | list):
        return ""
    return " ".join(str(value)[: 4 * limit].split())[:limit]


def identifier(value: object) -> str:
    """An id in lower-case hex; base64 (protobuf's JSON) is turned into it; zeros are none."""
    spelt = text(value, 64)
    if not _HEX.fullmatch(spelt) and _BASE64.fullmatch(spelt):
        try:
            spelt = base64.b64decode(spelt, validate=True).hex()
        except (binascii.Error, ValueError):
            return spelt
    if not spelt.strip("0"):
        return ""
    return spelt.lower()


def whole(value: object) -> int | None:
    """An integer that may be spelt as a text (64 bits do not fit JavaScript's numbers)."""
    try:
        if type(value) is int:
            return value
        number = float(value) if isinstance(value, str | int | float) else math.nan
        if not math.isfinite(number):
            return None
        return int(value) if isinstance(value, int | str) and "." not in str(value) else int(number)
    except (ValueError, OverflowError):
        return None


def moment(value: object, *, per_micro: int = 1) -> int | None:
    """µs since 1970 from a number of them (or of 1/per_micro µs); None where it is no such time."""
    number = whole(value)
    if number is None or not 0 < number // per_micro < _LATEST:
        return None
    return number // per_micro


def is_true(value: object) -> bool:
    """As a boolean, a number or a text."""
    return value is True or (isinstance(value, str | int) and str(value).lower() in _TRUE)


def host(attributes: Mapping[str, object]) -> str:
    """Whose clock it was, as far as a process or resource tells."""
    return _first(attributes, _HOSTS)


def peer(attributes: Mapping[str, object]) -> str:
    """Whom a call goes to."""
    return _first(attributes, _PEERS)


def _first(attributes: Mapping[str, object], keys: tuple[str, ...]) -> str:
    for key in keys:
        if key in attributes and (said := text(attributes[key])):
            return said
    return ""


def has_failed(attributes: Mapping[str, object]) -> bool:
    """By its answer alone: an HTTP status of a server's fault, or such a code of gRPC."""
    for key in _CODES:
        code = whole(attributes[key]) if key in attributes else None
        if code is not None and code >= _SERVER_ERROR:
            return True
    code_of_grpc = attributes.get("rpc.grpc.status_code")
    return code_of_grpc is not None and text(code_of_grpc) in _GRPC_ERRORS


def complaint(attributes: Mapping[str, object]) -> str:
    """What an error says, in the words of its exception; "" where it has none."""
    for key in _MESSAGES:
        said = text(attributes[key], 300) if key in attributes else ""
        if said and said.lower() not in {"true", "false", "error", "exception"}:
            return said
    return ""
