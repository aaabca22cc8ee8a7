"""Documents over the API: brought, read by a job, found, compared, tagged, deleted."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pytest

from core.accounts.model import AccountRole
from core.errors import StoreUnavailable
from core.knowledge.contents import MAX_BYTES
from core.workflows.accounts import Registration, make_account
from faultmaven.wiring import EVERYONE
from faultmaven.worker_pool import WorkerPool, start_pool
from storage.jobs.inprocess import InProcessWakeUp
from storage.memory import MemoryJobs, MemoryStore
from tests.api.conftest import PASSWORD, Api

if TYPE_CHECKING:
    import httpx

LAG = """---
title: Replica lag
---
# PostgresReplicaLagging

## Meaning

The replica is behind its primary.

## Mitigation

1. Look at the load of the primary:

   ```shell
   psql -c 'select * from pg_stat_replication'
   ```

2. Ask on-call, oncall@shop.test.
"""
DISK = "# Disk full\n\nFree space on the volume.\n\n```\ndf -h\n```\n"


@dataclass
class Library:
    """The API, with people signed in, and workers that work when a test says so."""

    api: Api
    workers: WorkerPool
    headers: dict[str, dict[str, str]]
    cut_off: int = 0

    async def seam(self, point: str) -> None:
        """The store breaks at the commit that `cut_off` counts down to."""
        if point == "commit" and self.cut_off:
            self.cut_off -= 1
            if not self.cut_off:
                message = "the disk is full"
                raise StoreUnavailable(message)

    async def post(self, path: str, body: Any = None, who: str = "dana") -> httpx.Response:
        return await self.api.post(path, body, headers=self.headers[who])

    async def bring(self, who: str = "dana", **body: Any) -> httpx.Response:
        answer = await self.post("/knowledge/documents", {"content": LAG, **body}, who)
        await self.workers.run_until_idle()
        return answer

    async def upload(self, name: str, content: bytes, **fields: str) -> dict[str, Any]:
        answer = await self.api.client.post(
            "/knowledge/documents",
            files={"file": (name, content)},
            data=fields,
            headers=self.headers["dana"],
        )
        assert answer.status_code == 202, answer.text
        await self.workers.run_until_idle()
        return await self.read(answer.json()["document_id"])

    async def brought(self, who: str = "dana", **body: Any) -> dict[str, Any]:
        answer = await self.bring(who, **body)
        assert answer.status_code == 202, answer.text
        return await self.read(answer.json()["document_id"], who)

    async def read(self, document_id: str, who: str = "dana") -> dict[str, Any]:
        answer = await self.get(f"/documents/{document_id}", who)
        assert answer.status_code == 200, answer.text
        known: dict[str, Any] = answer.json()
        return known

    async def get(self, path: str, who: str = "dana", **params: Any) -> httpx.Response:
        return await self.api.client.get(
            f"/knowledge{path}", headers=self.headers[who], params=params
        )

    async def delete(self, document_id: str, who: str = "dana") -> httpx.Response:
        return await self.api.client.delete(
            f"/knowledge/documents/{document_id}", headers=self.headers[who]
        )

    async def results(self, query: str, who: str = "dana", **more: Any) -> list[dict[str, Any]]:
        answer = await self.post("/knowledge/search", {"query": query, **more}, who)
        assert answer.status_code == 200, answer.text
        results: list[dict[str, Any]] = answer.json()["results"]
        return results

    async def found(self, query: str, who: str = "dana", **more: Any) -> list[str]:
        results = await self.results(query, who, **more)
        return [result["document"]["document_id"] for result in results]

    async def case(self, who: str = "dana") -> str:
        answer = await self.post("/cases", {"title": "lag"}, who)
        case_id: str = answer.json()["case_id"]
        return case_id


@pytest.fixture
async def library(api: Api) -> Library:
    wish = Registration(username="lee", email="lee@shop.test", password=PASSWORD)
    await make_account(wish, role=AccountRole.USER, services=api.services)
    headers = {name: await api.as_somebody(name) for name in ("dana", "lee", "root")}
    library = Library(api, None, headers)  # type: ignore[arg-type] # made below
    wake = InProcessWakeUp()
    store = MemoryStore(wake=wake, seam=library.seam)
    store.committed = api.services.store.committed  # type: ignore[attr-defined] # with its accounts
    api.services = replace(api.services, store=store)
    api.serves(api.services)
    library.workers = start_pool(
        MemoryJobs(store), services=api.services, audiences=EVERYONE, owner="t"
    )
    for runner in library.workers.runners:
        wake.join(runner.audiences, runner.ring)
    return library


class TestBringing:
    async def test_what_is_brought_is_read_redacted_and_found(self, library: Library) -> None:
        document = await library.brought(tags=["db", "DB "], source="runbooks/lag.md")
        assert document["title"] == "Replica lag"
        assert (document["status"], document["version"]) == ("ready", 1)
        assert document["tags"] == ["db", "alert:postgresreplicalagging", "tech:postgres"]
        assert "oncall@shop.test" not in document["content"]
        (result,) = await library.results("the postgres replica lags")
        assert result["document"]["document_id"] == document["document_id"]
        chunk = result["chunks"][0]
        assert chunk["headings"].startswith("PostgresReplicaLagging > ")
        assert "oncall@shop.test" not in str(result)

    async def test_the_same_content_twice_is_one_document(self, library: Library) -> None:
        first, second = await library.brought(), await library.brought(source="elsewhere.md")
        assert second["document_id"] == first["document_id"]
        assert second["version"] == 1
        assert len((await library.get("/documents")).json()["documents"]) == 1

    async def test_new_content_of_a_source_is_a_version(self, library: Library) -> None:
        first = await library.brought(source="lag.md")
        changed = LAG.replace("is behind", "is far behind")
        second = await library.brought(content=changed, source="lag.md")
        assert (second["document_id"], second["version"]) == (first["document_id"], 2)
        answer = await library.get(f"/documents/{first['document_id']}/versions")
        newest, oldest = answer.json()["versions"]
        assert "-The replica is behind its primary." in newest["diff"]
        assert "+The replica is far behind its primary." in newest["diff"]
        assert (oldest["version"], oldest["diff"]) == (1, "")
        assert (await library.bring(content=changed, source="lag.md")).json()["version"] == 2

    async def test_a_failed_version_leaves_the_one_before(self, library: Library) -> None:
        document = await library.brought(source="lag.md")
        broken = await library.upload("lag.md", b"\0\1\2\3" * 100)
        assert broken["document_id"] == document["document_id"]
        assert (broken["status"], broken["version"]) == ("failed", 1)
        assert broken["problem"].startswith("it is no text")
        assert await library.found("replica lag") == [document["document_id"]]

    @pytest.mark.parametrize(
        ("name", "content", "kind"),
        [
            ("disk.md", DISK.encode(), "markdown"),
            ("disk.html", b"<h1>Disk full</h1><p>Free space on the volume.", "html"),
            ("disk.txt", b"Disk full\n\nFree space on the volume.", "text"),
            ("disk.sh", b"# Disk full\n# Free space on the volume.\ndf -h\n", "code"),
        ],
    )
    async def test_files_of_every_kind(
        self, library: Library, name: str, content: bytes, kind: str
    ) -> None:
        document = await library.upload(name, content, tags="disk,storage")
        assert document["content_type"] == kind
        assert document["source"] == name
        assert document["tags"] == ["disk", "storage"]
        assert await library.found("free space") == [document["document_id"]]

    async def test_what_is_no_document(self, library: Library) -> None:
        for body, code in (
            ({"content": ""}, 422),
            ({"collection": "ours"}, 422),
            ({"tags": ["a b"]}, 422),
            ({"collection": "case", "case_id": "case_0"}, 404),
            ({"content": "x" * (MAX_BYTES + 1)}, 413),
        ):
            assert (await library.bring(**body)).status_code == code, body

    async def test_fifty_megabytes_are_refused_as_they_come(self, library: Library) -> None:
        answer = await library.api.client.post(
            "/knowledge/documents",
            files={"file": ("big.md", b"# big\n" * (50 * 2**20 // 6))},
            headers=library.headers["dana"],
        )
        assert answer.status_code == 413

    @pytest.mark.parametrize("commit", range(1, 7))
    async def test_nothing_is_half_read_after_a_crash(self, library: Library, commit: int) -> None:
        document_id = (await library.brought(source="lag.md"))["document_id"]
        library.cut_off = commit
        wish = {"content": DISK, "source": "lag.md"}
        answer = await library.post("/knowledge/documents", wish)
        with suppress(StoreUnavailable):
            await library.workers.run_until_idle()
        (result,) = await library.results("replica volume")  # of the one version or the other
        texts = [chunk["text"] for chunk in result["chunks"]]
        assert all("volume" in text or "df -h" in text for text in texts) or all(
            "replica" in text for text in texts
        )
        library.cut_off = 0
        if answer.status_code == 503:
            await library.post("/knowledge/documents", wish)
        library.api.clock.advance(600)
        await library.workers.run_until_idle()
        after = await library.read(document_id)
        assert (after["content"], after["version"], after["status"]) == (DISK, 2, "ready")


class TestAccess:
    async def test_a_document_of_an_account_is_its_own(self, library: Library) -> None:
        document_id = (await library.brought("dana"))["document_id"]
        for who in ("lee", "root"):
            assert await library.found("replica", who) == []
            assert (await library.get("/documents", who)).json()["documents"] == []
            for path in ("", "/versions"):
                assert (
                    await library.get(f"/documents/{document_id}{path}", who)
                ).status_code == 404
            tagged = await library.post(
                f"/knowledge/documents/{document_id}/tag", {"tags": ["x"]}, who
            )
            assert tagged.status_code == 404
            assert (await library.delete(document_id, who)).status_code == 404
        assert await library.found("replica") == [document_id]

    async def test_those_of_everybody_are_written_by_admins(self, library: Library) -> None:
        assert (await library.bring("dana", collection="global")).status_code == 403
        document_id = (await library.brought("root", collection="global"))["document_id"]
        assert await library.found("replica", "lee") == [document_id]
        assert (await library.delete(document_id, "lee")).status_code == 403
        assert (await library.delete(document_id, "root")).status_code == 204
        assert await library.found("replica", "lee") == []

    async def test_those_of_a_case_are_of_who_sees_it_until_it_closes(
        self, library: Library
    ) -> None:
        case_id = await library.case("dana")
        body = {"collection": "case", "case_id": case_id}
        assert (await library.bring("lee", **body)).status_code == 404
        document_id = (await library.brought("dana", **body))["document_id"]
        assert await library.found("replica", "lee") == []
        assert await library.found("replica", "dana", case_id=case_id) == [document_id]
        viewer = {"username": "lee", "role": "viewer"}
        await library.post(f"/cases/{case_id}/members", viewer)
        assert await library.found("replica", "lee") == [document_id]
        assert (await library.delete(document_id, "lee")).status_code == 403
        await library.api.client.delete(f"/cases/{case_id}", headers=library.headers["dana"])
        assert await library.found("replica", "dana") == []
        assert (await library.get(f"/documents/{document_id}")).status_code == 404
        assert (await library.bring("dana", **body)).status_code == 409


class TestLooking:
    async def test_pages_follow_each_other(self, library: Library) -> None:
        ids = list[str]()
        for n in range(5):
            library.api.clock.advance(1)
            tags = ["odd"] if n % 2 else []
            ids.append((await library.brought(content=f"# Runbook {n}", tags=tags))["document_id"])
        seen, page = list[str](), dict[str, Any](next_cursor="")
        while page["next_cursor"] is not None:
            page = (await library.get("/documents", limit=2, cursor=page["next_cursor"])).json()
            seen += [document["document_id"] for document in page["documents"]]
        assert seen == ids[::-1]
        tagged = (await library.get("/documents", tag="odd")).json()["documents"]
        assert [document["document_id"] for document in tagged] == [ids[3], ids[1]]

    async def test_tags_are_added_and_searched_in(self, library: Library) -> None:
        lag = (await library.brought())["document_id"]
        await library.brought(content=DISK + "\nAlso of a replica.")
        answer = await library.post(f"/knowledge/documents/{lag}/tag", {"tags": ["Postgres"]})
        assert answer.json()["tags"][-1] == "postgres"
        assert await library.found("replica volume", tags=["postgres"]) == [lag]

    async def test_a_search_is_held_to_an_age(self, library: Library) -> None:
        lag = (await library.brought())["document_id"]
        assert await library.found("replica lag", newer="1d") == [lag]
        assert await library.found("replica lag", older="1d") == []
        refused = await library.post("/knowledge/search", {"query": "lag", "newer": "soon"})
        assert refused.status_code == 422
        assert "newer needs an age or a day" in refused.text

    async def test_a_deleted_document_leaves_nothing(self, library: Library) -> None:
        document_id = (await library.brought())["document_id"]
        assert (await library.delete(document_id)).status_code == 204
        assert await library.found("replica lag psql pg_stat_replication") == []
        assert (await library.delete(document_id)).status_code == 404
        again = await library.brought()
        assert again["document_id"] != document_id


async def test_one_tag_is_added_and_taken_off_and_no_rule_brings_it_back(library: Library) -> None:
    document = await library.brought(source="runbooks/lag.md")
    assert document["tags"] == ["alert:postgresreplicalagging", "tech:postgres"]
    path = f"/knowledge/documents/{document['document_id']}/tags"
    client, dana = library.api.client, library.headers["dana"]
    added = await client.put(f"{path}/team/DB", headers=dana)
    assert added.json()["tags"][-1] == "team/db"
    removed = await client.delete(f"{path}/tech:postgres", headers=dana)
    assert removed.json()["tags"] == ["alert:postgresreplicalagging", "team/db"]
    assert (await client.delete(f"{path}/tech:postgres", headers=dana)).status_code == 404
    assert (await client.put(f"{path}/no%20tag", headers=dana)).status_code == 422
    changed = await library.bring(content=LAG + "\nMore.\n", source=document["source"])
    again = await library.read(changed.json()["document_id"])
    assert "tech:postgres" not in again["tags"]
    lee = library.headers["lee"]
    assert (await client.put(f"{path}/x", headers=lee)).status_code == 404
    assert (await client.delete(f"{path}/team/db", headers=lee)).status_code == 404
