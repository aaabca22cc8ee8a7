"""Fills the command of a probe with the names in the lines that speak of its fault.

People run what it says: only a plain name goes in. Where no line names what is called, capitals
stand in its place, rather than the name of the caller.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from core.investigation.causes.metric_features import signature_of
from core.investigation.causes.scored_cause import name_of
from core.investigation.causes.server_kinds import BROKER, kind_of_name
from core.redaction.engine import Redactor

if TYPE_CHECKING:
    from collections.abc import Mapping

    from core.cases.model import Citation, Hypothesis
    from core.evidence.signatures import Signature
    from core.investigation.decision import Situation
    from core.text.redacted import RedactedText

_COMMANDS = Redactor(b"commands of signatures")  # ours; they hold no secret
_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]{0,99}")
_SLOT = re.compile(
    r"(?<!%)\{([a-z_]+)(?:\|([a-z0-9]+))?\}"
)  # `{port|443}`: 443 where no line names one
_HOST, _PORT = r"(?P<host>[A-Za-z0-9][\w.-]*)", r"(?P<port>\d{2,5})(?![\w.])"
# How clients write what they call, the surest first. A line may name the client's own end, too.
_ADDRESSES = tuple(
    re.compile(pattern)
    for pattern in (
        rf"\blookup {_HOST}(?: on |:)",
        rf"\bupstream: \"?[a-z]+://{_HOST}(?::{_PORT})?",
        rf"->{_HOST}:{_PORT}",
        rf"\bhost='{_HOST}', port={_PORT}",
        rf"\bserver at \"{_HOST}\"(?: \([^)]*\))?, port {_PORT}",
        rf"\b[a-z][a-z0-9+]*://(?:[^/@\s]*@)?{_HOST}(?::{_PORT})?",
        rf"\bserver on '{_HOST}(?::{_PORT})?'",
        rf"\('{_HOST}', {_PORT}\)",
        rf"(?<![\w./-]){_HOST}/[\d.]+:{_PORT}",
        rf"(?<![\w.:/-])(?<!client: )(?<!client=)(?<!from ){_HOST}:{_PORT}(?!:\d)",
        rf"\bE[A-Z]{{6,}} {_HOST}(?!\S)",
    )
)
_EPHEMERAL = 32_768  # from here on ports are those of clients (net.ipv4.ip_local_port_range)
# A file with its line and `status:503` look like addresses, and are none.
_NO_HOST = re.compile(
    r"(?i)[\d_-]+|[\w.-]+\.(?:c|cc|cpp|go|h|java|js|kt|php|py|rb|rs|scala|ts)"
    r"|(?:code|errno|error|id|level|line|pid|port|sqlstate|status|took)"
)


def fill_command(
    command: str | None, hypothesis: Hypothesis, situation: Situation
) -> RedactedText | None:
    """The command with each `{slot}` filled; None where there is no command."""
    signature = signature_of(hypothesis.cause.fault)
    if command is None or signature is None:
        return None
    lines = [line for line in hypothesis.supporting if _speaks_of(line, signature)]
    names = _names_in(lines, signature)
    if hypothesis.cause.service is not None:
        service = name_of(hypothesis.cause.service).text
        seen_by = next((name for line in lines if (name := _seen_by(line, situation))), service)
        is_caller = bool(lines) and seen_by == service
        names = _fallbacks(service, is_caller=is_caller) | names
        names |= {"service": service, "seen_by": seen_by}

    def fill(slot: re.Match[str]) -> str:
        name = names.get(slot[1], slot[2] or "")
        return name if _PLAIN.fullmatch(name) else slot[1].upper()

    return _COMMANDS.clean(_SLOT.sub(fill, command))


def _fallbacks(service: str, *, is_caller: bool) -> dict[str, str]:
    """What stands for the slots that no line fills, as far as the blamed service does."""
    fallbacks = {"account": service}
    if not is_caller:
        fallbacks["host"] = service
    if kind_of_name(service) == BROKER:
        fallbacks["broker"] = service
    return fallbacks


def _speaks_of(line: Citation, signature: Signature) -> bool:
    patterns = (signal.pattern for signal in signature.signals.values())
    return line.resolves and any(pattern.search(line.text.text) for pattern in patterns)


def _names_in(lines: list[Citation], signature: Signature) -> dict[str, str]:
    """What the first lines name, by slot. A port belongs to the host of its line, or to none."""
    names: dict[str, str] = {}
    for line in lines:
        own = _own_names(line.text.text, signature)
        named = own if "host" in own else {**_address(line.text.text), **own}
        if not names.keys() & named.keys():
            names |= named
    return {"broker": names["host"], **names} if "host" in names else names


def _own_names(text: str, signature: Signature) -> dict[str, str]:
    """The groups of the first pattern of the signature that the line matches."""
    matches = (pattern.search(text) for pattern in signature.name_patterns)
    return next((_filled(match) for match in matches if match), {})


def _address(text: str) -> dict[str, str]:
    """The host that the line says was called, and its port."""
    addresses = (_filled(match) for pattern in _ADDRESSES for match in pattern.finditer(text))
    return next((address for address in addresses if _is_called(address)), {})


def _filled(match: re.Match[str]) -> dict[str, str]:
    groups = match.groupdict()
    return {name: value.rstrip(".-") for name, value in groups.items() if value}


def _is_called(address: Mapping[str, str]) -> bool:
    return int(address.get("port", 0)) < _EPHEMERAL and not _NO_HOST.fullmatch(address["host"])


def _seen_by(line: Citation, situation: Situation) -> str | None:
    """The service whose log holds the line."""
    return next(
        (
            finding.service or file.service
            for file in situation.files
            for finding in situation.findings.get(file.id, ())
            if finding.locus == line.locus
        ),
        None,
    )
