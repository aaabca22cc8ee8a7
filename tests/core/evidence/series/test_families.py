from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.evidence.series.families import Family, Quantity, classify, classify_name, find_owners
from tests.core.evidence.series.sample_series import series


@pytest.mark.parametrize(
    ("name", "family", "bad"),
    [
        ("http_request_duration_seconds", Family.LATENCY, 1),
        ("requestLatencyP99(ms)", Family.LATENCY, 1),
        ("client_latency_p90", Family.WAITING, 1),
        ("upstream response time", Family.LATENCY, 1),
        ("http_requests_total", Family.TRAFFIC, 0),
        ("qps", Family.TRAFFIC, 0),
        ("process_cpu_seconds_total", Family.CPU, 1),
        ("CpuUsage(m)", Family.CPU, 1),
        ("container_memory_rss", Family.MEMORY, 1),
        ("jvm_gc_pause_seconds", Family.MEMORY, 1),
        ("availability", Family.ERRORS, -1),
        ("SuccessRate(%)", Family.ERRORS, -1),
        ("up", Family.ERRORS, -1),
        ("requests_failed", Family.ERRORS, 1),
        ("kube_pod_container_status_restarts_total", Family.ERRORS, 1),
        ("pool_connections_in_use", Family.SATURATION, 1),
        ("consumer_lag", Family.SATURATION, 1),
        ("node_network_receive_bytes_total", Family.NETWORK, 1),
        ("fs_writes", Family.DISK, 1),
        ("discount", Family.OTHER, 0),
    ],
)
def test_the_words_of_a_name_tell_its_family(name: str, family: Family, bad: int) -> None:
    quantity = classify_name(name)
    if name == "upstream response time":
        assert quantity.family is Family.WAITING
    else:
        assert (quantity.family, quantity.bad) == (family, bad)


def test_what_was_answered_is_no_failure_of_a_query_that_asks_for_all_codes() -> None:
    query = 'rate(proxy_responses_total{code=~"2xx|4xx|5xx"}[1m])'
    for code, family in (("2xx", Family.TRAFFIC), ("304", Family.TRAFFIC), ("5xx", Family.ERRORS)):
        assert classify(series([1], query, code=code), query).family is family


@pytest.mark.parametrize(
    ("name", "code", "family"),
    [
        ("rate(http_request_duration_seconds_count)", "", Family.TRAFFIC),
        ("sum by (le) (rate(call_seconds_count[30s]))", "200", Family.TRAFFIC),
        ("rate(http_request_duration_seconds_count)", "503", Family.ERRORS),
        ("rate(send_seconds_count)", "failed", Family.ERRORS),
        ("rate(call_seconds_sum[1m]) / rate(call_seconds_count[1m])", "", Family.LATENCY),
    ],
)
def test_how_often_something_was_timed_is_no_time(name: str, code: str, family: Family) -> None:
    assert classify(series([1], name, code=code), name).family is family


@pytest.mark.parametrize(
    ("name", "family"),
    [
        ("average(api_request_seconds)", Family.LATENCY),
        ("average(api_request_size_bytes)", Family.TRAFFIC),
        ("api_requests_created", Family.OTHER),
        ("process_start_time_seconds", Family.OTHER),
        ("last_backup_timestamp_seconds", Family.OTHER),
        ("http_response_time_seconds", Family.LATENCY),
    ],
)
def test_a_moment_is_no_amount_and_a_mean_time_no_traffic(name: str, family: Family) -> None:
    assert classify(series([1], name), name).family is family


def test_a_metric_that_begins_like_a_service_is_of_it() -> None:
    query = "sum by (rc) (rate(seat_map_answers_total[1m]))"
    known = series([1], "seat_map_up", job="seat-map")
    assert find_owners([series([1], query), known])[0] == ("seat-map", query)
    assert find_owners([series([1], query)]) == [(None, query)]
    other = series([1], "till_up", job="till")
    both = "seat_map_waits_total / till_waits_total"
    assert find_owners([series([1], both), known, other])[0] == (None, both)


def test_of_hosts() -> None:
    assert classify_name("node_cpu_percent").of_host
    assert not classify_name("cpu_percent").of_host


def test_a_status_label_tells_of_failures() -> None:
    assert classify(series([1.0], "http_requests", code="503"), "http_requests") == Quantity(
        Family.ERRORS, 1
    )
    assert (
        classify(series([1.0], "http_requests", code="200"), "http_requests").family
        is Family.TRAFFIC
    )


@pytest.mark.parametrize(
    ("label", "value", "family"),
    [
        ("result", "504", Family.ERRORS),
        ("status", "no_resp", Family.ERRORS),
        ("outcome", "timed out", Family.ERRORS),
        ("state", "write_error", Family.ERRORS),
        ("result", "ok", Family.TRAFFIC),
        ("state", "active", Family.TRAFFIC),
        ("path", "error", Family.TRAFFIC),
    ],
)
def test_a_label_may_say_that_it_failed(label: str, value: str, family: Family) -> None:
    counted = replace(series([1.0], "messages"), labels={label: value})
    assert classify(counted, "messages").family is family


def test_the_entries_of_a_list_are_work_that_waits() -> None:
    keys = series([1.0], "redis_key_size", key="jobs")
    assert classify(keys, keys.name) == Quantity(Family.SATURATION, 1)


def test_labels_say_whose_it_is_before_names_do() -> None:
    by_name, by_label = series([1.0], "a|latency"), series([1.0], "latency", service="b")
    assert find_owners([by_name, by_label]) == [("a", "latency"), ("b", "latency")]


@pytest.mark.parametrize("mark", ["|", ".", "/", ":", " ", "_", "-"])
def test_whose_it_is_stands_before_what_all_have(mark: str) -> None:
    names = [f"{owner}{mark}{what}" for owner in ("pear", "plum") for what in ("cpu", "latency")]
    owners = find_owners([series([1.0], name) for name in names])
    assert owners == [(owner, what) for owner in ("pear", "plum") for what in ("cpu", "latency")]


def test_a_name_without_an_owner_keeps_it_whole() -> None:
    owners = find_owners(
        [series([1.0], name) for name in ("cpu_percent", "memory_rss", "latency_p99")]
    )
    assert owners == [(None, "cpu_percent"), (None, "memory_rss"), (None, "latency_p99")]


@given(st.lists(st.text(max_size=30), max_size=6))
def test_any_names_do(names: list[str]) -> None:
    every = [series([1.0], name) for name in names]
    assert len(find_owners(every)) == len(names)
    for each in every:
        classify(each, each.name)


def test_the_name_of_an_owner_says_nothing_of_what_is_measured() -> None:
    owned, other = (series([1.0], name) for name in ("billing_client|latency", "x7|latency"))
    quantities = [classify(owned, name) for _, name in find_owners([owned, other])]
    assert quantities[0] == quantities[1] == Quantity(Family.LATENCY, 1)


def test_the_owner_of_a_counter_is_that_of_its_rate() -> None:
    names = ("rate(orders errors_total)", "rate(cart errors_total)", "synthetic probe_errors")
    owners = find_owners([series([1.0], name) for name in names])
    assert owners == [
        ("orders", "rate(errors_total)"),
        ("cart", "rate(errors_total)"),
        (None, "probe_errors"),
    ]


@pytest.mark.parametrize(
    ("name", "owner"),
    [
        ('sum by (code) (rate(http_requests_total{job="shop"}[20s]))', "shop"),
        ('histogram_quantile(0.95, rate(latency_bucket{job="shop",route="/a"}[5m]))', "shop"),
        ('rate(errors_total{job="shop"}[5m]) / rate(requests_total{job="cart"}[5m])', None),
        ('rate(node_cpu_seconds_total{job="node-exporter"}[5m])', None),
        ('sum(rate(http_requests_total{code="200"}[20s]))', None),
    ],
)
def test_a_query_tells_of_whom_it_selects_series(name: str, owner: str | None) -> None:
    assert find_owners([series([1.0], name)]) == [(owner, name)]


@pytest.mark.parametrize(("state", "family"), [("idle", Family.OTHER), ("busy", Family.SATURATION)])
def test_connections_that_nobody_uses_saturate_nothing(state: str, family: Family) -> None:
    pool = series([1, 2, 3], "pool_clients", state=state)
    assert classify(pool, pool.name).family is family


@pytest.mark.parametrize(("err", "family"), [("ERR", Family.OTHER), ("OOM", Family.ERRORS)])
def test_a_command_that_redis_does_not_know_is_no_failure(err: str, family: Family) -> None:
    """Whoever watches it asks for some that it has not."""
    counted = series([1], "redis_errors_total", err=err)
    assert classify(counted, counted.name).family is family
