"""The nodes of V8's profiles: a tree of calls, as a list."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict

from core.evidence.profiles.model import MAX_DEPTH, plain_frame

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class CallFrame(BaseModel):
    """A function, and where it stands: lines from 0."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    functionName: str = ""  # noqa: N815 - as the protocol spells it
    url: str = ""
    lineNumber: int = -1  # noqa: N815 - as above

    @property
    def label(self) -> str:
        """`renderCart (shop/cart.js)`; one without a name has its line."""
        file = "/".join(self.url.replace("\\", "/").split("/")[-2:])
        name = self.functionName
        if self.url.startswith("node:"):
            file = self.url
        if not name:
            name = f"(anonymous, line {self.lineNumber + 1})"
        return plain_frame(f"{name} ({file})" if file else name)


class V8Node(BaseModel):
    """A call in its place: the node of its caller names it as a child, or it names its parent."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    id: int
    callFrame: CallFrame  # noqa: N815 - as the protocol spells it
    hitCount: int = 0  # noqa: N815 - as above
    children: list[int] = []
    parent: int | None = None


def node_stacks(nodes: Sequence[V8Node]) -> Mapping[int, tuple[str, ...]]:
    """Of each node its frames, outermost first; a circle of nodes ends where it closes."""
    by_id = {node.id: node for node in nodes}
    parents = {child: node.id for node in nodes for child in node.children}
    parents |= {node.id: node.parent for node in nodes if node.parent is not None}
    return {node.id: _stack(node, by_id, parents) for node in nodes}


def _stack(
    node: V8Node, by_id: Mapping[int, V8Node], parents: Mapping[int, int]
) -> tuple[str, ...]:
    frames: list[str] = []
    here: V8Node | None = node
    while here is not None and len(frames) < MAX_DEPTH:
        frames.append(here.callFrame.label)
        parent = parents.get(here.id)
        here = by_id.get(parent) if parent is not None else None
    return tuple(reversed(frames))
