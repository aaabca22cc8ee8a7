"""What is brought becomes redacted chunks that can be read by themselves."""

from __future__ import annotations

import pytest

from core.errors import UnreadableEvidence
from core.knowledge.chunks import MOST
from core.knowledge.contents import ReadDocument, content_type_of, read_document
from core.knowledge.model import ChunkKind, ContentType
from core.knowledge.steps import steps_of
from core.redaction.engine import Redactor
from core.text.redacted import RedactedText
from tests.contracts.samples import a_document, a_version

REDACTOR = Redactor(bytes(32))
PAGE = b"""<html><head><title>Disk</title><style>p {color: red}</style></head><body>
<h1>Disk full</h1><p>Free <b>space</b>.</p><script>steal()</script>
<ol><li>Look:<pre>df -h
du -sh</pre></li><li>Grow it</li></ol>
<table><tr><th>Mount</th><th>Owner</th></tr><tr><td>/var</td><td>a|b</td></tr></table>
<p onclick="x()">Mail &#111;ncall&#64;shop.test"""


def read(text: str | bytes, kind: ContentType = ContentType.MARKDOWN) -> ReadDocument:
    raw = text.encode() if isinstance(text, str) else text
    document = a_document()
    version = a_version(document.id, raw=raw, title=RedactedText.EMPTY, content_type=kind)
    return read_document(document, version, redactor=REDACTOR)


def shown(document: ReadDocument) -> str:
    return "\n".join(f"{c.headings.text}\n{c.text.text}" for c in document.chunks)


class TestMarkdown:
    def test_chunks_have_their_headings_and_keep_steps_with_commands(self) -> None:
        steps_text = "1. do\n\n   ```sh\n   ls `x`\n   ```\n\n2. more"
        text = f"# A\n\nintro\n\n## B\n\n{steps_text}\n\n## C_d\n\nend"
        chunks = read(text).chunks
        assert [(c.headings.text, c.kind) for c in chunks] == [
            ("A", ChunkKind.PROSE),
            ("A > B", ChunkKind.STEPS),
            ("A > C_d", ChunkKind.PROSE),
        ]
        steps = [(step.text.text, step.is_command) for step in steps_of(chunks[1:2])]
        assert steps == [("do", False), ("ls `x`", True), ("more", False)]

    def test_the_title_is_what_stands_in_front_else_the_first_heading(self) -> None:
        assert read("---\ntitle: 'Lag'\nweight: 1\n---\n# Other\n\nx").title.text == "Lag"
        assert read("# **Other**\n\nx").title.text == "Other"
        assert "weight" not in shown(read("---\ntitle: Lag\nweight: 1\n---\n# Other\n\nx"))

    def test_what_is_too_long_is_cut_between_lines_with_its_fence_and_its_head(self) -> None:
        code = "```sh\n" + "echo one\n" * 900 + "```"
        table = "| a | b |\n| - | - |\n" + "| 1 | 2 |\n" * 900
        chunks = read(f"# T\n\n{code}\n\n{table}").chunks
        assert all(len(c.text.text) <= MOST for c in chunks)
        fenced = [c.text.text for c in chunks if c.kind is ChunkKind.COMMANDS]
        assert all(text.startswith("```") and text.endswith("```") for text in fenced)
        tables = [c.text.text for c in chunks if c.kind is ChunkKind.TABLE]
        assert all(text.startswith("| a | b |\n| - | - |\n") for text in tables)
        assert sum(text.count("echo one") for text in fenced) == 900

    def test_an_endless_line_is_cut(self) -> None:
        chunks = read("x" * 50_000).chunks
        assert sum(len(c.text.text) for c in chunks) == 50_000


class TestPages:
    def test_a_page_is_read_without_what_runs(self) -> None:
        document = read(PAGE, ContentType.HTML)
        text = shown(document)
        assert document.title.text == "Disk"
        assert "df -h\ndu -sh" in text
        assert "2. Grow it" in text
        assert "| /var | a\\|b |" in text
        for gone in ("steal", "color", "onclick", "oncall@shop.test"):
            assert gone not in text

    @pytest.mark.parametrize("text", ["<" * 5_000, "<div>" * 5_000 + "x", "<ul><li>" * 2_000 + "x"])
    def test_no_page_takes_long(self, text: str) -> None:
        chunks = read(f"<p>words</p>{text}", ContentType.HTML).chunks
        assert chunks[0].text.text.startswith("words")
        assert all(len(c.text.text) <= MOST for c in chunks)


class TestWhatIsNone:
    @pytest.mark.parametrize("raw", [b"", b"  \n", b"\0\1\2" * 99, b"---\ntitle: x\n---\n"])
    def test_no_text_is_refused(self, raw: bytes) -> None:
        with pytest.raises(UnreadableEvidence):
            read(raw)

    def test_what_is_no_pdf_is_refused(self) -> None:
        with pytest.raises(UnreadableEvidence):
            read(b"%PDF-1.7 broken", ContentType.PDF)


def test_a_secret_over_several_lines_is_in_no_chunk() -> None:
    body = "MIIEpAIBAAKCAQEA" * 4
    begin, end = (f"-----{word} RSA PRIVATE KEY-----" for word in ("BEGIN", "END"))
    text = f"# Key\n\n```\n{begin}\n" + f"{body}\n" * 60 + f"{end}\n```\n"
    document = read(text)
    assert body not in shown(document)
    assert body not in document.content.text


def test_the_name_says_what_it_is_else_the_sender() -> None:
    assert content_type_of("a.md") is ContentType.MARKDOWN
    assert content_type_of("a.HTM") is ContentType.HTML
    assert content_type_of("a.py") is ContentType.CODE
    assert content_type_of("README", "text/plain; charset=utf-8") is ContentType.TEXT
