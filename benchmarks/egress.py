"""The share of secrets that leave no trace at each of twelve ways out of the product.

`--data FILE` holds one JSON object a line: id, kind, carrier, text, service, and `secret` or
`benign`, which stands in the text. `faultmaven up` runs as a user runs it, beside a Slack on
loopback; every text comes in through the door of its carrier: a log or a setting as a file, a
message in the thread, an alert's label or annotation, the name of a file, a folder, a service or a
speaker. Then everything that comes out is read (`tests/journeys/egresses.py`), and each secret is
looked for as it is, and as JSON, HTML, a URL and base64 spell it. Of the look-alikes those count
that redaction leaves as they are.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import contextlib
import html
import json
import os
import sys
import tempfile
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, quote_plus

import httpx

from core.redaction.engine import Redactor
from faultmaven.operator_client import client_of
from faultmaven.operator_endpoint import read_endpoint
from tests.fakes.slack import a_slack
from tests.journeys.alertmanagers import TOKEN
from tests.journeys.egresses import EGRESSES, Outlet, collect, terminal
from tests.journeys.operator import an_operator
from tests.journeys.stages import InSlack, waits_for
from tests.journeys.test_marked_fields import an_alert
from tests.journeys.up import up_in

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tests.fakes.slack import FakeSlack
    from tests.journeys.up import Up

GATE, BENIGN_GATE = 0.98, 0.97
OPERATOR = "/api/v1/operator"
_SUFFIXES = {"log_file": "log", "config_file": "conf"}
_ALERTS_AT_ONCE, _TEXTS_OF_A_FILE = 6, 8
_CORRECTED = 6  # every so many texts are typed as corrections, too, which say the same again
_PATIENCE = 6  # times as long as a test waits
_SHORTEST_CODED = 6  # characters: what is shorter stands in any base64


@dataclass(frozen=True, kw_only=True)
class Planted:
    """One text of the corpus."""

    id: str
    kind: str
    carrier: str
    text: str
    service: str = ""
    secret: str | None = None
    benign: str | None = None

    @property
    def forms(self) -> set[str]:
        """Every spelling in which the secret would be legible."""
        secret = self.secret or ""
        forms = {secret, json.dumps(secret)[1:-1], json.dumps(json.dumps(secret))[3:-3]}
        forms |= {html.escape(secret), quote(secret, safe=""), quote_plus(secret)}
        forms |= {json.dumps(secret, ensure_ascii=False)[1:-1], repr(secret)[1:-1]}
        if len(secret) >= _SHORTEST_CODED:
            forms.add(base64.b64encode(secret.encode()).decode().rstrip("="))
            forms.add(base64.urlsafe_b64encode(secret.encode()).decode().rstrip("="))
        return forms - {""}


@dataclass
class Corpus:
    """What is planted, and where it is carried."""

    planted: list[Planted]
    doors: dict[str, list[Planted]] = field(default_factory=lambda: defaultdict(list))

    @classmethod
    def read(cls, path: Path) -> Corpus:
        names = Planted.__dataclass_fields__
        lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        planted = [Planted(**{k: v for k, v in line.items() if k in names}) for line in lines]
        corpus = cls(planted)
        for item in planted:
            corpus.doors[item.carrier].append(item)
        return corpus

    @property
    def secrets(self) -> list[Planted]:
        return [item for item in self.planted if item.secret]

    def carried_by(self, *carriers: str) -> list[Planted]:
        return [item for carrier in carriers for item in self.doors[carrier]]


def main(arguments: Sequence[str] | None = None) -> int:
    """Print one JSON document; exit code 1 where a gate does not hold or nothing was planted."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.egress", description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--missed", type=Path, help="write what was seen, by egress")
    chosen = parser.parse_args(arguments)
    corpus = Corpus.read(chosen.data)
    if not corpus.secrets:
        sys.exit("no secret in the data: nothing was measured")
    with tempfile.TemporaryDirectory() as folder:
        outlet = asyncio.run(_played(corpus, Path(folder)))
    seen = {egress: _seen(corpus, outlet.whole(egress)) for egress in EGRESSES}
    if chosen.missed:
        chosen.missed.write_text(json.dumps(seen, indent=1), encoding="utf-8")
    sys.stdout.write(json.dumps(_document(corpus, outlet, seen), indent=1) + "\n")
    return 0 if _document(corpus, outlet, seen)["gates_hold"] else 1


def _document(corpus: Corpus, outlet: Outlet, seen: dict[str, list[str]]) -> dict[str, Any]:
    total = len(corpus.secrets)
    shares = {
        egress: {
            "clean": round(1 - len(ids) / total, 4),
            "n": total,
            "characters": len(outlet.whole(egress)),
        }
        for egress, ids in seen.items()
    }
    benign = _kept(corpus)
    worst = min(share["clean"] for share in shares.values())
    kinds = {item.id: item.kind for item in corpus.planted}
    return {
        "benchmark": "egress",
        "ours": {"egresses": shares, "worst": worst, "benign": benign},
        "peer": None,
        "n": total,
        "gates": {"clean": GATE, "benign": BENIGN_GATE},
        "seen_most": Counter(
            kinds[id_] for id_ in {i for ids in seen.values() for i in ids}
        ).most_common(12),
        "load": round(os.getloadavg()[0], 2),
        "gates_hold": worst >= GATE
        and (benign["kept"] is None or benign["kept"] >= BENIGN_GATE)
        and all(share["characters"] for share in shares.values()),
    }


def _seen(corpus: Corpus, text: str) -> list[str]:
    """The ids of the secrets that something legible is left of."""
    return [item.id for item in corpus.secrets if any(form in text for form in item.forms)]


def _kept(corpus: Corpus) -> dict[str, Any]:
    redactor = Redactor(bytes(32))
    alike = [item for item in corpus.planted if item.benign]
    kept = sum(item.benign in redactor.clean(item.text).text for item in alike if item.benign)
    return {"kept": round(kept / len(alike), 4) if alike else None, "n": len(alike)}


async def _played(corpus: Corpus, folder: Path) -> Outlet:
    async with a_slack() as slack, up_in(folder, **slack.settings()) as up:
        await _fire(up, corpus)
        await waits_for("orders", InSlack(slack).card)
        await _drop(up, corpus)
        await _talk(up, slack, corpus)
        await _settle(up)
        outlet = await collect(up, slack)
    outlet.add("terminal", await _investigated(corpus, folder))
    return outlet


async def _settle(up: Up) -> None:
    """Return when all of it is read; a large corpus takes longer than a test would wait."""
    async with an_operator(up) as operator:
        for _ in range(_PATIENCE):
            with contextlib.suppress(TimeoutError):
                await operator.settled()
                return
    message = "the corpus is not read yet: give it more time, or plant less"
    raise TimeoutError(message)


async def _fire(up: Up, corpus: Corpus) -> None:
    """One alert opens the case; the others, with a label or an annotation each, a few more."""
    bodies = [an_alert(0)]
    for number, item in enumerate(corpus.carried_by("alert_label", "alert_annotation")):
        [alert] = an_alert(number + 1)["alerts"]
        named = "labels" if item.carrier == "alert_label" else "annotations"
        name = "detail" if named == "labels" else "description"
        alert[named] = {**alert[named], name: item.text}
        if number % _ALERTS_AT_ONCE == 0:
            bodies.append(an_alert(number + 1) | {"alerts": []})
        bodies[-1]["alerts"].append(alert)
    async with httpx.AsyncClient() as client:
        for body in bodies:
            headers = {"Authorization": f"Bearer {TOKEN}"}
            (await client.post(up.webhook, json=body, headers=headers)).raise_for_status()


def _files(corpus: Corpus) -> Iterator[tuple[str, str, str, str]]:
    """Name, service, who brings it, and content of each file."""
    line = "2026-11-17 02:00:{:02} ERROR orders: connection refused\n"
    plain = "".join(line.format(second) for second in range(20))
    yield from _texts(corpus, line.format(7))
    for number, item in enumerate(corpus.planted):
        name, service, by = f"{number}.log", item.service, "dana"
        match item.carrier:
            case "url":
                text = f"2026-11-17 02:00:01 ERROR orders: GET {item.text} failed\n"
                yield name, service, by, text
            case "file_name":
                yield item.text, service, by, plain + f"# {number}\n"
            case "folder_name":
                yield f"{item.text}/{name}", service, by, plain + f"# {number}\n"
            case "service_name":
                yield name, item.text, by, plain + f"# {number}\n"
            case "speaker_name":
                yield name, service, item.text, plain + f"# {number}\n"


def _texts(corpus: Corpus, between: str) -> Iterator[tuple[str, str, str, str]]:
    """Files of several texts each, with an ordinary line between them."""
    for carrier, suffix in _SUFFIXES.items():
        texts = [item.text for item in corpus.carried_by(carrier)]
        for at in range(0, len(texts), _TEXTS_OF_A_FILE):
            together = f"\n\n{between}\n".join(texts[at : at + _TEXTS_OF_A_FILE])
            yield f"{carrier}-{at}.{suffix}", "", "dana", together


async def _drop(up: Up, corpus: Corpus) -> None:
    endpoint = read_endpoint(up.folder / "data")
    assert endpoint is not None  # noqa: S101 - it is up
    async with client_of(endpoint) as client:
        for name, service, by, content in _files(corpus):
            answer = await client.put(
                f"{OPERATOR}/cases/1/files",
                params={"name": name, "service": service},
                headers={"X-FaultMaven-User": _as_header(by)},
                content=content.encode(),
            )
            answer.raise_for_status()


def _as_header(name: str) -> str:
    """A header is of one line and of Latin letters."""
    return " ".join(name.encode("latin-1", "replace").decode("latin-1").split())


async def _talk(up: Up, slack: FakeSlack, corpus: Corpus) -> None:
    """Messages in the thread of the case; commands are pasted there and typed at the terminal."""
    stage = InSlack(slack)
    for item in corpus.carried_by("chat_message"):
        await stage.says(item.text)
    endpoint = read_endpoint(up.folder / "data")
    assert endpoint is not None  # noqa: S101 - it is up
    async with client_of(endpoint) as client:
        for number, item in enumerate(corpus.carried_by("command_argument", "chat_message")):
            verbs = ("note", "correct") if number % _CORRECTED == 0 else ("note",)
            for verb in verbs:
                line = f"{verb} {item.text}"
                await client.post(f"{OPERATOR}/commands", json={"text": line, "case": 1})


async def _investigated(corpus: Corpus, folder: Path) -> str:
    """Files and names at the command line, in one run."""
    files = folder / "files"
    for number, (name, _, _, content) in enumerate(_files(corpus)):
        safe = [part[:120] for part in name.replace("\0", "").split("/") if part.strip(".")]
        path = files.joinpath(str(number), *safe)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    question = " ".join(item.text for item in corpus.carried_by("command_argument"))[:15_000]
    return await terminal(str(files), "--question", f"why {question}?", folder=folder)


if __name__ == "__main__":
    sys.exit(main())
