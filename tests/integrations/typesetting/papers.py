"""Papers for tests, and what a PDF says."""

from __future__ import annotations

import io
from datetime import UTC, datetime

from pypdf import PdfReader

from core.conversation.reports.ports import Paper
from core.text.redacted import RedactedText, restore_redacted

AT = datetime(2026, 11, 20, 8, 30, tzinfo=UTC)
PICTURE = b"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 20" width="100" height="20">
<text x="5" y="15" font-size="10">painted</text></svg>"""


def a_paper(
    markdown: str, *, title: str = "Case #7: it broke", picture: bytes = b"", at: datetime = AT
) -> Paper:
    return Paper(
        title=restore_redacted(title),
        case=RedactedText.tag("#", 7),
        at=at,
        markdown=restore_redacted(markdown),
        pictures={"timeline": picture} if picture else {},
    )


def read_pdf(pdf: bytes) -> PdfReader:
    return PdfReader(io.BytesIO(pdf))


def text_of(pdf: bytes) -> str:
    """All that its pages say, on one line."""
    return " ".join(" ".join(page.extract_text() for page in read_pdf(pdf).pages).split())
