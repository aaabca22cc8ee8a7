"""All that a plug-in may import: what an extractor of evidence is handed, and what it gives.

An extractor is a class with a `name` and three methods; `Extractor` says what each has to do. It
is found by an entry point of the group `faultmaven.extractors`, whose name is the extractor's:

    [project.entry-points."faultmaven.extractors"]
    shopbox = "shopbox_extractor:ShopboxExtractor"

It is made once a process, without arguments, keeps no state, and serves every file.

**detect(head)** says whether a file is its own. `Head` has the first 64 KiB: `raw` as bytes (of
the unpacked, decoded text), `text`, `lines` (those that say something, without colours), `name`.
It returns None, or a `Detected` with its own name. The scale of `confidence` is everybody's: 0.95
and more, it parsed as that format; 0.6 to 0.9, most of it looks like it; 0.5 and less, a guess.
Ours come first where two are equally sure.

**extract(exhibit)** reads the file, in one go and in bounded memory. `exhibit.original` is read
with `read_blocks` (numbered lines as polars Series, with byte offsets) or `read_text` (chunks of
UTF-8); both unpack and decode. What leaves goes through `exhibit.redactor.clean(text)`, which
makes `RedactedText`; words of your own are
`RedactedText.format("{n} orders failed", n=3)`. It returns an
`Extraction`, whose `findings` each have a `FindingKind`, a `Level` and a `Locus`: where a citation
points.

**enrich(extraction, exhibit)** adds what follows from all of it together, or returns it as it is.

A file that breaks its own format: raise `UnreadableEvidence`. Whatever is raised, the file goes to
the next best extractor, and its `problem` names yours and your distribution.
"""

from __future__ import annotations

from core.errors import UnreadableEvidence
from core.evidence.events.table import COLUMNS
from core.evidence.extractor import (
    HEAD_BYTES,
    Detected,
    EventTable,
    Exhibit,
    Extractor,
    Head,
)
from core.evidence.lines import Block, read_blocks, read_head, read_text
from core.evidence.model import DataType, Extraction, Finding, FindingKind, Level, Locus, Original
from core.jobs.model import Scalar
from core.redaction.engine import Redactor
from core.text.redacted import RedactedText

__all__ = [
    "COLUMNS",
    "HEAD_BYTES",
    "Block",
    "DataType",
    "Detected",
    "EventTable",
    "Exhibit",
    "Extraction",
    "Extractor",
    "Finding",
    "FindingKind",
    "Head",
    "Level",
    "Locus",
    "Original",
    "RedactedText",
    "Redactor",
    "Scalar",
    "UnreadableEvidence",
    "read_blocks",
    "read_head",
    "read_text",
]
