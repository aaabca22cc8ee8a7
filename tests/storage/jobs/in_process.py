"""A runner that reads files where it is called: what a process of its own must find, too."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from core.errors import OutOfLimits, UnreadableEvidence
from core.evidence.model import PlainArtifactStore, PlainFile
from storage.jobs.child import PIPELINE, Assignment, Request, answer_to
from storage.sealing.originals import SealedFile, SealedShelf

if TYPE_CHECKING:
    from core.evidence.model import ArtifactStore, Extraction, Original
    from core.redaction.rule_choice import CustomRule


class InProcessRunner:
    """entry: the `module:function` that reads them. rules: what people want redacted besides."""

    def __init__(self, *, entry: str = PIPELINE, rules: tuple[CustomRule, ...] = ()) -> None:
        self._entry = entry
        self._rules = rules

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        """No process is left."""

    async def expect(self, *, case_key: bytes) -> None:
        """Nothing to get ready."""

    async def extract(
        self,
        original: Original,
        *,
        name: str,
        service: str | None,
        case_key: bytes,
        shelf: ArtifactStore,
    ) -> Extraction:
        assert isinstance(original, SealedFile | PlainFile)
        assert isinstance(shelf, SealedShelf | PlainArtifactStore)
        request = Request(original=original, name=name, service=service, shelf=shelf)
        assignment = Assignment(entry=self._entry, case_key=case_key.hex(), rules=self._rules)
        answer = answer_to(request, assignment)
        if answer.extraction is not None:
            return answer.extraction
        raise (OutOfLimits if answer.out_of_limits else UnreadableEvidence)(answer.problem)
