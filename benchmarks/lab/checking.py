"""Whether a recording is what its truth says."""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING, Any

from benchmarks.lab.truth import lines_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FORBIDDEN = ("/work/", "/root/", "pyenv", "/tmp/", "/var/tmp", "wt-lab", "benchmarks")  # noqa: S108
BAD_AFTER, TIMES_BEFORE, HEALTHY, BACKLOG = 0.12, 4.0, 0.025, 10
LARGEST = 3_000_000


def _effect(truth: dict[str, Any]) -> Iterator[str]:
    seen = truth["measured"]
    if truth["effect"] == "none":
        if seen["bad_after"] > HEALTHY or seen["bad_before"] > HEALTHY:
            yield f"not healthy: {seen['bad_before']} {seen['bad_after']}"
        return
    if truth["effect"] == "backlog":
        if seen["backlog_after"] < seen["backlog_before"] + BACKLOG:
            yield f"no backlog: {seen['backlog_before']} {seen['backlog_after']}"
        return
    if seen["bad_before"] > HEALTHY * 2:
        yield f"not healthy before: {seen['bad_before']}"
    if seen["bad_after"] < max(BAD_AFTER, TIMES_BEFORE * seen["bad_before"]):
        yield f"too small an effect: {seen['bad_before']} {seen['bad_after']}"


def _times(truth: dict[str, Any], alert: dict[str, Any] | None) -> Iterator[str]:
    if not alert:
        yield "no alert"
        return
    if truth["effect"] == "none":
        return
    if truth["onset"] is None:
        yield "no onset"
        return
    onset = datetime.fromisoformat(truth["onset"])
    if not truth["started"] < truth["onset"] < truth["ended"]:
        yield "onset outside the recording"
    firing = [a for a in alert["alerts"] if a["status"] == "firing"]
    if min(datetime.fromisoformat(a["startsAt"]) for a in firing) < onset:
        yield "alert before the onset"


def _lines(truth: dict[str, Any], files: Path) -> Iterator[str]:
    if truth["expected"] == "root_cause":
        effects = [e for e in truth["decisive"] if e != _line_of(truth["trigger"])]
        if not effects:
            yield "no decisive line"
        if truth["trigger"] and truth["trigger"]["file"] is None:
            yield "no line of the trigger"
    for entry in truth["decisive"]:
        path = files / entry["file"]
        texts = {number: text for number, _, text in lines_of(path)} if path.exists() else {}
        if not texts.get(entry["line"], "").startswith(entry["text"][:300]):
            yield f"{entry['file']}:{entry['line']} is not what the truth says"


def _line_of(trigger: dict[str, Any] | None) -> dict[str, Any] | None:
    if not trigger or not trigger["file"]:
        return None
    return {key: trigger[key] for key in ("file", "line", "text")}


def _files(files: Path) -> Iterator[str]:
    total = 0
    for path in sorted(files.rglob("*")):
        if not path.is_file():
            continue
        total += path.stat().st_size
        for number, _, text in lines_of(path):
            for word in FORBIDDEN:
                if word in text:
                    yield f"{path.name}:{number} holds {word}"
                    return
    if total > LARGEST:
        yield f"{total} bytes"


def problems(corpus: Path, ident: str) -> list[str]:
    """What is wrong with one recording, in words."""
    case = corpus / "case" / ident
    truth = json.loads((corpus / "truth" / f"{ident}.json").read_text())
    alert = json.loads((case / "alert.json").read_text())
    files = case / "files"
    return [
        *_times(truth, alert),
        *_effect(truth),
        *_lines(truth, files),
        *_files(files),
    ]


def check(corpus: Path) -> dict[str, list[str]]:
    """All recordings of a corpus, each with what is wrong with it."""
    return {
        path.stem: problems(corpus, path.stem) for path in sorted((corpus / "truth").glob("*.json"))
    }
