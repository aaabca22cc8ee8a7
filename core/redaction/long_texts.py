"""Where the rules found secrets in long texts, so that whoever cleans one need not look again.

What people send may be 200,000 characters, at which the rules look for seconds. A workflow has it
looked at in a thread before it opens its unit of work; what the unit cleans is known by then.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections import OrderedDict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Sequence

    from core.redaction.rules import TextSpan

LONG = 2000  # characters: below, the rules look for some milliseconds
MOST_TEXTS, MOST_SPANS = 128, 100_000  # that are kept: some 20 MB


class LongTexts:
    """The spans of the long texts that were looked at last, in one process.

    Texts are known by their digests; nothing of them is kept.
    """

    def __init__(self) -> None:
        self._spans: OrderedDict[Hashable, tuple[TextSpan, ...]] = OrderedDict()
        self._count = 0
        # One text at a time: each thread that looks takes its turn from the event loop.
        self._turn = asyncio.Semaphore(1)

    async def aside(self, look: Callable[[], object]) -> None:
        """Look at a text in a thread."""
        async with self._turn:
            await asyncio.to_thread(look)

    def spans(
        self, text: str, rules: Hashable, look: Callable[[str], Sequence[TextSpan]]
    ) -> list[TextSpan]:
        """What `look` finds in the text by these rules; it looks only where that is not known."""
        if len(text) < LONG:
            return list(look(text))
        key = hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest(), rules
        known = self._spans.get(key)
        if known is None:
            known = tuple(look(text))
            self._keep(key, known)
        return list(known)

    def _keep(self, key: Hashable, spans: tuple[TextSpan, ...]) -> None:
        self._count += len(spans) - len(self._spans.pop(key, ()))
        self._spans[key] = spans
        while len(self._spans) > MOST_TEXTS or (self._count > MOST_SPANS and len(self._spans) > 1):
            _, oldest = self._spans.popitem(last=False)
            self._count -= len(oldest)
