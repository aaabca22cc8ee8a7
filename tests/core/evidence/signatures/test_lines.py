"""Lines beside the examples: the failure is recognised by them, harmless ones are left alone."""

from __future__ import annotations

import pytest

from core.evidence.signatures import Role, match, signals

HARMLESS = [
    "2026-03-04 10:15:00,1 CRIT Server 'unix_http_server' running without any HTTP authentication "
    "checking",
    "ERROR payments unhandled exception: order 4711 has no address",
    "no unhandled exceptions today",
    "error rate exceeded 5 % for 2 minutes",
    "circuit breaker wait duration in open state is 10 s",
    "CircuitOpenDuration=10s FailureRatio=0.5",
    "WARN unknown host key for build-7, added to known_hosts",
    "Evicted 2041 entries from memory, hit rate 97 %",
    "Evicting broadcast_7 from memory store",
    "order P3009 was shipped",
    "data migration of user 17 failed validation of e-mail, skipped",
    "connect to [::1]:5432 failed: Cannot assign requested address, trying 127.0.0.1",
    "http: TLS handshake error from 203.0.113.77:41120: tls: first record does "
    "not look like a TLS handshake",
    "http: TLS handshake error from 198.51.100.9:4411: remote error: tls: "
    "unknown certificate authority",
    "sshd[411]: Unable to negotiate with 203.0.113.9: no matching key exchange: "
    "unsupported protocol version",
    '10.0.0.9 - - [20/Nov/2026:09:12:11 +0000] "GET /admin HTTP/1.1" 401 Unauthorized',
    "elasticsearch node is not ready to serve yet, waiting",
    "rate limiter configured: 600 requests per minute, burst 40",
    "limiting requests to 40 a second, excess is queued",
    "last minute: 0 requests answered with payload too large",
    "certificate will expire in 61 days",
    "healthcheck passed, unhealthy hosts: 0",
    "DNS cache: 14 entries, servfail=0 nxdomain=2",
    "the clock is synchronised, offset 0.002 s",
    "liveness probe configured on /live",
    "User dana changed the quota of project 7 to 40",
    "no endpoints changed",
    "thread pool: 0 rejected, 12 active",
    "disk read latency 4 ms, 0 I/O errors",
    "flag new_pricing enabled",
    "UnsupportedOperationException in plugin x is ignored",
    "unimplemented opcode in the emulator, skipped",
    "applied 2 migrations, 0 failed",
    "mtu 1500 qdisc fq_codel state UP",
    "open file limit 1048576",
    "spot price of region a is 0.031",
    "token expires in 3600 s",
    "kernel: TCP: request_sock_TCP: Possible SYN flooding on port 8080. Sending cookies.",
    "Failed password for invalid user admin from 203.0.113.9 port 4411 ssh2",
    "kernel: device veth1a2b left promiscuous mode",
    "pod checkout-1 was evicted from the cache of names",
    'search took 12 ms: title="too many open files"',
    "read-only replica is in sync",
    "mode=readonly replica lag 0.1 s",
    "the node pool was resized from 3 to 5",
    "Message too long for a tweet, cut",
    "expected status 429, got 429",
    "throttle middleware loaded: 20 r/s",
    "SlowDown of the conveyor belt by 3 %",
    "volume of sales is up 4 %",
    "instance 7 of the job was preempted by priority 3 and will run again",
    "certificate of participation has been sent",
    "migrating session 17 to node 4",
]
TOLD = [
    (
        "certificate_expired",
        "curl: (60) SSL certificate problem: certificate has expired",
    ),
    (
        "certificate_expired",
        "x509: certificate has expired or is not yet valid: current time "
        "2026-11-20T08:12:31Z is after 2026-11-19T00:00:00Z",
    ),
    (
        "certificate_expired",
        "SSL_do_handshake() failed (SSL: error:14094415:SSL "
        "routines:ssl3_read_bytes:sslv3 alert certificate expired:SSL alert "
        "number 45) while SSL handshaking to upstream",
    ),
    (
        "certificate_expired",
        "SSL error: certificate has expired",
    ),
    (
        "certificate_untrusted",
        "curl: (60) SSL certificate problem: unable to get local issuer certificate",
    ),
    (
        "certificate_untrusted",
        "requests.exceptions.SSLError: HTTPSConnectionPool(host='geo', "
        "port=443): Max retries exceeded with url: / (Caused by "
        "SSLError(SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED] "
        "certificate verify failed: self-signed certificate in certificate chain "
        "(_ssl.c:1006)')))",
    ),
    (
        "certificate_untrusted",
        "Error: self-signed certificate in certificate chain",
    ),
    (
        "certificate_untrusted",
        "remote error: tls: bad certificate",
    ),
    (
        "certificate_untrusted",
        "upstream SSL certificate verify error: (20:unable to get local issuer "
        "certificate) while SSL handshaking to upstream",
    ),
    (
        "certificate_name_mismatch",
        "curl: (60) SSL: no alternative certificate subject name matches target "
        "host name 'inventory'",
    ),
    (
        "certificate_name_mismatch",
        "javax.net.ssl.SSLPeerUnverifiedException: Certificate for <inventory> "
        "doesn't match any of the subject alternative names: [stock]",
    ),
    (
        "certificate_name_mismatch",
        "System.Security.Authentication.AuthenticationException: The remote "
        "certificate is invalid according to the validation procedure: "
        "RemoteCertificateNameMismatch",
    ),
    (
        "tls_handshake_failed",
        "write EPROTO 139:error:1408F10B:SSL routines:ssl3_get_record:wrong version number",
    ),
    (
        "tls_handshake_failed",
        "curl: (35) error:0A00010B:SSL routines::wrong version number",
    ),
    (
        "tls_handshake_failed",
        "tls: server selected unsupported protocol version 301",
    ),
    (
        "tls_handshake_failed",
        "javax.net.ssl.SSLHandshakeException: No appropriate protocol (protocol "
        "is disabled or cipher suites are inappropriate)",
    ),
    (
        "tls_handshake_failed",
        "error:0A000102:SSL routines::unsupported protocol",
    ),
    (
        "dns_name_unknown",
        'psycopg2.OperationalError: could not translate host name "db" to '
        "address: Name or service not known",
    ),
    (
        "dns_name_unknown",
        "curl: (6) Could not resolve host: inventory",
    ),
    (
        "dns_name_unknown",
        "Temporary: lookup db on 127.0.0.11:53: no such host",
    ),
    (
        "dns_name_unknown",
        "getaddrinfo failed: [Errno 11001] getaddrinfo failed",
    ),
    (
        "dns_name_unknown",
        "redis.exceptions.ConnectionError: Error -2 connecting to redis:6379. "
        "Name or service not known.",
    ),
    (
        "dns_name_unknown",
        "ping: inventory: Name or service not known",
    ),
    (
        "dns_name_unknown",
        "java.net.UnknownHostException: inventory",
    ),
    (
        "dns_failing",
        "redis.exceptions.ConnectionError: Error -3 connecting to redis:6379. "
        "Temporary failure in name resolution.",
    ),
    (
        "dns_failing",
        "lookup db on 10.96.0.10:53: server misbehaving",
    ),
    (
        "dns_failing",
        "inventory could not be resolved (2: Server failure)",
    ),
    (
        "dns_failing",
        "java.net.UnknownHostException: inventory: Temporary failure in name resolution",
    ),
    (
        "file_descriptors_exhausted",
        "[crit] 31#31: accept4() failed (24: Too many open files)",
    ),
    (
        "file_descriptors_exhausted",
        "java.io.IOException: Too many open files",
    ),
    (
        "file_descriptors_exhausted",
        "OSError: [Errno 24] Too many open files",
    ),
    (
        "process_limit_reached",
        "-bash: fork: retry: Resource temporarily unavailable",
    ),
    (
        "process_limit_reached",
        "java.lang.OutOfMemoryError: unable to create new native thread",
    ),
    (
        "process_limit_reached",
        "BlockingIOError: [Errno 11] Resource temporarily unavailable: fork",
    ),
    (
        "process_limit_reached",
        "pthread_create: Resource temporarily unavailable",
    ),
    (
        "process_limit_reached",
        "OpenBLAS blas_thread_init: pthread_create failed for thread 3 of 8: "
        "Resource temporarily unavailable",
    ),
    (
        "filesystem_failing",
        "touch: cannot touch '/data/x': Read-only file system",
    ),
    (
        "filesystem_failing",
        "kernel: Buffer I/O error on dev sdb1, logical block 0, lost sync page write",
    ),
    (
        "filesystem_failing",
        "kernel: EXT4-fs error (device vda1): ext4_journal_check_start:83: "
        "Detected aborted journal",
    ),
    (
        "filesystem_failing",
        'PANIC: could not write to file "pg_wal/xlogtemp.1": Input/output error',
    ),
    (
        "pod_unschedulable",
        "0/3 nodes are available: 3 Insufficient memory.",
    ),
    (
        "pod_unschedulable",
        "no nodes available to schedule pods",
    ),
    (
        "rate_limited",
        "openai.RateLimitError: Error code: 429 - Rate limit reached for requests",
    ),
    (
        "rate_limited",
        "HTTP 429 Too Many Requests",
    ),
    ("rate_limited", "31#31: *871 limiting requests, ex"),
    ("rate_limited", '31#31: *871 limiting connections by zone "addr", client: 10.0.0.9'),
    ("request_too_large", "31#31: *8 client intended to send too large bo"),
    ("request_too_large", "PayloadTooLargeError: request entity too large"),
    ("request_too_large", 'client sent too long header line: "Cookie: a='),
    ("no_healthy_upstream", "Server be_billing/pod-1 is DOWN, rea"),
    ("probe_failed", "Health check for server be_billing/pod-1 failed, reas"),
    (
        "rate_limited",
        'status=429 err="rate limit exceeded"',
    ),
    (
        "connection_reset",
        "requests.exceptions.ConnectionError: ('Connection aborted.', "
        "RemoteDisconnected('Remote end closed connection without response'))",
    ),
    (
        "connection_reset",
        "read tcp 10.0.0.3:1->10.0.0.4:2: read: connection reset by peer",
    ),
    (
        "connection_reset",
        "Error: socket hang up",
    ),
    (
        "connection_reset",
        "java.io.IOException: Connection reset by peer",
    ),
    (
        "connection_reset",
        "org.apache.http.NoHttpResponseException: inventory:8080 failed to respond",
    ),
    (
        "network_unreachable",
        "dial tcp 10.2.0.7:5432: connect: no route to host",
    ),
    (
        "network_unreachable",
        "connect EHOSTUNREACH",
    ),
    (
        "network_unreachable",
        "OSError: [Errno 113] No route to host",
    ),
    (
        "network_unreachable",
        "curl: (7) Failed to connect to 10.2.0.7 port 80: No route to host",
    ),
    (
        "ports_exhausted",
        "dial tcp 10.2.0.7:6379: connect: cannot assign requested address",
    ),
    (
        "ports_exhausted",
        "connect() to 10.2.0.7:8080 failed (99: Cannot assign requested address) "
        "while connecting to upstream",
    ),
    (
        "no_healthy_upstream",
        "no server is available to handle this request",
    ),
    (
        "no_healthy_upstream",
        "upstream connect error: no healthy upstream",
    ),
    (
        "no_healthy_upstream",
        "503 Service Unavailable: Back-end server is at capacity: no available server",
    ),
    (
        "circuit_breaker_open",
        "pybreaker.CircuitBreakerError: Timeout not elapsed yet, circuit breaker still open",
    ),
    (
        "circuit_breaker_open",
        "Error: Breaker is open",
    ),
    (
        "circuit_breaker_open",
        "hystrix: circuit open",
    ),
    (
        "circuit_breaker_open",
        "github.com/sony/gobreaker: circuit breaker is open",
    ),
    (
        "cloud_throttled",
        "botocore.exceptions.ClientError: An error occurred (Throttling) when "
        "calling the DescribeStacks operation: Rate exceeded",
    ),
    (
        "cloud_throttled",
        "software.amazon.awssdk.services.dynamodb.model.ProvisionedThroughputExce"
        "ededException: The level",
    ),
    (
        "cloud_throttled",
        "googleapi: Error 429: Quota exceeded for quota metric 'Queries' and "
        "limit 'Queries per minute' of service",
    ),
    (
        "permission_denied",
        "AccessDeniedException: User: arn:aws:iam::1:role/x is not authorized to "
        "perform: kms:Decrypt",
    ),
    (
        "permission_denied",
        "google.api_core.exceptions.PermissionDenied: 403 Permission denied on resource",
    ),
    (
        "permission_denied",
        "botocore.exceptions.ClientError: An error occurred "
        "(ExpiredTokenException) when calling the GetItem operation",
    ),
    (
        "permission_denied",
        "ERROR: permission denied for schema public",
    ),
    (
        "credentials_rejected",
        "redis.exceptions.AuthenticationError: WRONGPASS invalid username-password pair",
    ),
    (
        "credentials_rejected",
        "pymongo.errors.OperationFailure: Authentication failed.",
    ),
    (
        "credentials_rejected",
        "(1045, \"Access denied for user 'shop'@'10.0.0.3' (using password: YES)\")",
    ),
    (
        "credentials_rejected",
        "amqp: ACCESS_REFUSED - Login was refused",
    ),
    (
        "migration_failed",
        "alembic.util.exc.CommandError: schema migration failed",
    ),
    (
        "migration_failed",
        "django.db.utils.ProgrammingError: migration 0012_total failed",
    ),
    (
        "migration_failed",
        "Migration of schema `shop` to version 12 - total failed!",
    ),
    (
        "version_skew",
        "org.apache.kafka.common.errors.UnsupportedVersionException: The node does not support",
    ),
    (
        "version_skew",
        'error: no matches for kind "HorizontalPodAutoscaler" in version "autoscaling/v2beta2"',
    ),
    (
        "version_skew",
        "java.io.InvalidClassException: com.shop.Order; local class "
        "incompatible: stream classdesc serialVersionUID = 1, local class "
        "serialVersionUID = 2",
    ),
    (
        "clock_skew",
        "SignatureDoesNotMatch: Signature expired: 20261120T080644Z is now "
        "earlier than 20261120T081144Z",
    ),
    (
        "clock_skew",
        "jwt.exceptions.ImmatureSignatureError: The token is not yet valid (nbf)",
    ),
    (
        "clock_skew",
        "Token used too early",
    ),
    (
        "clock_skew",
        "kinit: Clock skew too great while getting initial credentials",
    ),
    (
        "cpu_starved",
        "watchdog: BUG: soft lockup - CPU#3 stuck for 22s!",
    ),
    (
        "cpu_starved",
        "kernel: rcu: INFO: rcu_preempt detected stalls on CPUs/tasks",
    ),
    (
        "missing_secret",
        'MountVolume.SetUp failed for volume "certs" : secret "checkout-tls" not found',
    ),
    (
        "missing_secret",
        'Error: configmap "checkout" not found',
    ),
    (
        "probe_failed",
        "Readiness probe errored: rpc error: code = Unknown",
    ),
    (
        "probe_failed",
        "Container checkout failed startup probe, will be restarted",
    ),
    (
        "probe_failed",
        "Health check failed: 3 consecutive",
    ),
]


@pytest.mark.parametrize("line", HARMLESS)
def test_harmless_talk_is_left_alone(line: str) -> None:
    assert [name for name in match(line) if signals()[name].role is Role.FOR] == []


@pytest.mark.parametrize(("fault", "line"), TOLD)
def test_a_failure_is_known_by_other_lines_too(fault: str, line: str) -> None:
    assert [signals()[name].fault for name in match(line)][:1] == [fault]
