"""What can be dropped into a case, and what is extracted from it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.evidence.archives.bounds import BOUNDS, MAX_DEPTH, MAX_FAMILY_FILES
from core.evidence.extractor import extractors
from core.evidence.model import FindingKind

if TYPE_CHECKING:
    from collections.abc import Iterator

READS = {
    "log": "JSON lines, logfmt, syslog (RFC 3164, RFC 5424), systemd journal, klog and glog, nginx,"
    " Apache and other access lines, PostgreSQL, Redis, log4j, logback, Python, zap, zerolog,"
    " pino, winston, and whatever has a header that its lines share; in Docker's, Kubernetes' and"
    " syslog's wrappers; stack traces of Java, Python, Go, Node, Ruby, .NET,"
    " Rust, PHP, Swift, Elixir and Erlang, and those that gdb prints",
    "metric": "Prometheus: text, OpenMetrics, answers of `query` and `query_range`; export lines of"
    " VictoriaMetrics; what `promtool query` prints; CloudWatch (GetMetricData,"
    " GetMetricStatistics); lines and answers of Graphite (also `raw` and `csv`), InfluxDB,"
    " OpenTSDB and Datadog; OTLP as JSON; Google's and Azure's monitoring; data frames of"
    " Grafana's panel inspector; series in JSON of any nesting, as pairs, points, rows or lists"
    " beside their times; tables of numbers over time (CSV, TSV, Grafana's export), also several"
    " in a file (InfluxDB's annotated CSV), of Markdown and wikis, and those that tools print again"
    " and again: `sar`, `vmstat -t`, `iostat -t`, `pidstat`, psql's `\\watch`, mysql's `\\G`, and"
    " loops of `date` with `docker stats`, `kubectl top` or `df`",
    "trace": "Jaeger, Zipkin (both versions), OTLP, Datadog, AWS X-Ray and SkyWalking as JSON,"
    " tables of spans as CSV, trees of spans as text below the time of their trace",
    "topology": '`{"calls": [["caller", "callee"], …]}`',
    "markdown": "outline, steps, commands and links of a runbook",
    "configuration": "settings with path and line: YAML (Kubernetes, Helm, Compose), JSON with"
    " comments, TOML, INI, properties, environments, nginx, HCL; differences of two versions,"
    " also as a diff or patch of any dialect, or as plans and audits state them; dangerous"
    " settings; what `kubectl get -o yaml`, `get events` and `describe` tell of failures; reports"
    " of tools: `systemd-analyze` (`blame`, `critical-chain`, `time`), `monit status` and `monit"
    " summary`, the summary of a load test by k6 as text and JSON",
    "profile": "profiles: pprof (Go and others, packed or not), Go's heap, lock and goroutine"
    " profiles as text, dumps of cProfile, py-spy (raw, speedscope, trace events), V8's CPU and"
    " heap profiles, folded stacks, `perf script`, what `jfr print` prints; thread dumps of Java,"
    " Go and Python (`py-spy dump`, faulthandler); `jmap -histo`",
    "code": "functions, classes and imports, with their lines: Python, Java, Kotlin, Scala, Go,"
    " JavaScript, TypeScript, C#, Ruby, PHP, C, C++ and Rust; the functions that a diff touches, or"
    " two versions of a file; the function that a stack trace names",
    "image": "screenshots as PNG, JPEG, WebP, GIF (first frame) or BMP, where the program"
    " `tesseract` is installed: their text as a log or as text, line by line; of panels of graphs"
    " with legible axes what each curve did, from what to what, and when. All of it is approximate"
    " and says so; ids in it join nothing",
    "text": "any other text: notes, reports of profilers, other code; what it says of known"
    " failures",
}
MEANINGS = {
    FindingKind.TEMPLATE: "a kind of line, with its count",
    FindingKind.BURST: "a kind of line whose rate jumped",
    FindingKind.FIRST_SEEN: "a kind of line that began after the log had gone on for a while",
    FindingKind.VANISHED: "a kind of line that came steadily and stopped, or a series that ends",
    FindingKind.RARE: "a kind of very few lines",
    FindingKind.FIRST_ERROR: "the first error of a file",
    FindingKind.ERROR_RATE: "how many errors, and when most of them",
    FindingKind.STACK_TRACE: "a stack trace, once per kind",
    FindingKind.SIGNAL: "lines that a [failure signature](signatures.md) knows",
    FindingKind.CHANGE: "a deploy, restart or change of configuration",
    FindingKind.METRIC: "a series that changed its level, slope or spread, and when",
    FindingKind.ANOMALY: "points of a series that stand out, or a stretch in which it stands still",
    FindingKind.CORRELATION: "series that move together, and which comes first",
    FindingKind.SPAN: "an operation that is slow or fails",
    FindingKind.PATH: "the critical path of a request",
    FindingKind.CALL: "one service calls another",
    FindingKind.SKEW: "clocks of two hosts that differ, by how much and how surely",
    FindingKind.MOVES: "what a service's series did, for the ranking of causes; on no card",
    FindingKind.ORIGIN: "who wrote a log: its names, addresses and product; on no card",
    FindingKind.PACE: "how a service's calls went by the minute, for the same; on no card",
    FindingKind.SETTINGS: "what a configuration file sets, for comparison; on no card",
    FindingKind.PROFILE: "a function, a class or a path that much of a program's time or memory"
    " goes to, and what grew between two profiles",
    FindingKind.THREADS: "threads that lock each other up, or wait in numbers at one place or lock",
    FindingKind.PROFILE_SHARES: "the weights of a profile's functions, for comparison; on no card",
    FindingKind.HAZARD: "a setting that is dangerous, and why",
    FindingKind.CODE: "what a file of code defines, with lines; on no card",
    FindingKind.IDENTIFIERS: "the ids in a file, hashed; on no card",
    FindingKind.FUNCTION: "the function that stack traces end in, with its lines",
    FindingKind.NOTE: "prose of a person",
    FindingKind.STEP: "what a person writes that one should do",
}


def _archives() -> Iterator[str]:
    """What becomes of archives, and the bounds of that."""
    yield "Of a zip or a tar (also packed with gzip, zstd, bzip2 or xz) each member becomes a file"
    yield "of its own, under its path: `bundle.zip/api/app.log`. In a must-gather, a sosreport, a"
    yield "dump of a cluster and a copy of `/var/log` its place says whose it is: of a pod, or a"
    yield f"host. At most {BOUNDS.members:,} members of an archive are read, logs and text first,"
    yield f"{BOUNDS.member_bytes // 2**20:,} MiB of each and {BOUNDS.total_bytes // 2**20:,} MiB of"
    yield f"all; one that unpacks to more than {BOUNDS.always_bytes // 2**20} MiB and to more than"
    yield f"{BOUNDS.ratio} times its size is left alone. Archives in archives are unpacked"
    yield f"{MAX_DEPTH} deep, with at most {MAX_FAMILY_FILES:,} files in all. Left out are links,"
    yield "devices, encrypted members, programs, and folders such as `.git`; what was left out is"
    yield f"said with the archive. Of pictures the {BOUNDS.pictures} largest are read where"
    yield f"`tesseract` is installed, up to {BOUNDS.picture_bytes // 2**20} MiB each and"
    yield f"{BOUNDS.pictures_bytes // 2**20} MiB together, and none elsewhere. A 7z, rar or"
    yield "cab is unpacked within the same bounds where `bsdtar` is installed (Linux; on Debian"
    yield "`apt install libarchive-tools`); elsewhere it is said how to repack it:"
    yield "`bsdtar -caf logs.zip @logs.7z` ([why](../decisions/0070-7z-is-read-through-bsdtar.md))."
    yield ""


def evidence() -> Iterator[str]:
    """A line for each extractor and each kind of finding. KeyError where a new one has none."""
    yield "# Evidence"
    yield ""
    yield "What may be dropped, pasted, or given to `faultmaven extract` and `investigate`: text in"
    yield "UTF-8, UTF-16, UTF-32 or Latin-1, with or without terminal colours, as it is or packed"
    yield "with gzip, zstd, bzip2 or xz. Of screenshots see `image`. The"
    yield "content decides what a file is; its name only where that could be either. Generated by"
    yield "`make docs`."
    yield ""
    yield from _archives()
    yield "| extractor | reads |"
    yield "| --- | --- |"
    for extractor in sorted(extractors(), key=lambda extractor: list(READS).index(extractor.name)):
        yield f"| `{extractor.name}` | {READS[extractor.name]} |"
    yield ""
    yield "[Add one of your own](../how-to/add-an-extractor.md). What they find:"
    yield ""
    yield "| kind | is |"
    yield "| --- | --- |"
    for kind in FindingKind:
        yield f"| `{kind}` | {MEANINGS[kind]} |"
    yield ""
    yield "Each finding has a locus: file, lines (from 1, inclusive), bytes (half open, of the text"
    yield "as UTF-8), and for metrics the series with its window, for traces the span."
