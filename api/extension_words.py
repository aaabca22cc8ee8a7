"""Our words and those of the browser extension, in one table for each enumeration."""

from __future__ import annotations

from core.alerts.model import Severity
from core.cases.model import CaseState, EvidenceKind, HypothesisState
from core.conversation.messages.exchange import DataOrigin
from core.evidence.model import Coverage, DataType, EvidenceFile, FileState

# What is seen of a case: the extension knows four states, we have five phases.
STATES = {
    CaseState.CONSULTING: "inquiry",
    CaseState.DIAGNOSING: "investigating",
    CaseState.ANALYZING: "investigating",
    CaseState.RESOLVED: "resolved",
    CaseState.CLOSED: "closed",
}
STAGES = {
    CaseState.CONSULTING: None,
    CaseState.DIAGNOSING: "diagnosis",
    CaseState.ANALYZING: "treatment",
    CaseState.RESOLVED: None,
    CaseState.CLOSED: None,
}
INVESTIGATING, RESOLVED, CLOSED = "investigating", "resolved", "closed"
# Where a case may go from there. The extension offers no way back: reopening is typed.
NEXT_STATES = {
    "inquiry": ["investigating", "closed"],
    "investigating": ["resolved", "closed"],
    "resolved": [],
    "closed": [],
}
PRIORITIES = {
    "critical": Severity.CRITICAL,
    "high": Severity.HIGH,
    "medium": Severity.WARNING,
    "low": Severity.INFO,
}
PRIORITY_OF = {
    **{severity: priority for priority, severity in PRIORITIES.items()},
    Severity.UNKNOWN: "low",
}
HYPOTHESES = {
    HypothesisState.PROPOSED: "captured",
    HypothesisState.TESTING: "active",
    HypothesisState.VALIDATED: "validated",
    HypothesisState.REJECTED: "refuted",
}
# What is said of a hypothesis by a press, and the verb that says so here.
HYPOTHESIS_VERBS = {"validate": "confirm", "refute": "reject", "retire": "reject"}
FILE_STATES = {
    FileState.RECEIVED: "processing",
    FileState.PROCESSED: "completed",
    FileState.FAILED: "failed",
    FileState.CANCELLED: "failed",
    FileState.DELETED: "failed",
}
DATA_KINDS = {
    DataType.LOG: "logs",
    DataType.CONFIG: "configuration",
    DataType.TRACE: "logs",
    DataType.METRIC: "metrics",
    DataType.PROFILE: "metrics",
    DataType.CODE: "code",
    DataType.TEXT: "text",
    DataType.IMAGE: "image",
    DataType.ARCHIVE: "text",
    DataType.BINARY: "text",
    DataType.EMPTY: "text",
}
ORIGINS = {"file": DataOrigin.FILE, "paste": DataOrigin.PASTE, "page_capture": DataOrigin.PAGE}
UPLOAD_SOURCES = {
    DataOrigin.FILE: "file_upload",
    DataOrigin.PASTE: "paste",
    DataOrigin.PAGE: "page_capture",
}
# In the list of files a captured page has another name.
SOURCE_TYPES = {**UPLOAD_SOURCES, DataOrigin.PAGE: "page_injection"}
EVIDENCE_SOURCES = {
    EvidenceKind.LOG: "LOGS",
    EvidenceKind.METRIC: "METRICS",
    EvidenceKind.TRACE: "TRACES",
    EvidenceKind.CHANGE: "CHANGES",
    EvidenceKind.CHECK: "CHECKS",
    EvidenceKind.ALERT: "ALERTS",
}


def our_states(theirs: str) -> frozenset[CaseState]:
    """The phases that the extension calls so; our own name of a phase is that phase."""
    return frozenset(ours for ours, name in STATES.items() if theirs in (name, ours))


def hypothesis_id(number: int) -> str:
    """`h-1`: numbers are given once in a case."""
    return f"h-{number}"


def hypothesis_number(named: str) -> str:
    """Of `h-1` the 1; whatever else is said stays, and is refused where it is read."""
    return named.removeprefix("h-")


def file_state(file: EvidenceFile) -> str:
    """What nothing could be read of has failed, whatever is kept of it."""
    is_unread = file.state is FileState.PROCESSED and file.coverage is Coverage.NONE
    return "failed" if is_unread else FILE_STATES[file.state]


def cause_category(fault: str) -> str:
    """Which of the extension's kinds of root cause a fault is; `other` for what we know none of."""
    return next((kind for kind, faults in _CAUSES.items() if fault in faults.split()), "other")


# Of faults that may have several reasons, where whoever mends them looks first.
_CAUSES = {
    "code": """
        bad_deploy change broken_by_change database_deadlock endless_recursion event_loop_blocked
        failing_by_itself gc_pauses memory_growth out_of_memory process_deadlocked slow_by_itself
        unhandled_error version_skew workers_hang""",
    "config": """
        bad_configuration connection_pool_exhausted dns_name_unknown dns_resolver_misconfigured
        feature_flags_unavailable image_pull_failed missing_secret permission_denied probe_failed
        request_blocked
        credentials_rejected certificate_expired certificate_name_mismatch certificate_untrusted
        rate_limited request_too_large""",
    "environment": """
        autoscaler_at_max clock_skew cpu_saturation cpu_starved crash_loop disk_full
        file_descriptors_exhausted inodes_exhausted instance_retired kube_quota_exceeded leader_lost
        limit_reached node_not_ready node_pressure numbers_used_up pod_unschedulable ports_exhausted
        process_limit_reached saturation volume_mount_failed workers_used_up""",
    "network": """
        cluster_disagrees connection_refused connection_reset connection_timeout dns_failing
        mtu_mismatch network_loss network_unreachable no_healthy_upstream slow_network
        tls_handshake_failed""",
    "data": """
        cache_not_ready consumer_stuck data_damaged database_lock_contention database_read_only
        database_slow_queries message_rejected migration_failed replication_broken stale_cache""",
    "hardware": "filesystem_failing",
    "external": """
        broker_unavailable circuit_breaker_open cloud_quota_exceeded cloud_throttled
        partner_withdrew""",
}
