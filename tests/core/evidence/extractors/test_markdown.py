from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.evidence.extractor import Detected
from core.evidence.extractors.markdown import MAX_BYTES, MarkdownExtractor
from core.evidence.model import DataType, FindingKind
from tests.core.evidence.exhibits import exhibit

if TYPE_CHECKING:
    from pathlib import Path

    from core.evidence.model import Extraction, Finding

RUNBOOK = """\
# Basket is slow

Ask dana@example.com, see [the board](https://board.example.com/d/1 "Baskets") or <https://x.example>.

## Steps

1. Look at the pods with `kubectl get pods -n shop`.
   1. Those of the queue first.
2. Take a dump:

   ```sh
   $ kubectl exec basket-2 -- jcmd 1 Thread.print
   2026-11-17 02:00:00 Full thread dump
   ```

Then:

- [ ] tell the stores
- [x] `make freeze now`
- a plain item

```bash
# how long is it?
redis-cli llen basket
```

### Deeper

2026-11-17 FATAL:  sorry, too many clients already
"""


def extract(path: Path, text: str) -> Extraction:
    path.write_bytes(text.encode())
    seen = exhibit(path, Detected(DataType.TEXT, 0.9, "markdown"), name="run.md", service="shop")
    extractor = MarkdownExtractor()
    return extractor.enrich(extractor.extract(seen), seen)


def of(extraction: Extraction, kind: FindingKind, key: str | None = None) -> list[Finding]:
    return [
        finding
        for finding in extraction.findings
        if finding.kind is kind and (not key or key in finding.data)
    ]


def test_the_outline_says_which_lines_belong_to_a_heading(tmp_path: Path) -> None:
    extraction = extract(tmp_path / "a", RUNBOOK)
    headings = of(extraction, FindingKind.NOTE, "heading")
    assert [
        (finding.text.text, finding.data["heading"], finding.locus.label) for finding in headings
    ] == [
        ("Basket is slow", 1, "run.md:1-29"),
        ("Steps", 2, "run.md:5-29"),
        ("Deeper", 3, "run.md:27-29"),
    ]
    steps = headings[1].locus
    assert RUNBOOK.encode()[steps.byte_start : steps.byte_end].startswith(b"## Steps\n")


def test_steps_come_with_their_numbers_and_commands(tmp_path: Path) -> None:
    extraction = extract(tmp_path / "a", RUNBOOK)
    steps = of(extraction, FindingKind.STEP)
    assert [(finding.text.text.split("`")[0].strip(), dict(finding.data)) for finding in steps] == [
        ("Look at the pods with", {"number": 1, "command": "kubectl get pods -n shop"}),
        ("Those of the queue first.", {"number": 1}),
        ("Take a dump:", {"number": 2, "command": "kubectl exec basket-2 -- jcmd 1 Thread.print"}),
        ("tell the stores", {"done": False}),
        ("", {"done": True, "command": "make freeze now"}),
        ("redis-cli llen basket", {"command": "redis-cli llen basket"}),
    ]
    lines = RUNBOOK.split("\n")
    for step in steps:
        first = lines[step.locus.line_start - 1]
        assert step.text.text.split("`")[0].strip() in first or first.startswith("```")
    assert {step.service for step in steps} == {"shop"}


def test_links_are_kept_with_their_lines(tmp_path: Path) -> None:
    links = of(extract(tmp_path / "a", RUNBOOK), FindingKind.NOTE, "url")
    assert [
        (finding.text.text, finding.data["url"], finding.locus.line_start) for finding in links
    ] == [
        ("the board", "https://board.example.com/d/1", 3),
        ("https://x.example", "https://x.example", 3),
    ]


def test_what_a_text_says_is_said_too_and_redacted(tmp_path: Path) -> None:
    extraction = extract(tmp_path / "a", RUNBOOK)
    assert "dana@" not in str(extraction)
    assert extraction.findings[0].text.text.startswith("# Basket is slow")
    assert of(extraction, FindingKind.SIGNAL)[0].locus.line_start == 29
    assert (extraction.lines, extraction.extractor, extraction.problem) == (29, "markdown", None)


def test_secrets_in_commands_and_links_stay_inside(tmp_path: Path) -> None:
    secret = "hunter2" * 2
    text = f"1. run `curl -u ada:{secret} http://x`\n\nsee [it](https://ada:{secret}@x.example/a)\n"
    assert secret not in str(extract(tmp_path / "a", text).findings)


def test_a_key_in_a_block_of_commands_stays_inside(tmp_path: Path) -> None:
    body = "MIIEowIBAAKCAQEAy8Dbv8prpJ/0kKhlGeJYozo2t60EG8L0561g13R29LvM\n" * 4
    begin, end = (f"-----{word} RSA PRIVATE KEY-----\n" for word in ("BEGIN", "END"))
    key = begin + body + end
    assert "MII" not in str(extract(tmp_path / "a", f"# Key\n\n```sh\ncat <<EOF\n{key}EOF\n```\n"))


def test_a_long_document_is_parsed_in_part_and_says_so(tmp_path: Path) -> None:
    text = (
        "# One\n\n" + "Some words of a person, line by line.\n" * (2 * MAX_BYTES // 38) + "# Two\n"
    )
    extraction = extract(tmp_path / "a", text)
    assert "only the first 512 kB" in (extraction.problem or "")
    assert [finding.text.text for finding in of(extraction, FindingKind.NOTE, "heading")] == ["One"]
    assert extraction.lines == text.count("\n")


@pytest.mark.parametrize(
    "unit",
    ["> ", "- ", "1. ", "[", "[a](", "`", "**a ", "<", "# a\n", "- a\n  ", "|a", "a|b\n-|-\n",
     "```\n", "[a]: <b>\n", "\t", "![", "* * ", "\\", "&amp;"],
)  # fmt: skip
def test_no_document_takes_long(tmp_path: Path, unit: str) -> None:
    text = (unit * 15_000)[:15_000] + "\n"
    began = time.process_time()
    extract(tmp_path / "a", "# Title\n\n" + text)
    assert time.process_time() - began < 3


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40
)
@given(
    st.lists(
        st.sampled_from(["# a", "1. b `c d`", "   - [ ] e", "```sh", "$ f", "> 2. g", "", "| a |",
                         "|-|", "[h](i)", "\x1b[1mj", "\r", "ä\0", "***", "    k"]),
        max_size=30,
    )
)  # fmt: skip
def test_findings_point_into_the_document(tmp_path: Path, lines: list[str]) -> None:
    text = "\n".join(lines)
    extraction = extract(tmp_path / "a", text)
    size = len(text.encode())
    for finding in extraction.findings:
        assert 1 <= finding.locus.line_start <= finding.locus.line_end <= max(1, extraction.lines)
        assert 0 <= finding.locus.byte_start <= finding.locus.byte_end <= size
