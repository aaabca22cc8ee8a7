"""`faultmaven knowledge graph [SERVICE]`: as lines, as JSON and as a picture."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from api.knowledge_graph import graph_answer
from core.knowledge.graph.edge_texts import edge_text
from core.knowledge.graph.picture import draw_graph_picture
from core.workflows.knowledge_graph import GraphExcerpt, graph_excerpt
from faultmaven.commands.verdict_picture import form_of
from faultmaven.output import print_json, print_line
from faultmaven.settings import load_settings
from faultmaven.whole_file import write_picture
from faultmaven.wiring import wire

if TYPE_CHECKING:
    from pathlib import Path

SHOWN = 40  # lines; the JSON has all


def show_graph(*, service: str, picture: Path | None, as_json: bool) -> int:
    """The newest relations first. Raises NotFound, WrongUsage, StoreUnavailable."""
    form_of(picture)  # before anything is read
    excerpt = asyncio.run(_read(service))
    if picture is not None:
        _draw(picture, excerpt)
    if as_json:
        print_json(graph_answer(excerpt).model_dump(mode="json"))
        return 0
    edges = sorted(excerpt.graph.edges, key=lambda edge: edge.at, reverse=True)
    for edge in edges[:SHOWN]:
        print_line(f"{edge.at:%Y-%m-%d}  {edge_text(edge).text}")
    if len(edges) > SHOWN:
        print_line(f"and {len(edges) - SHOWN} more: --json")
    print_line(f"{len(excerpt.graph)} nodes, {len(edges)} relations")
    return 0


async def _read(service: str) -> GraphExcerpt:
    async with wire(load_settings(), audiences=()) as installation:
        return await graph_excerpt(service=service, services=installation.services)


def _draw(picture: Path, excerpt: GraphExcerpt) -> None:
    """Raises WrongUsage where it cannot be written."""
    drawn = draw_graph_picture(excerpt.graph, form_of(picture) or "svg", centre=excerpt.centre)
    write_picture(picture, drawn.content)
