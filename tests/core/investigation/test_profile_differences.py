"""Profiles as evidence: what grew, and the function that a verdict names."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from core.cases.model import EvidenceKind
from core.evidence.model import Finding, FindingKind, PlainFile
from core.evidence.pipeline import extract
from core.investigation.causes.measurements import ServiceMeasurements
from core.investigation.causes.metric_features import CPU, MEMORY, MetricFeature
from core.investigation.causes.profile_evidence import profile_of
from core.investigation.decision import Situation
from core.investigation.profile_differences import with_profile_differences
from core.investigation.reasoner import decide
from core.investigation.verdict.citations import CitableEvidence
from core.redaction.engine import Redactor
from tests.core.evidence.profiles.recorded import SAMPLES
from tests.core.investigation.causes.sample_system import System
from tests.core.investigation.causes.sample_system import situation as of_system
from tests.core.investigation.sample_situations import T0, a_file, an_alert

REDACTOR = Redactor(b"k" * 32)


def with_profiles(situation: Situation, service: str, *names: str) -> Situation:
    files, findings = list(situation.files), dict(situation.findings)
    for number, name in enumerate(names, start=len(files) + 1):
        original = PlainFile(SAMPLES / name)
        extraction = extract(original, name=name, service=service, redactor=REDACTOR)
        file = a_file(name, service, first=None, last=None, lines=extraction.lines)
        files.append(replace(file, id=f"p{number}", number=number))
        findings[f"p{number}"] = extraction.findings
    return with_profile_differences(replace(situation, files=tuple(files), findings=findings))


def grown(situation: Situation) -> list[Finding]:
    findings = (finding for of_file in situation.findings.values() for finding in of_file)
    return [finding for finding in findings if finding.data.get("role") == "grown"]


def alerted(what: str) -> Situation:
    occurrence = replace(an_alert("shop", T0), name=what)
    return Situation(at=T0 + timedelta(minutes=5), occurrences=(occurrence,), files=(), findings={})


def test_what_grew_between_two_dumps_is_told_of_the_newer() -> None:
    classes = with_profiles(alerted("Slow"), "shop", "java-classes-1.txt", "java-classes-2.txt")
    texts = [finding.text.text for finding in grown(classes)]
    line = "`Shop$CartLine` grew: 480 kB → 4.8 MB of memory in use (before: java-classes-1.txt)"
    assert line in texts
    assert {finding.locus.file for finding in grown(classes)} == {"java-classes-2.txt"}


@pytest.mark.parametrize(
    "names", [("go-cpu.pb.gz", "java-classes-2.txt"), ("python.folded", "java-events.txt")]
)
def test_profiles_of_other_kinds_or_programs_are_not_compared(names: tuple[str, ...]) -> None:
    assert grown(with_profiles(alerted("Slow"), "shop", *names)) == []


def test_the_verdict_names_the_function_that_takes_the_cpu() -> None:
    system = System(changed={("ledger", "cpu_percent"): 4.5, ("ledger", "latency_p95_ms"): 6.0})
    case = with_profiles(of_system(system), "ledger", "go-cpu.pb.gz")
    leader = decide(case).hypotheses[0]
    assert (leader.cause.service, leader.cause.fault) == ("ledger", CPU)
    (line,) = [line for line in leader.supporting if "main.price" in line.text.text]
    assert line.why.text == "its profile says where"
    assert line.kind is EvidenceKind.METRIC
    assert line.weight > 0.3
    assert CitableEvidence(case).holds(line)


def test_a_profile_of_another_service_names_nothing() -> None:
    system = System(changed={("ledger", "cpu_percent"): 4.5, ("ledger", "latency_p95_ms"): 6.0})
    case = with_profiles(of_system(system), "menu", "go-cpu.pb.gz")
    lines = [line for hypothesis in decide(case).hypotheses for line in hypothesis.supporting]
    assert lines
    assert not [line for line in lines if "main.price" in line.text.text]


def test_an_alert_about_the_cpu_is_enough_for_a_profile_to_name_the_function() -> None:
    leader = decide(with_profiles(alerted("HighCPU"), "shop", "go-cpu.pb.gz")).hypotheses[0]
    assert leader.cause.fault == CPU
    assert "main.price" in leader.supporting[0].text.text
    assert leader.supporting[0].why.text == "the alert is about it, and its profile says where"


def test_without_an_alert_about_it_a_profile_accuses_nobody() -> None:
    assert decide(with_profiles(alerted("Slow"), "shop", "go-cpu.pb.gz")).hypotheses == ()


def test_of_memory_the_class_of_the_program_that_grew_is_named() -> None:
    names = ("java-classes-1.txt", "java-classes-2.txt")
    case = with_profiles(alerted("HeapMemoryHigh"), "shop", *names)
    leader = decide(case).hypotheses[0]
    assert leader.cause.fault == MEMORY
    assert leader.supporting[0].text.text.startswith("`Shop$CartLine` grew")


def test_a_deadlock_in_a_thread_dump_is_a_cause_by_itself() -> None:
    leader = decide(with_profiles(alerted("Down"), "shop", "java-threads.txt")).hypotheses[0]
    assert leader.cause.fault == "process_deadlocked"
    assert "Deadlock of 2 threads" in leader.supporting[0].text.text


def test_many_threads_at_one_lock_speak_for_full_queues() -> None:
    case = with_profiles(alerted("ThreadPoolSaturated"), "shop", "java-threads.txt")
    shown = profile_of(case, "shop", MetricFeature.SATURATION)
    assert shown is not None
    assert shown.finding.kind is FindingKind.THREADS
    assert "worker-0" in shown.text.text
    portrait = ServiceMeasurements(case).portraits["shop"]
    assert portrait.strength(MetricFeature.SATURATION) == 2.0
