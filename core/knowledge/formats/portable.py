"""The text of a PDF, page by page. pypdf reads it: pure Python, well kept, and it runs nothing."""

from __future__ import annotations

import io

from core.errors import UnreadableEvidence

MOST_PAGES = 500


def pdf_as_text(raw: bytes) -> tuple[str, str]:
    """Its title ("" where it has none), and its words. Raises UnreadableEvidence."""
    from pypdf import PdfReader  # noqa: PLC0415 - few documents are PDF
    from pypdf.errors import PyPdfError  # noqa: PLC0415

    try:
        reader = PdfReader(io.BytesIO(raw))
        pages = [page.extract_text() for page in reader.pages[:MOST_PAGES]]
        title = str(reader.metadata.title or "") if reader.metadata else ""
    except (PyPdfError, ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
        message = "this PDF cannot be read"
        raise UnreadableEvidence(
            message, next_step="Save it anew, or bring its text as Markdown."
        ) from error
    text = "\n\n".join(page.strip() for page in pages if page.strip())
    if not text:
        message = "this PDF holds no text, only pictures"
        raise UnreadableEvidence(message, next_step="Bring its text as Markdown.")
    return title.strip(), text
