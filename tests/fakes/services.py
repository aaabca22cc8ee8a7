"""Services over a store in memory, with a clock and chance that a test holds in its hand."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from core.clock import EPOCH
from core.context import DEFAULT_TENANT, Rules
from core.conversation.ports import Workspace
from core.errors import UnreadableEvidence
from core.evidence.model import Extraction
from core.workflows.services import Services
from storage.memory import MemoryFiles, MemoryStore
from tests.fakes.clock import SeededRandom, SetClock

if TYPE_CHECKING:
    from core.evidence.model import ArtifactStore, Original

SECRET = b"a secret of tests, and of nothing else"


@dataclass
class ScriptedRunner:
    """Gives the extraction that a test wrote down for a file's name."""

    script: dict[str, Extraction] = field(default_factory=dict)

    async def expect(self, *, case_key: bytes) -> None: ...

    async def extract(
        self,
        original: Original,
        *,
        name: str,
        service: str | None,
        case_key: bytes,
        shelf: ArtifactStore,
    ) -> Extraction:
        if name not in self.script:
            message = f"nothing is written down for {name}"
            raise UnreadableEvidence(message)
        return self.script[name]


WORKSPACES = {"slack": "main", "discord": "", "pigeon": "main"}  # as places in tests name them


def with_workspaces(store: MemoryStore) -> MemoryStore:
    """The store with a workspace of each platform, as it is before it was connected first."""
    workspaces = store.committed.of(DEFAULT_TENANT).workspaces
    for platform, workspace_id in WORKSPACES.items():
        workspace = Workspace(
            tenant_id=DEFAULT_TENANT,
            id=workspace_id,
            platform=platform,
            external_id="",
            connected_at=EPOCH,
        )
        workspaces.put((platform, workspace_id), workspace)
    return store


def memory_services(
    *,
    store: MemoryStore | None = None,
    runner: ScriptedRunner | None = None,
    clock: SetClock | None = None,
    seed: int = 0,
    rules: Rules | None = None,
    folder: Path | None = None,
) -> Services:
    """Everything a use case needs, without a disk, a network or a second."""
    clock = clock or SetClock()
    return Services(
        store=with_workspaces(store or MemoryStore()),
        file_store=MemoryFiles(folder or Path(tempfile.gettempdir()), clock=clock),
        runner=runner or ScriptedRunner(),
        clock=clock,
        random=SeededRandom(seed),
        secret=SECRET,
        rules=rules or Rules(),
    )
