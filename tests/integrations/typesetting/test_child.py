"""The process that sets type can open nothing, whatever it is told to compile."""

from __future__ import annotations

import asyncio
import json
import sys
from asyncio.subprocess import PIPE

import pytest

pytest.importorskip("typst", reason="the extra `pdf` is not installed")

from typing import TYPE_CHECKING

from integrations.typesetting.pdf import ROOT

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.integration

# What a template could ask for if a text of a case ever became one. Before it gives up its rights
# the process can do all of this, which proves that the test would see it.
ASKED = {
    "a file": '#read("/secret.txt")',
    "a picture": '#image("/secret.svg")',
    "another source": '#include "/secret.typ"',
    "a package": '#import "@preview/example:0.1.0"',
}
PROGRAM = """
import json, mmap, os, socket, sys
import typst
from integrations.typesetting.child import give_up_rights
request = json.load(sys.stdin)
fonts = typst.Fonts(include_system_fonts=False)
if request["limited"]:
    give_up_rights()
answer = {}
for name, source in request["asked"].items():
    try:
        typst.compile(source.encode(), root=request["root"], font_paths=fonts)
        answer[name] = "compiled"
    except typst.TypstError as error:
        answer[name] = error.message
for name, attempt in {
    "open": lambda: open("/etc/hostname"),
    "socket": lambda: socket.socket(),
    "process": lambda: os.pipe(),
}.items():
    try:
        attempt()
        answer[name] = "opened"
    except OSError as error:
        answer[name] = error.strerror
try:
    mmap.mmap(-1, 3 * 2**30)  # reserved and never touched
    answer["memory"] = "taken"
except OSError:
    answer["memory"] = "refused"
print(json.dumps(answer))
"""


async def tried(root: Path, *, limited: bool) -> dict[str, str]:
    asked = {name: source for name, source in ASKED.items() if limited or name != "a package"}
    request = {"asked": asked, "limited": limited, "root": str(root)}
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        PROGRAM,
        stdin=PIPE,
        stdout=PIPE,
        env={"PYTHONPATH": str(ROOT)},
    )
    out, _ = await process.communicate(json.dumps(request).encode())
    answer: dict[str, str] = json.loads(out)
    return answer


@pytest.fixture
def root(tmp_path: Path) -> Path:
    svg = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'
    for name, content in {"txt": "secret", "svg": svg, "typ": "secret"}.items():
        (tmp_path / f"secret.{name}").write_text(content)
    return tmp_path


async def test_it_reads_no_file_and_fetches_no_package(root: Path) -> None:
    answer = await tried(root, limited=True)
    assert "compiled" not in answer.values()
    assert "opened" not in answer.values()
    assert answer["open"] == answer["socket"] == "Too many open files"
    assert answer["memory"] == "refused"


async def test_without_that_it_could(root: Path) -> None:
    answer = await tried(root, limited=False)
    assert set(answer.values()) == {"compiled", "opened", "taken"}
