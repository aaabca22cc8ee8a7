"""Which services a line names: whom it calls or waits for, who sent what it is about."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from core.investigation.name_forms import letters_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

# `upstream=rates`, `call to rates failed`, `rates answered 503`.
_NAME = r"[a-z][a-z0-9]*(?:[-_.][a-z0-9]+){0,6}"
_HOST = r"[a-z][a-z0-9]*(?:-[a-z0-9]+){0,6}"
_CALLED = re.compile(
    rf"(?<![\w.])(?:upstream|peer|dependency|callee|remote_service|target_service)[\"']?\s?[=:]\s?"
    rf"[\"']?(?:https?://)?(?!https?:)({_NAME})(?![\w./-])"
    rf"|\b(?:call|calls|request|requests) to ({_NAME}) (?:failed|timed out|was refused|gave up)"
    rf"|(?<![\w.-])({_NAME}) (?:answered|responded with|returned)(?: HTTP| status)? "
    r"(?:5\d\d|40[13])\b"
    rf"|\bstatus (?:5\d\d|40[13]) from ({_NAME})(?![\w./-])"
    rf"|\bupstream (?!(?:call|connection|host|re\w+|serv\w+)\b)({_NAME})"
    r" (?:error|failed|timed out|returned|answered)\b"
    # As clients of HTTP and sockets tell it; a name with dots may be anybody's.
    rf"|\bhost=[\"']({_NAME})[\"'], port=\d"
    rf"|(?<!on )\bhttps?://(?!localhost)({_HOST})(?::\d{{1,5}})?(?=[/\s\"'\\),;?]|$)"
    rf"|\b(?:connect(?:ing|ion|ed)?(?: to)?|dial tcp|lookup) (?!localhost)({_HOST}):\d{{2,5}}\b"
)
_ASKED = re.compile(
    r"(?i)\b(?:get|post|put|patch|delete|head|call(?:ed|ing)?|fetch(?:ing)?|request(?:ing)?|url|to|for"
    r"|from)\b[ =:\"'(]{1,6}https?://(?P<host>[a-z\d][\w-]{0,62}(?:\.[\w-]{1,62}){0,6})"
    r"(?::(?P<port>\d{2,5}))?(?![\w.-])"
)
# Somebody outside, of whom nothing but calls tells: `no response from https://acquirer.example`.
_PARTNER = re.compile(
    r"\b(?:(?:GET|POST|PUT|PATCH|DELETE|HEAD)|(?i:(?:response|answer|reply) from"
    r"|(?:requests?|calls?|connect(?:ing|ion)?|post(?:ing)?) to|calling|fetching))[ \"'(]{1,3}"
    r"https?://(?P<host>[a-z][\w-]{0,62}(?:\.[\w-]{1,62}){0,5}\.[a-z]{2,24})(?![\w.-])"
)
_PARTNER_AT = re.compile(  # or that a field names: `host=collect.acquirer.example:8443`
    r"(?i)\b(?:(?:remote_?|target_?|upstream_?)?host|endpoint|remote|peer|upstream)[\"']?\s?[=:]\s?[\"']?"
    r"(?:https?://)?(?P<host>[a-z][\w-]{0,62}(?:\.[\w-]{1,62}){0,5}\.[a-z]{2,24})(?::\d{2,5})(?![\w.-])"
)
_INSIDE = re.compile(r"\.(?:internal|local|localdomain|lan|svc|cluster|corp|intra|home|arpa)$")
# Whom a line waited for, by a name or the part of it that callers use: `label not ready within 4s`.
_AWAITED = re.compile(
    rf"(?<![\w.-])({_NAME})(?: is| was)? (?:not (?:ready|available|reachable|responding|answering)"
    r"|unavailable|unreachable|timed out|took too long|did not (?:answer|respond|reply))\b"
    rf"|(?<![\w.-])({_NAME}) (?:(?:refused|rejected|declined|denied) (?!by\b|for\b|with\b)[a-z]"
    r"|(?:call|request|lookup|query|rpc)s? (?:failed|timed out|refused|rejected)\b)"
    rf"|\b(?:waiting for|no (?:answer|response|reply) from|time[ds]? ?out (?:waiting )?(?:for|on)"
    rf"|gave up on) ({_NAME})(?![\w./-])"
    # Of a broker's subject, called like whoever takes from it: `no reply on claims.triage`.
    rf"|\b(?:no (?:answer|response|reply)|timed out waiting) on (?:[\w-]{{1,40}}\.){{0,4}}({_NAME})"
    r"(?![\w./-])"
)
# Who sent what a line is about: a message, a request, a job.
_SENT_BY = (
    r"(?<![\w.-])(?:app_?id|producer|publisher|publishedby|sender|origin|source|src|client(?:_?(?:id|name|app))?"
    r"|caller|requester|application(?:_name)?|consumer|user_?agent)\\?[\"']?\s?[=:]\s?\\?[\"']?"
)
# What was sent is not as it should be: a message, a document, a field of it.
_REFUSED_DATA = re.compile(
    r"(?i)\b(?:malformed|unparse?able|undecodable|unknown (?:field|key|property|version|type)"
    r"|(?:missing|required|unexpected) (?:field|key|property|column|attribute|token)"
    r"|must be an? [a-z]|expected (?:an? )?\w{2,20},? (?:but )?(?:got|found|was)\b"
    r"|(?:cannot|could not|can't|unable to|failed to) (?:parse|decode|deseriali[sz]e|unmarshal)"
    r"|invalid (?:input syntax|json|payload|message|format|value|date|number|field|type)"
    r"|invalid (?:schema|literal|enum)"
    r"|(?:schema|validation) (?:error|failed|mismatch|violation)|KeyError|JSONDecodeError"
    r"|not a valid \w+|does not match (?:the )?schema)"
)
_SORT = (  # of what Kubernetes and Argo run
    r"(?:deploy(?:ment)?|svc|service|sts|statefulset|ds|daemonset|job|cronjob|rollout|release|chart"
    r"|app(?:lication)?|hpa|component|unit)s?(?:\.[a-z]{1,12}){0,3}"
)
_CODE_FOR = r"(?:Client|Api|API|Gateway|Service|Stub|Proxy|Adapter|Connector|Exception|Error)"
# Whom a supervisor's line is about: of supervisord, systemd, pm2 and whoever runs containers.
_UNIT = r"[A-Za-z][\w.@-]{0,80}?"
_SUPERVISED = re.compile(
    rf"\b(?:exited|stopped): (?P<a>{_UNIT}) \(|\bgave up: (?P<f>{_UNIT}) entered\b"
    rf"|\bspawned: '(?P<b>{_UNIT})' with pid"
    rf"|(?<![\w.-])(?P<c>{_UNIT})\.service: (?:(?:Main|Control|A) process (?:of|exited)|Failed "
    r"|Scheduled|Start)"
    rf"|\bApp \[(?P<d>{_UNIT})(?::\d+)?\] (?:exited|online|starting)"
    rf"|\brestarting failed container=?[ ](?P<e>{_UNIT})(?=[ ,]|$)"
    rf"|(?:info|error|warning) +: '(?P<g>{_UNIT})' (?!Monit\b)"  # of Monit
)


def called_in(text: str) -> set[str]:
    """Whom a line calls, by a field or a phrase."""
    return {name for match in _CALLED.finditer(text) for name in match.groups() if name}


def asked_at(text: str, addresses: Mapping[str, str], known: Mapping[str, str]) -> Iterator[str]:
    """The services at whose address a line says that it asked: `GET http://stock.shop:8082/x`.

    known: the services by their letters and digits alone.
    """
    for match in _ASKED.finditer(text):
        service = service_at(match["host"].lower(), match["port"], addresses, known)
        if service is not None:
            yield service


def service_at(
    host: str, port: str | None, addresses: Mapping[str, str], known: Mapping[str, str]
) -> str | None:
    """Who listens at an address, runs at its host, or is what the host's name begins with.

    known: as for `asked_at`.
    """
    service = addresses.get(f"{host}:{port}") or addresses.get(host)
    return service or known.get(letters_of(host.partition(".")[0]))


def partners_in(text: str) -> set[str]:
    """The hosts, with their domains, that a line says it asked."""
    asked = {match["host"] for match in _PARTNER.finditer(text)}
    named = {match["host"] for match in _PARTNER_AT.finditer(text)}
    return asked | {host for host in named if not _INSIDE.search(host)}


def awaited_in(text: str) -> set[str]:
    """Whom a line waited for; a word that is no service's name means nobody."""
    return {name for match in _AWAITED.finditer(text) for name in match.groups() if name}


def is_sent_by(text: str, service: str) -> bool:
    """Whether a field says that the service, or a part of it, sent what the line is about."""
    return service in text and bool(re.search(rf"(?i){_SENT_BY}{re.escape(service)}(?!\w)", text))


def is_code_for(text: str, service: str) -> bool:
    """Whether a trace passes through what its writer calls the service with: `PricingClient`."""
    name = "".join(part.capitalize() for part in re.split(r"[-_.]", service))
    return name in text and bool(re.search(rf"(?<![A-Za-z]){name}{_CODE_FOR}(?![a-z])", text))


def refuses_data(text: str) -> bool:
    """Whether a line says that what somebody sent is not as it should be."""
    return _REFUSED_DATA.search(text) is not None


def supervised_in(text: str) -> str | None:
    """The unit that a supervisor writes about; None for the line of anybody else."""
    match = _SUPERVISED.search(text)
    return next(filter(None, match.groups()), None) if match else None


def mentions(text: str, service: str) -> bool:
    """Whether a line names the service as a host or word of its own, not as part of a path.

    Kubernetes names what it runs by its sort, `deploy/orders`, and by its image. A package may be
    called with whose it is in front: `harbourline-orders:all`, `acme-orders-2.1`.
    """
    if service not in text:  # far cheaper, and most lines name hardly any of many services
        return False
    name = re.escape(service)  # also with its version: `orders-2.14.0`
    whole = rf"(?<![\w.-])(?<![\w\s]/){name}(?!\w|-(?!v?\d+\.\d))"
    package = rf"(?<![\w.-])[a-z][a-z\d]{{2,30}}-{name}(?=:(?:all|amd64|arm64)\b|[-_=]v?\d+\.\d)"
    run = rf"(?<![\w.-]){_SORT}/{name}(?![\w/-])|/{name}:v?\d[\w.-]*(?![\w/])"
    return bool(re.search(rf"{whole}|{package}|{run}", text))


def names_key_of(text: str, service: str) -> bool:
    """Whether a line names the service as a part of a path, as keys of settings do.

    Or as a resource of Terraform: `nomad_job.orders`.
    """
    name = re.escape(service)
    keyed = rf"(?<![\w.-]){name}/|/{name}(?![\w.-])"
    resource = rf"(?<![\w.-])[a-z\d]{{2,30}}(?:_[a-z\d]{{1,30}}){{1,6}}\.{name}(?![\w.-])"
    return service in text and bool(re.search(rf"{keyed}|{resource}", text))
