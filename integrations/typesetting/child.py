"""The process that sets one report in type: `python -m integrations.typesetting.child`.

Standard input is one JSON document, standard output the PDF. Before typst sees the text, the
process gives up the right to open anything: no file can be read and no connection made while it
compiles, whatever a text says. It ends by itself at its limits of time, memory and pages.
"""

from __future__ import annotations

import json
import os
import resource
import sys
from enum import IntEnum
from pathlib import Path
from typing import Any

TEMPLATE = Path(__file__).with_name("report.typ")
PAGES = 12
CPU_S = 20
MEMORY = 1024 * 2**20  # bytes of address space; a report of four pages has 50 MiB resident
NICE = 10  # whoever answers people goes first
_TOO_MANY_PAGES = "too many pages"  # as the template says it


class Exit(IntEnum):
    """How the process ends."""

    OK = 0
    BROKEN = 3
    TOO_LONG = 4


def main() -> int:
    """Set the report on standard input; the PDF goes to standard output."""
    import typst  # noqa: PLC0415 - extra `pdf`

    os.nice(NICE)
    request = json.load(sys.stdin.buffer)
    template = TEMPLATE.read_bytes()
    fonts = typst.Fonts(include_system_fonts=False)
    give_up_rights()
    try:
        pdf = typst.compile(
            template,
            font_paths=fonts,
            ignore_system_fonts=True,
            sys_inputs={"report": json.dumps(request["report"]), "pages": str(PAGES)},
            timestamp=request["at"],
        )
    except typst.TypstError as error:
        return Exit.TOO_LONG if _TOO_MANY_PAGES in error.message else Exit.BROKEN
    _write(pdf)
    return Exit.OK


def give_up_rights() -> None:
    """From now on this process opens no file, no socket and no process, and has its limits."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S))
    os.closerange(3, 4096)
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, 3))


def _write(pdf: Any) -> None:
    sys.stdout.buffer.write(pdf)
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    sys.exit(main())
