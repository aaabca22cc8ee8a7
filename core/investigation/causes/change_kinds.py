"""What sort of thing a change is about, by its words, and the faults that such changes bring."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_OF_NAMES = re.compile(r"(?i)(?<![a-z])(?:dns|resolver|resolv\.conf|name ?servers?)(?![a-z])")
# Words of changes, and the faults that changes of the sort bring where they go wrong.
_KINDS = tuple(
    (re.compile(rf"(?i)(?<![a-z])(?:{words})(?![a-z])"), frozenset(faults.split()))
    for words, faults in (
        (
            r"dns|zone|resolver|resolv\.conf|name ?servers?",
            "dns_name_unknown dns_failing dns_resolver_misconfigured connection_refused"
            " connection_timeout network_unreachable",
        ),
        (
            r"certs?|certificates?|tls|ca[ -]bundle|(?:key|trust)store",
            "certificate_expired certificate_name_mismatch certificate_untrusted"
            " tls_handshake_failed",
        ),
        (
            r"passwords?|secrets?|credentials?|rotat(?:ed|ion)|grants?|revoked?|pg_hba(?:\.conf)?",
            "credentials_rejected permission_denied missing_secret",
        ),
        (
            r"firewall|iptables|nftables|security[ -]groups?|network ?polic(?:y|ies)|acls?",
            "connection_timeout connection_refused connection_reset network_unreachable",
        ),
        (r"limit(?:er|s)?|quotas?|throttl(?:e|es|ed|ing)", "rate_limited kube_quota_exceeded"),
    )
)


def kinds_of_change(text: str) -> Iterator[tuple[str, frozenset[str]]]:
    """For each sort that the change is of: the word that says so, and the faults that it brings."""
    for about, faults in _KINDS:
        if word := about.search(text):
            yield word[0], faults


def is_about_names(text: str) -> bool:
    """Whether it is about how names are resolved."""
    return _OF_NAMES.search(text) is not None
