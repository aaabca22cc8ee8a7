"""How often the change that matters is the first that is shown, among the files of 50.

    python -m benchmarks.config_changes [SEEDS] [FIRST]

Each seed makes a case: services with their files in mixed formats, some in two versions, and an
alert of one service. Versions differ in what means nothing (comments, order, white space, quotes,
digests of images of others, times, generated ids, owners, descriptions), now and then in a setting
of another service, and in ONE setting of the alert's service. Right is the seed whose first shown
change is that setting, in its file, with its new value. Prints one JSON document; exits 1 below the
gate.
"""

from __future__ import annotations

import json
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

from benchmarks.parts.config_files import FORMATS, Settings, Style, render
from core.alerts.model import AlertSource, Occurrence
from core.evidence.configuration.changes import path_of
from core.evidence.model import EvidenceFile, FileState, PlainFile
from core.evidence.pipeline import extract
from core.investigation.configuration_changes import ranked_changes, with_configuration_changes
from core.investigation.decision import Situation
from core.redaction.engine import Redactor

if TYPE_CHECKING:
    from collections.abc import Iterator

    from core.evidence.model import Finding

GATE = 0.95
FILES = 50
SEEDS = 100
_TUNED = 0.4  # of the pairs of other services have a setting that somebody changed on purpose
AT = datetime(2026, 5, 11, 7, 30, tzinfo=UTC)
REDACTOR = Redactor(b"configuration benchmark")

FIRST = ("ledger", "parcel", "quote", "roster", "tariff", "voucher", "beacon", "harbor", "mosaic")
SECOND = ("api", "core", "gateway", "worker", "sync", "store", "engine", "hub")
ALERTS = (
    ("HighErrorRate", "5xx above 2 % for 5 minutes"),
    ("LatencyP95High", "p95 above 1.5 s"),
    ("PodRestarting", "more than 3 restarts in 10 minutes"),
    ("QueueBacklog", "oldest message waits 12 minutes"),
    ("SloBurnRate", "error budget burns 14 times too fast"),
)
# Where each pair of versions is: (older, newer), with {stem} and {ext}.
MARKS = (
    ("{folder}{stem}{ext}.bak", "{folder}{stem}{ext}"),
    ("{folder}{stem}{ext}.orig", "{folder}{stem}{ext}"),
    ("{folder}{stem}-prev{ext}", "{folder}{stem}{ext}"),
    ("old/{folder}{stem}{ext}", "{folder}{stem}{ext}"),
    ("previous/{folder}{stem}{ext}", "current/{folder}{stem}{ext}"),
    ("before/{folder}{stem}{ext}", "after/{folder}{stem}{ext}"),
    ("2026-05-04/{folder}{stem}{ext}", "2026-05-11/{folder}{stem}{ext}"),
    ("{folder}{stem}.v4{ext}", "{folder}{stem}.v5{ext}"),
)
UNMARKED = ("{folder}{stem}{ext}", "{folder}{stem}{ext}")  # twice the same name, in two uploads


@dataclass(frozen=True)
class Knob:
    """A setting that matters: its path, a usual value, and a harmful one made of it.

    shown: what it is called in the file, where that is not the end of its path.
    """

    path: str
    usual: Callable[[random.Random], Any]
    harm: Callable[[Any], Any]
    shown: str = ""


def _ints(low: int, high: int) -> Callable[[random.Random], int]:
    return lambda rng: rng.randint(low, high)


def _of(*values: Any) -> Callable[[random.Random], Any]:
    return lambda rng: rng.choice(values)


def _to(value: Any) -> Callable[[Any], Any]:
    return lambda _usual: value


KNOBS = (
    Knob("datasource.hikari.maximum_pool_size", _ints(20, 60), lambda size: max(1, size // 10)),
    Knob("datasource.statement_timeout_ms", _ints(3000, 9000), lambda ms: ms // 100),
    Knob("http.client.read_timeout", _of("12s", "20s", "8s"), _to("150ms")),
    Knob("http.client.max_connections_per_route", _ints(40, 90), _to(2)),
    Knob("http.client.retry_attempts", _ints(2, 3), _to(25)),
    Knob(
        "http.client.base_address", _of("pricing.internal", "rates.internal"), _to("pricing.intern")
    ),
    Knob("grpc.keepalive_time", _of("60s", "120s"), _to("2h")),
    Knob("cache.ttl_seconds", _ints(120, 900), _to(1)),
    Knob("cache.max_entries", _ints(20000, 90000), _to(50)),
    Knob("cache.eviction", _of("allkeys-lru", "allkeys-lfu"), _to("noeviction")),
    Knob("consumer.prefetch", _ints(50, 200), _to(1)),
    Knob("consumer.max_poll_interval_ms", _ints(200000, 400000), _to(3000)),
    Knob("consumer.group_id", _of("billing-a", "billing-b"), _to("default")),
    Knob("producer.acks", _of("all"), _to("0")),
    Knob("server.worker_threads", _ints(16, 64), _to(1)),
    Knob("server.accept_backlog", _ints(512, 2048), _to(8)),
    Knob("server.listen", _of(8080, 9090, 8443), lambda port: port + 1),
    Knob("server.max_body", _of("20m", "50m"), _to("64k")),
    Knob("limits.requests_per_second", _ints(300, 900), _to(5)),
    Knob("limits.burst", _ints(100, 300), _to(1)),
    Knob(
        "runtime.jvm_options", _of("-Xms512m -Xmx2048m", "-Xms1g -Xmx3g"), _to("-Xms64m -Xmx192m")
    ),
    Knob("runtime.gc", _of("G1", "ZGC"), _to("Serial")),
    Knob("features.new_router", _of("off"), _to("on")),
    Knob("features.read_from_replica", _of("false"), _to("true")),
    Knob("security.verify_peer", _of("true"), _to("false")),
    Knob("security.clock_skew", _of("90s"), _to("0s")),
    Knob("storage.bucket_region", _of("eu-central-1", "eu-west-1"), _to("us-east-1")),
    Knob("storage.isolation", _of("read committed"), _to("serializable")),
    Knob("schedule.compaction", _of("15 3 * * *", "40 2 * * *"), _to("*/1 * * * *")),
    Knob("breaker.failure_ratio", _of("0.5", "0.6"), _to("0.01")),
)
CLUSTER_KNOBS = (
    Knob("memory", _of("768Mi", "1Gi", "2Gi"), _to("96Mi")),
    Knob("cpu", _of("500m", "1", "2"), _to("20m")),
    Knob("replicas", _ints(3, 8), _to(1)),
    Knob("image", _ints(3, 9), lambda minor: minor + 1),
    Knob("periodSeconds", _ints(10, 20), _to(1)),
    Knob("targetPort", _of(8080, 9090), _to(8008), "port"),
    Knob(
        "command", _of("--config=/etc/app/main.conf"), _to("--config=/etc/app/man.conf"), "config"
    ),
)


@dataclass
class Case:
    """The files of a case by name, in the order of arrival, and what is planted."""

    rng: random.Random
    services: list[str]
    alerted: str
    files: list[tuple[str, str]] = field(default_factory=list)
    deployed: set[str] = field(default_factory=set)
    planted_file: str = ""
    planted_word: str = ""
    planted_value: str = ""
    kind: str = ""

    def add(self, name: str, text: str) -> None:
        self.files.append((name, text))


def make_case(seed: int) -> Case:
    """A case of FILES files."""
    rng = random.Random(seed)  # noqa: S311 - to be made again
    names = {f"{rng.choice(FIRST)}-{rng.choice(SECOND)}" for _ in range(40)}
    services = sorted(names)[:]
    rng.shuffle(services)
    services = services[:10]
    case = Case(rng, services, services[0])
    _plant(case)
    while len(case.files) < FILES:
        service = rng.choice(services)
        if rng.random() < 0.4 and len(case.files) < FILES - 1:  # noqa: PLR2004
            _add_versions(case, service, harm=False)
        else:
            settings, name, form = _make(case, service)
            case.add(name.format(**_name_parts(case, service, form)), _write(case, settings, form))
    rng.shuffle(case.files)
    return case


def _plant(case: Case) -> None:
    _add_versions(case, case.alerted, harm=True)


def _make(case: Case, service: str) -> tuple[Settings, str, str]:
    form = case.rng.choice(FORMATS)
    if form == "manifest" and service in case.deployed:  # an object of a cluster is in one file
        form = "values"
    case.deployed |= {service} if form == "manifest" else set()
    number = len(case.files)
    stem = case.rng.choice(["app", "settings", "runtime", "main", "conf"]) + f"-{number}x"
    return _settings(case, service, form), "{folder}" + stem + "{ext}", form


def _name_parts(case: Case, service: str, form: str) -> dict[str, str]:
    ext = FORMATS_EXT[form]
    owner = service if case.rng.random() < 0.7 else f"{service}/config"  # noqa: PLR2004
    return {"folder": f"{owner}/", "ext": ext}


FORMATS_EXT = {
    "manifest": ".yaml",
    "values": ".yaml",
    "appsettings": ".json",
    "properties": ".properties",
    "toml": ".toml",
    "ini": ".ini",
    "env": ".env",
    "hcl": ".hcl",
    "proxy": ".conf",
}


def _settings(case: Case, service: str, form: str) -> Settings:
    knobs = CLUSTER_KNOBS if form == "manifest" else tuple(case.rng.sample(KNOBS, 12))
    return Settings(
        service=service,
        values={knob.path: knob.usual(case.rng) for knob in knobs},
        owner=case.rng.choice(["blue", "green", "amber"]),
        description=f"settings of {service}, see the handbook",
        generated=_generated(case.rng),
        sidecar_digest=f"{case.rng.getrandbits(256):064x}",
    )


def _generated(rng: random.Random) -> dict[str, str]:
    return {
        "build_id": f"{rng.getrandbits(128):032x}",
        "rendered_at": (AT - timedelta(hours=rng.randint(1, 900))).isoformat(),
        "release_uuid": str(UUID(int=rng.getrandbits(128), version=4)),
    }


def _add_versions(case: Case, service: str, *, harm: bool) -> None:
    """An older and a newer version; harm: whether the newer has the planted change."""
    rng = case.rng
    settings, name, form = _make(case, service)
    older_mark, newer_mark = rng.choice(MARKS) if rng.random() < 0.85 else UNMARKED  # noqa: PLR2004
    parts = _name_parts(case, service, form)
    stem = name.removeprefix("{folder}").removesuffix("{ext}")
    newer = settings.varied(rng, _generated(rng))
    older_name, newer_name = (mark.format(stem=stem, **parts) for mark in (older_mark, newer_mark))
    if harm:
        knobs = [knob for knob in (*KNOBS, *CLUSTER_KNOBS) if knob.path in settings.values]
        knob = rng.choice(knobs)
        newer.values[knob.path] = knob.harm(settings.values[knob.path])
        case.planted_value = str(newer.values[knob.path]).removeprefix("--config=")
        if rng.random() < 0.08 and form != "manifest":  # noqa: PLR2004 - it went
            del newer.values[knob.path]
            case.planted_value = ""
        case.planted_file, case.planted_word = newer_name, knob.shown or knob.path.split(".")[-1]
        case.kind = f"{form}: {knob.path}"
    elif service != case.alerted and rng.random() < _TUNED:
        path = rng.choice(list(newer.values))
        value = newer.values[path]
        newer.values[path] = value + 1 + value // 5 if isinstance(value, int) else value
    case.add(older_name, _write(case, settings, form))
    case.add(newer_name, _write(case, newer, form))


def _write(case: Case, settings: Settings, form: str) -> str:
    return render(settings, form, Style.of(case.rng))


def read_case(case: Case, folder: Path) -> Situation:
    """The case as a turn sees it before files are compared."""
    files, findings = [], {}
    for number, (name, text) in enumerate(case.files, 1):
        path = folder / str(number)
        path.write_text(text, encoding="utf-8")
        extraction = extract(PlainFile(path), name=name, service=None, redactor=REDACTOR)
        files.append(_file(number, name, extraction.lines))
        findings[f"f{number}"] = extraction.findings
    return Situation(
        at=AT,
        occurrences=(_alert(case),),
        files=tuple(files),
        findings=findings,
        calls=tuple(_calls(case)),
    )


def _file(number: int, name: str, lines: int) -> EvidenceFile:
    return EvidenceFile(
        id=f"f{number}",
        tenant_id="t",
        case_id="c",
        number=number,
        name=REDACTOR.clean(name),
        service=None,
        blob="b",
        size=1,
        received_at=AT,
        received_from="benchmark",
        state=FileState.PROCESSED,
        lines=lines,
    )


def _alert(case: Case) -> Occurrence:
    name, summary = case.rng.choice(ALERTS)
    return Occurrence(
        id="o",
        tenant_id="t",
        source=AlertSource.ALERTMANAGER,
        fingerprint="f",
        case_id="c",
        name=name,
        service=case.alerted,
        severity="critical",
        labels={},
        summary=summary,
        starts_at=AT,
        ended_at=None,
        last_seen_at=AT,
    )


def _calls(case: Case) -> Iterator[tuple[str, str]]:
    """Half of the cases know who calls whom."""
    if case.rng.random() < 0.5:  # noqa: PLR2004
        for caller, callee in zip(case.services, case.services[1:], strict=False):
            if case.rng.random() < 0.6:  # noqa: PLR2004
                yield caller, callee


def rank_of_planted(case: Case, shown: list[Finding]) -> int:
    """The place of the planted change, from 1; 0 where it is not shown."""
    for place, finding in enumerate(shown, 1):
        word = "".join(filter(str.isalnum, case.planted_word)).lower()
        path = "".join(filter(str.isalnum, path_of(finding))).lower()
        files = {finding.locus.file, *(name for name, _ in case.files if name in finding.text.text)}
        has_value = not case.planted_value or case.planted_value in finding.text.text
        if word in path and has_value and case.planted_file in files:
            return place
    return 0


def main() -> int:
    """Print one JSON document; 1 below the gate."""
    seeds = int(sys.argv[1]) if len(sys.argv) > 1 else SEEDS
    first = int(sys.argv[2]) if len(sys.argv) > 2 else 1  # noqa: PLR2004
    ranks, missed, shown_changes = Counter[str](), [], []
    began = time.process_time()
    for seed in range(first, first + seeds):
        case = make_case(seed)
        with tempfile.TemporaryDirectory() as folder:
            situation = read_case(case, Path(folder))
        shown = ranked_changes(with_configuration_changes(situation))
        rank = rank_of_planted(case, shown)
        ranks["first" if rank == 1 else "later" if rank else "not shown"] += 1
        shown_changes.append(len(shown))
        if rank != 1:
            top = shown[0].text.text if shown else ""
            missed.append({"seed": seed, "rank": rank, "kind": case.kind, "first": top})
    share = ranks["first"] / seeds
    print(
        json.dumps(
            {
                "cases": seeds,
                "files": FILES,
                "first": ranks["first"],
                "later": ranks["later"],
                "not_shown": ranks["not shown"],
                "changes_shown_mean": round(sum(shown_changes) / seeds, 1),
                "cpu_s": round(time.process_time() - began, 1),
                "gate": GATE,
                "passed": share >= GATE,
                "missed": missed,
            },
            indent=1,
        )
    )
    return 0 if share >= GATE else 1


if __name__ == "__main__":
    sys.exit(main())
