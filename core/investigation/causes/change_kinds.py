"""What sort of thing a change is about, by its words, and the faults that such changes bring."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_NAMES = (
    r"dns|dnsmasq|unbound|coredns|bind9|named|resolver|resolv\.conf|name ?servers?|zone ?files?"
    r"|(?:\w{1,40}\.)?hosts(?: file|\.[a-z][\w-]{1,30})?(?= |$|:|,)|/etc/hosts"
)


def _whole(words: str) -> re.Pattern[str]:
    """A pattern of whole words, in any case."""
    return re.compile(rf"(?i)(?<![a-z])(?:{words})(?![a-z])")


def _compiled(
    kinds: Iterable[tuple[str, str]],
) -> tuple[tuple[re.Pattern[str], frozenset[str]], ...]:
    return tuple((_whole(words), frozenset(faults.split())) for words, faults in kinds)


_OF_NAMES = _whole(_NAMES)
# Words of changes, and the faults that changes of the sort bring where they go wrong.
_KINDS = _compiled(
    (
        (
            rf"{_NAMES}|zone",
            "dns_name_unknown dns_failing dns_resolver_misconfigured connection_refused"
            " connection_timeout network_unreachable",
        ),
        (
            r"certs?|certificates?|tls|ca[ -]bundle|(?:key|trust)store",
            "certificate_expired certificate_name_mismatch certificate_untrusted"
            " tls_handshake_failed",
        ),
        (
            r"passwords?|secrets?|credentials?|jwks?"
            r"|(?:signing|token|api|access|public|private|jwt|verification)[ _-]?keys?"
            r"|rotat(?:ed|ion)|grants?|revoked?|pg_hba(?:\.conf)?",
            "credentials_rejected permission_denied missing_secret",
        ),
        (
            r"firewall\S*|ip6?tables|nft(?:ables)?|ufw|security[ -]groups?|network ?polic(?:y|ies)"
            r"|acls?",
            "connection_timeout connection_refused connection_reset network_unreachable",
        ),
        (
            r"client_max_body_size|body_?limit|\w*max_?(?:body|upload|request|header|content|post)_?size"
            r"|large_client_header_buffers|upload_max_filesize|bodyLimit|maxRequestLen",
            "request_too_large",
        ),
        (r"limit(?:er|s)?|quotas?|throttl(?:e|es|ed|ing)", "rate_limited kube_quota_exceeded"),
    )
)
# Words that changes of many sorts have: they tie a change only to a fault that is known.
_WEAK = _compiled(
    (
        (
            r"retention\w*|keep_?(?:days|hours|for)|ttl\w*|expir\w+|rotate|archiv\w+|backups?|dumps?"
            r"|exports?",
            "disk_full inodes_exhausted",
        ),
        (
            r"mem(?:ory)?|\w*maxmemory\S*|eviction|noeviction|heap|xmx\w*|oom\w*|cache_?size"
            r"|monit(?:rc)?",
            "out_of_memory gc_pauses cache_not_ready",
        ),
        (
            r"\w*nofile|file[ -]?descriptors?|open[ -]files|ulimit",
            "file_descriptors_exhausted process_limit_reached",
        ),
        (
            r"pool(?:s|[ _-]?size)?|max[ _-]?(?:conn\w*|pool\w*|idle|open)|workers?|threads?",
            "connection_pool_exhausted workers_used_up",
        ),
        (r"time-?outs?|deadlines?", "connection_timeout"),
        (
            r"alter table|add column|create index|reindex|vacuum full|lock table|cluster|truncate"
            r"|update \w+ set|delete from|select .{1,80} for update|migrat\w+",
            "database_lock_contention migration_failed",
        ),
        (
            r"drop index|indexes|index|analyze|planner|work_mem",
            "database_slow_queries connection_pool_exhausted",
        ),
        (
            r"flush\w*|cach(?:e|es|ed|ing)|evict\w*",
            "cache_not_ready stale_cache database_slow_queries connection_pool_exhausted",
        ),
        (
            r"cron(?:tab|job)?|jobs?|batch|nightly|backfill|bulk|import|re-?build|re-?process\w*|sweep"
            r"|clean-?up|purge|report|sync",
            "database_lock_contention database_slow_queries connection_pool_exhausted",
        ),
        (r"date -s|timedatectl|chrony\w*|ntp\w*|timesyncd|hwclock", "clock_skew"),
        (
            r"requeue\w*|dlq|dead[ -]?letters?|replay\w*|redeliver\w*|purge",
            "message_rejected consumer_stuck",
        ),
    )
)


def kinds_of_change(text: str) -> Iterator[tuple[str, frozenset[str]]]:
    """For each sort that the change is of: the word that says so, and the faults that it brings."""
    for about, faults in _KINDS:
        if word := about.search(text):
            yield word[0], faults


def may_bring(text: str, fault: str) -> bool:
    """Whether a change of that text is of a sort that may bring the fault."""
    return any(fault in faults and about.search(text) for about, faults in (*_KINDS, *_WEAK))


def is_about_names(text: str) -> bool:
    """Whether it is about how names are resolved."""
    return _OF_NAMES.search(text) is not None
