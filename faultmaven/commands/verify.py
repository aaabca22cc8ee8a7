"""`faultmaven verify`: checks an exported case against its signature; reads that file alone."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from core.cases.bundle.manifest import read_key, spell_key
from core.cases.bundle.verification import verify
from core.errors import FaultMavenError, WrongUsage
from faultmaven.output import print_json, print_line
from storage.sealing.signatures import is_signed

if TYPE_CHECKING:
    from pathlib import Path

    from core.cases.bundle.verification import Verified

_WORDS = {
    "quoted": "word by word in the redacted lines",
    "found": "as what was found at their place",
    "unplaced": "name no place (alerts, and what is absent)",
    "struck": "were struck through by the engine",
    "gone": "rest in files that were given up",
    "unresolved": "DO NOT RESOLVE",
}


def run(*, bundle: Path, key: str | None, as_json: bool) -> int:
    """0 where all of it adds up, 1 with what does not and where."""
    pinned = spell_key(read_key(key)) if key is not None else None
    if not bundle.is_file():
        raise WrongUsage(f"{bundle} is no file", next_step="Name what `export` wrote.")
    try:
        with bundle.open("rb") as file:
            proven = verify(file, is_signed=is_signed, key=pinned)
    except FaultMavenError as error:
        if as_json:
            print_json({"ok": False, "problem": str(error), "next_step": error.next_step})
        raise
    if as_json:
        print_json({"ok": True, "key_was_given": pinned is not None, **asdict(proven)})
    else:
        _print(proven, is_pinned=pinned is not None)
    return 0


def _print(proven: Verified, *, is_pinned: bool) -> None:
    erased = f", {proven.erased} erased" if proven.erased else ""
    print_line(f"ok  members: {proven.members}, each as {_files(proven)}")
    print_line(f"ok  events: {proven.events} in an unbroken chain, head {proven.head[:16]}…")
    print_line(f"ok  texts: all that the events refer to{erased}")
    print_line(f"ok  case: #{proven.number} is what its events amount to")
    for how, count in proven.citations.items():
        mark = "BAD" if how == "unresolved" else "ok "
        print_line(f"{mark} citations: {count} {_WORDS[how]}")
    for claim in proven.unresolved:
        print_line(f"    {claim}")
    print_line(f"ok  signature: by {proven.key}")
    if not is_pinned:
        print_line(
            "    → Anybody can sign: compare the key with the installation's, or pass --key."
        )


def _files(proven: Verified) -> str:
    held = f", with {proven.originals} originals" if proven.originals else ""
    return f"it was signed{held}"
