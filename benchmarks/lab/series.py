"""The panels of the company's dashboard: what is asked of Prometheus at the end."""

from __future__ import annotations

WINDOW = "10s"
QUERIES = {
    "requests_per_second": f"sum by (job) (rate(http_requests_total[{WINDOW}]))",
    "requests_by_status": f"sum by (job, status) (rate(http_requests_total[{WINDOW}]))",
    "errors_per_second": (f'sum by (job) (rate(http_requests_total{{status=~"5.."}}[{WINDOW}]))'),
    "latency_p95_seconds": (
        "histogram_quantile(0.95, sum by (job, le) "
        f"(rate(http_request_duration_seconds_bucket[{WINDOW}])))"
    ),
    "requests_in_flight": "sum by (job) (http_requests_in_flight)",
    "outgoing_by_outcome": (
        f"sum by (job, target, outcome) (rate(outgoing_requests_total[{WINDOW}]))"
    ),
    "db_pool_in_use": "db_pool_connections_in_use and db_pool_connections_max > 0",
    "db_pool_max": "db_pool_connections_max > 0",
    "cache_reads": f"sum by (job, outcome) (rate(cache_reads_total[{WINDOW}]))",
    "queue_depth": "max by (job, queue) (queue_depth)",
    "scheduling_delay_seconds": "runtime_scheduling_delay_seconds",
    "resident_bytes": "process_resident_memory_bytes",
    "open_fds": "process_open_fds",
    "max_fds": "process_max_fds < 1e6",
    "cpu_cores": f"rate(container_cpu_usage_seconds_total[{WINDOW}])",
    "cpu_throttled": f"rate(container_cpu_cfs_throttled_periods_total[{WINDOW}])",
    "memory_bytes": "container_memory_usage_bytes",
    "restarts": "container_restarts_total",
    "oom_kills": "container_oom_kills_total",
    "volume_available_bytes": "volume_available_bytes",
    "volume_inodes_free": "volume_inodes_free",
    "up": "up",
    "db_backends": 'sum by (job) (pg_stat_activity_count{state!=""})',
    "db_backends_by_state": 'sum by (job, state) (pg_stat_activity_count{state!=""}) > 0',
    "db_locks": "sum by (job, mode) (pg_locks_count) > 0",
    "db_commits": f"sum by (job) (rate(pg_stat_database_xact_commit[{WINDOW}]))",
    "db_rollbacks": f"sum by (job) (rate(pg_stat_database_xact_rollback[{WINDOW}]))",
    "db_deadlocks": "sum by (job) (pg_stat_database_deadlocks)",
    "db_rows_read": f"sum by (job) (rate(pg_stat_database_tup_returned[{WINDOW}]))",
    "db_longest_tx_seconds": "max by (job) (pg_stat_activity_max_tx_duration)",
    "db_replica_behind_bytes": "sum by (job) (pg_stat_replication_pg_wal_lsn_diff)",
    "cache_memory_bytes": "redis_memory_used_bytes",
    "cache_memory_max_bytes": "redis_memory_max_bytes",
    "cache_evicted_total": "redis_evicted_keys_total",
    "cache_clients": "redis_connected_clients",
    "cache_hits": f"rate(redis_keyspace_hits_total[{WINDOW}])",
    "cache_misses": f"rate(redis_keyspace_misses_total[{WINDOW}])",
    "cache_keys": "sum by (job) (redis_db_keys)",
    "edge_connections": "nginx_connections_active",
    "edge_requests": f"rate(nginx_http_requests_total[{WINDOW}])",
    "edge_queue": "haproxy_backend_current_queue > 0",
    "edge_responses": (
        f"sum by (job, code) (rate(haproxy_backend_http_responses_total[{WINDOW}])) > 0"
    ),
    "log_lines_by_level": f"sum by (job, level) (rate(log_lines_total[{WINDOW}]))",
    "edge_servers_up": "haproxy_backend_active_servers",
}
