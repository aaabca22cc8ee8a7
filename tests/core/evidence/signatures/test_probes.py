"""Each signature says how it is confirmed and refuted, and recognises the results."""

from __future__ import annotations

import re
import time

import pytest

from core.evidence.signatures import CHANGE, Signature, signals, signatures
from core.redaction.engine import Redactor

FAULTS = [signature for signature in signatures().values() if signature.fault != CHANGE]
PROBES = [(signature, name) for signature in FAULTS for name in ("confirm", "refute")]
_CHANGES_SOMETHING = re.compile(
    r"(?i)\b(?:rm|mv|kill|reboot|apply|delete|drain|cordon|scale|edit|patch|undo|restart|annotate"
    r"|drop|truncate|insert|alter|grant|revoke|flushall|shutdown|systemctl (?:start|stop))\b"
)
_SLOT = re.compile(r"\{[a-z_]+(?:\|\w+)?\}")
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"")
_WRITES_A_FILE = re.compile(r"(?<![\d&])>(?!&)(?! ?/dev/null)")
# What tools print; each with what it shows.
PASTED = [
    (
        "disk_full",
        "confirm",
        "Filesystem  Size  Used Avail Use% Mounted on\n/dev/vda1        40G   40G     0 100% /\n",
    ),
    (
        "disk_full",
        "refute",
        "Filesystem  Size  Used Avail Use% Mounted on\n/dev/vda1        40G   21G   19G  53% /\n",
    ),
    (
        "inodes_exhausted",
        "confirm",
        "Filesystem       Inodes  IUsed    IFree IUse% Mounted on\n"
        "/dev/vda1       2621440 2621440       0  100% /\n",
    ),
    (
        "inodes_exhausted",
        "refute",
        "Filesystem       Inodes  IUsed    IFree IUse% Mounted on\n"
        "/dev/vda1       2621440 431190 2190250   17% /\n",
    ),
    ("filesystem_failing", "refute", "/      rw,relatime,discard,errors=remount-ro\n"),
    (
        "out_of_memory",
        "confirm",
        "    Last State:     Terminated\n      Reason:       OOMKilled\n      Exit Code:    137\n",
    ),
    ("out_of_memory", "refute", "low 0\nhigh 0\nmax 0\noom 0\noom_kill 0\n"),
    (
        "cpu_starved",
        "confirm",
        "some avg10=43.12 avg60=31.90 avg300=12.41 total=88121314\n",
    ),
    (
        "cpu_starved",
        "refute",
        "some avg10=0.00 avg60=0.12 avg300=0.08 total=88121314\n",
    ),
    (
        "clock_skew",
        "confirm",
        "Stratum         : 3\nSystem time     : 7.318842411 seconds slow of NTP time\n",
    ),
    (
        "clock_skew",
        "refute",
        "System time     : 0.000021402 seconds fast of NTP time\nLeap status     : Normal\n",
    ),
    (
        "crash_loop",
        "confirm",
        "checkout-7d9f6c5b8-x2k4q   0/1   CrashLoopBackOff   14 (2m ago)   31m\n",
    ),
    ("crash_loop", "refute", "checkout-7d9f6c5b8-x2k4q   1/1     Running   0   31m\n"),
    (
        "node_not_ready",
        "confirm",
        "NAME     STATUS     ROLES    AGE   VERSION\nnode-3   NotReady   <none>   41d   v1.31.2\n",
    ),
    (
        "node_not_ready",
        "refute",
        "NAME     STATUS   ROLES    AGE   VERSION\nnode-3   Ready    <none>   41d   v1.31.2\n",
    ),
    ("certificate_expired", "confirm", "notAfter=Nov 19 2026 GMT\nCertificate will expire\n"),
    ("certificate_expired", "refute", "notAfter=Jan 20 2027 GMT\nCertificate will not expire\n"),
    (
        "certificate_untrusted",
        "confirm",
        "depth=0 CN = inventory\nverify error:num=20:unable to get local issuer certificate\n",
    ),
    ("certificate_untrusted", "refute", "    Verify return code: 0 (ok)\n"),
    (
        "certificate_name_mismatch",
        "confirm",
        "Hostname inventory does NOT match certificate\n",
    ),
    ("certificate_name_mismatch", "refute", "Hostname inventory does match certificate\n"),
    ("tls_handshake_failed", "refute", "New, TLSv1.3, Cipher is TLS_AES_256_GCM_SHA384\n"),
    (
        "dns_name_unknown",
        "confirm",
        ";; ->>HEADER<<- opcode: QUERY, status: NXDOMAIN, id: 4121\n"
        ";; flags: qr rd ra; QUERY: 1, ANSWER: 0, AUTHORITY: 1, ADDITIONAL: 1\n",
    ),
    ("dns_name_unknown", "refute", "10.2.0.7\n"),
    ("dns_failing", "confirm", ";; connection timed out; no servers could be reached\n"),
    ("dns_failing", "refute", ";; ->>HEADER<<- opcode: QUERY, status: NOERROR, id: 4121\n"),
    ("network_unreachable", "confirm", "3 packets transmitted, 0 received, 100% packet loss\n"),
    ("network_unreachable", "refute", "3 packets transmitted, 3 received, 0% packet loss\n"),
    ("mtu_mismatch", "confirm", "ping: local error: message too long, mtu=1400\n"),
    ("no_healthy_upstream", "confirm", "NAME       ENDPOINTS   AGE\ncheckout   <none>      41d\n"),
    (
        "no_healthy_upstream",
        "refute",
        "NAME       ENDPOINTS                 AGE\ncheckout   10.2.0.7:8080,10.2.0.9:8080  41d\n",
    ),
    ("rate_limited", "confirm", "412\n"),
    ("rate_limited", "refute", "0\n"),
    ("request_too_large", "confirm", "66\n"),
    ("request_too_large", "refute", "0\n"),
    ("permission_denied", "confirm", "no\n"),
    ("permission_denied", "refute", "yes\n"),
    (
        "file_descriptors_exhausted",
        "confirm",
        "1024\nMax open files      1024      1024      files\n",
    ),
    ("file_descriptors_exhausted", "refute", "Max open files      1024      1024      files\n81\n"),
    ("process_limit_reached", "confirm", "4096\n4096\nThreads:\t4031\n"),
    ("process_limit_reached", "refute", "max 0\n"),
    (
        "bad_deploy",
        "confirm",
        "NAME     DESIRED CURRENT READY AGE\ncheckout 3       3       1     12m\n",
    ),
    (
        "bad_deploy",
        "refute",
        "NAME     DESIRED CURRENT READY AGE\ncheckout 3       3       3     41d\n",
    ),
    (
        "credentials_rejected",
        "confirm",
        'FATAL:  password authentication failed for user "shop"\n',
    ),
    ("credentials_rejected", "refute", "0\n"),
    (
        "pod_unschedulable",
        "confirm",
        "2m  Warning  FailedScheduling  pod/a  0/6 nodes are available: 6 Insufficient cpu.\n",
    ),
    ("volume_mount_failed", "refute", "NAME   STATUS   VOLUME\ndata   Bound    pvc-31\n"),
    ("missing_secret", "confirm", 'Error: secret "checkout-db" not found\n'),
    ("migration_failed", "confirm", " 12 | add total | f\n"),
    ("migration_failed", "refute", " 12      | t\n"),
    (
        "connection_refused",
        "refute",
        "Connection to orders (10.2.0.7) 80 port [tcp/http] succeeded!\n",
    ),
    (
        "connection_timeout",
        "confirm",
        "connect 0.000412 s, first byte 8.012331 s, status 200\n",
    ),
    (
        "connection_timeout",
        "refute",
        "connect 0.000412 s, first byte 0.012331 s, status 200\n",
    ),
]


@pytest.mark.parametrize("signature", FAULTS, ids=lambda probe: probe.fault)
def test_each_signature_says_how_it_is_confirmed_and_how_it_is_refuted(
    signature: Signature,
) -> None:
    assert signature.confirm is not None
    assert signature.refute is not None
    assert signature.confirm.do == signature.check
    assert signature.confirm.command or signature.refute.command
    for probe in (signature.confirm, signature.refute):
        assert probe.do.text
        assert probe.shows.text
        assert probe.patterns


@pytest.mark.parametrize(("signature", "name"), PROBES, ids=lambda x: getattr(x, "fault", x))
def test_a_command_only_reads_and_is_one_line(signature: Signature, name: str) -> None:
    command = _SLOT.sub("checkout", getattr(signature, name).command or "")
    assert "\n" not in command
    assert not _CHANGES_SOMETHING.search(command)
    assert not _WRITES_A_FILE.search(_QUOTED.sub("", command))


@pytest.mark.parametrize(("signature", "name"), PROBES, ids=lambda x: getattr(x, "fault", x))
def test_a_command_is_shown_as_it_is_written(signature: Signature, name: str) -> None:
    """Redaction takes nothing out of it."""
    command = _SLOT.sub("checkout", getattr(signature, name).command or "")
    assert Redactor(b"k" * 32).clean(command).text == command


@pytest.mark.parametrize(("fault", "name", "output"), PASTED)
def test_pasted_output_is_recognised(fault: str, name: str, output: str) -> None:
    probe = getattr(signatures()[fault], name)
    other = getattr(signatures()[fault], "refute" if name == "confirm" else "confirm")
    assert probe.pattern.search(output)
    if name == "refute":
        assert not other.pattern.search(output)


@pytest.mark.parametrize("signature", FAULTS, ids=lambda probe: probe.fault)
def test_patterns_take_no_time_on_hostile_lines(signature: Signature) -> None:
    shapes = ("a", "0 ", "a.b", "a=b ", ": ", " \t", "x-")
    lines = [shape * (4_000 // len(shape)) for shape in shapes]
    patterns = [p.pattern for p in (signature.confirm, signature.refute) if p is not None]
    for signal in signature.signals.values():
        patterns += [signal.pattern, *([signal.exception] if signal.exception else [])]
        lines += [f"{need} " * (4_000 // (len(need) + 1)) for need in signal.needs[:2]]
    began = time.process_time()
    for pattern in patterns:
        for line in lines:
            pattern.search(line)
    assert time.process_time() - began < 0.01 * len(patterns) * len(lines)


def test_names_of_groups_do_not_clash() -> None:
    """Each fault's probe patterns are joined into one."""
    assert all(
        p.pattern
        for signature in FAULTS
        for p in (signature.confirm, signature.refute)
        if p is not None
    )
    assert all(signal.pattern for signal in signals().values())
