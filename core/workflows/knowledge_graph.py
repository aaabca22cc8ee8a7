"""The knowledge graph as somebody may see it, made of the rows that they may read.

Nothing of it is stored: cases, what fired in them, what they taught and the tags of documents tell
all of it. What is not in the rows that a reader's questions return is neither node nor edge. Of
ten thousand cases those that may matter are read: the newest, and those of the same service, cause
or alert; all of them would take four seconds.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cache, partial
from itertools import chain
from typing import TYPE_CHECKING

from core.cases.events import EventKind
from core.cases.feedback import SuggestionKind
from core.cases.graph_edges import (
    alert_edges,
    case_node,
    feedback_edges,
    memory_edges,
    opened_edges,
    row_edges,
    suspicion,
)
from core.cases.rows import CaseFilter
from core.errors import NotFound
from core.investigation.verdict.hypotheses import leading_cause
from core.knowledge.graph.document_edges import document_edges, runbook_node, with_heading
from core.knowledge.graph.knowledge_graph import KnowledgeGraph
from core.knowledge.graph.model import GraphEdge, GraphNode, NodeKind
from core.knowledge.graph.picture import MOST_OF_A_KIND
from core.knowledge.graph.relatives import GraphPath, RelatedNodes, Relative, relatives
from core.knowledge.model import Reach
from core.places import API
from core.workflows.case_access import (
    SOMEBODY,
    CaseReader,
    only_reachable,
    seen_by,
    visible_case,
)
from core.workflows.knowledge_documents import reach_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from core.accounts.model import Account
    from core.cases.projection import CaseView
    from core.cases.rows import ListedCase
    from core.knowledge.model import Document
    from core.places import Place
    from core.text.redacted import RedactedText
    from core.workflows.services import Services, Unit

MOST_CASES = 300  # the newest, and as many of a service, and of a cause or an alert
MOST_DOCUMENTS = 2_000  # the newest
MOST_SUSPECTED = 50  # cases without a confirmed cause whose leading one is looked up
MOST_FEEDBACK = 10_000
AT_ONCE = 200  # rows of a page
STEPS = 2  # from a service to what is shown around it
NOBODY = ""  # the id of no account: what it sees is what everybody does
CASES_SHOWN, RUNBOOKS_SHOWN = 5, 3


@dataclass(frozen=True)
class GraphReader:
    """Who looks at the graph. more: cases that they may read besides those of the filter.

    only: the ids of all that they may read, whatever the filter says; None for no such bound. A
    case that somebody deleted is in no graph but the one around itself.
    """

    cases: CaseFilter = field(default_factory=CaseFilter)
    reach: Reach = field(default_factory=Reach.of)
    more: tuple[str, ...] = ()
    only: frozenset[str] | None = None

    def may_read(self, case_id: str) -> bool:
        return self.only is None or case_id in self.only


async def account_reader(unit: Unit, account: Account) -> GraphReader:
    """An account: what it sees over the API."""
    wanted = seen_by(account, CaseFilter())
    return GraphReader(wanted, await reach_of(unit, account))


async def place_reader(
    unit: Unit, case_id: str, place: Place, asked_by: CaseReader = SOMEBODY
) -> GraphReader:
    """Whoever reads the thread of a case: documents of everybody and of that case.

    At the installation's own terminal every case is read, over the API what the account sees, and
    in a chat the team's cases and those that may be named there; of guests only these.
    """
    reach = Reach.of(case_ids=[case_id])
    if place.platform == unit.rules.home.platform:
        return GraphReader(reach=reach)
    if place.platform == API:
        account = await unit.accounts.get(place.channel)
        return GraphReader(seen_by(account, CaseFilter()), reach)
    teams = CaseFilter(viewer=NOBODY)
    newest = [case for case in await unit.cases.listing(most=AT_ONCE) if case.archived_at is None]
    if asked_by.is_guest:
        reachable = await only_reachable(unit, newest, place, asked_by)
        return GraphReader(teams, reach, only=frozenset(case.id for case in reachable) | {case_id})
    private = await unit.members.cases()
    hidden = [case for case in newest if case.id in private and case.id != case_id]
    more = [case.id for case in await only_reachable(unit, hidden, place)]
    return GraphReader(teams, reach, (case_id, *more))


async def graph_of(unit: Unit, reader: GraphReader, *, service: str = "") -> KnowledgeGraph:
    """What the newest cases tell, and those of a service where one is named."""
    wanted = [reader.cases]
    if service:
        wanted.append(replace(reader.cases, service=service))
    return await _build(unit, reader, wanted)


async def _graph_around(unit: Unit, reader: GraphReader, view: CaseView) -> KnowledgeGraph:
    """What the newest cases tell, and those of the service, the cause or an alert of a case."""
    wanted, case = [reader.cases], view.case
    alerts = {occurrence.name for occurrence in await unit.occurrences.of_case(case.id)}
    cause = leading_cause(view.hypotheses)
    faults = {cause.fault} if cause else set[str]()
    memories = await unit.memories.alike(faults=faults, alerts=alerts, limit=MOST_CASES)
    if memories:
        alike = frozenset(memory.case_id for memory in memories)
        wanted.append(replace(reader.cases, ids=alike))
    if case.service:
        wanted.append(replace(reader.cases, service=case.service))
    return await _build(unit, replace(reader, more=(*reader.more, case.id)), wanted)


async def _build(unit: Unit, reader: GraphReader, wanted: Sequence[CaseFilter]) -> KnowledgeGraph:
    clean = _cleaner(unit)
    rows = [row for row in await _rows(unit, wanted, reader.more) if reader.may_read(row.case.id)]
    documents = await _documents(unit, reader.reach)
    cases = {row.case.id: case_node(row.case) for row in rows}
    runbooks = {document.id: runbook_node(document) for document in documents}
    edges = list(chain.from_iterable(row_edges(row, clean) for row in rows))
    edges += [edge for document in documents for edge in document_edges(document, clean)]
    edges += await _edges_of_alerts(unit, cases, clean)
    edges += await _edges_of_memories(unit, cases, clean)
    edges += await _edges_of_runbooks(unit, rows, cases, runbooks)
    edges += await _edges_of_suspicions(unit, rows, clean)
    return KnowledgeGraph(edges, [*cases.values(), *runbooks.values()])


@dataclass(frozen=True)
class GraphExcerpt:
    """A part of the graph that fits a picture. centre: the service that it is around."""

    graph: KnowledgeGraph
    centre: GraphNode | None = None


async def graph_excerpt(
    account: Account | None = None, *, service: str = "", services: Services
) -> GraphExcerpt:
    """What is around a service, or the nodes with most edges; all that is kept without an account.

    Raises NotFound for a service that nothing the reader sees knows.
    """
    async with services.reading() as unit:
        reader = GraphReader() if account is None else await account_reader(unit, account)
        graph = await graph_of(unit, reader, service=service)
    if not service:
        return GraphExcerpt(graph.busiest(most=MOST_OF_A_KIND))
    centre = graph.named(NodeKind.SERVICE, service)
    if centre is None:
        message = f"no case, alert or runbook knows a service {service}"
        raise NotFound(message, next_step="Leave it out to see the services that are known.")
    return GraphExcerpt(graph.around(centre, steps=STEPS, most=MOST_OF_A_KIND), centre)


async def related_to(case_id: str, account: Account, *, services: Services) -> RelatedNodes:
    """What is related to a case, of what the account sees. Raises NotFound."""
    async with services.reading() as unit:
        await visible_case(unit, case_id, account)
        return await related_nodes(unit, case_id, await account_reader(unit, account))


async def related_nodes(unit: Unit, case_id: str, reader: GraphReader) -> RelatedNodes:
    """Cases and runbooks within two steps of a case that the reader may read. Raises NotFound."""
    view = await unit.cases.view(case_id)
    start, graph = case_node(view.case), await _graph_around(unit, reader, view)
    walk = partial(relatives, graph, start, at=unit.now)
    cases = walk(kinds={NodeKind.CASE}, limit=CASES_SHOWN)
    runbooks = walk(kinds={NodeKind.RUNBOOK}, limit=RUNBOOKS_SHOWN)
    return RelatedNodes(
        graph=graph,
        cases=tuple(cases),
        runbooks=tuple([await _with_headings(unit, each, reader.reach) for each in runbooks]),
    )


async def _with_headings(unit: Unit, relative: Relative, reach: Reach) -> Relative:
    chunks = await unit.documents.chunks(relative.node.key, reach)
    paths = [
        GraphPath((*path.edges[:-1], with_heading(path.edges[-1], chunks)), path.via, path.score)
        for path in relative.paths
    ]
    return Relative(relative.node, tuple(paths))


def _cleaner(unit: Unit) -> Callable[[str], RedactedText]:
    """Names of services, alerts and people, each redacted once."""
    redactor = unit.redactor()

    @cache
    def clean(name: str) -> RedactedText:
        return redactor.clean(name).line()

    return clean


async def _rows(unit: Unit, wanted: Sequence[CaseFilter], more: Sequence[str]) -> list[ListedCase]:
    """The newest of each filter, newest first."""
    rows: dict[str, ListedCase] = {}
    for cases in wanted:
        some = await unit.case_rows.page(cases, limit=MOST_CASES)
        rows |= {row.case.id: row for row in some}
    for case_id in more:
        if case_id not in rows:
            rows[case_id] = await unit.case_rows.of_case(case_id)
    return sorted(rows.values(), key=lambda row: -row.case.number)


async def _documents(unit: Unit, reach: Reach) -> list[Document]:
    """Those that are found, newest first."""
    documents: list[Document] = []
    before = ""
    while len(documents) < MOST_DOCUMENTS:
        some = await unit.documents.page(reach, before=before, limit=AT_ONCE)
        documents += [document for document in some if document.version]
        if len(some) < AT_ONCE:
            break
        before = some[-1].id
    return documents


async def _edges_of_alerts(
    unit: Unit, cases: Mapping[str, GraphNode], clean: Callable[[str], RedactedText]
) -> list[GraphEdge]:
    alerts = await unit.occurrences.alerts_of(cases.keys())
    return [edge for alert in alerts for edge in alert_edges(alert, cases[alert.case_id], clean)]


async def _edges_of_memories(
    unit: Unit, cases: Mapping[str, GraphNode], clean: Callable[[str], RedactedText]
) -> list[GraphEdge]:
    memories = await unit.memories.of_cases(cases.keys())
    return [
        edge for memory in memories for edge in memory_edges(memory, cases[memory.case_id], clean)
    ]


async def _edges_of_runbooks(
    unit: Unit,
    rows: Sequence[ListedCase],
    cases: Mapping[str, GraphNode],
    runbooks: Mapping[str, GraphNode],
) -> list[GraphEdge]:
    """Of those that helped in a case, and of those that people looked at."""
    if not runbooks or not rows:
        return []
    words = await unit.feedback.newest({SuggestionKind.RUNBOOK}, most=MOST_FEEDBACK)
    since = min(row.case.opened_at for row in rows)
    opened = await unit.cases.since(EventKind.RUNBOOK_OPENED, since)

    def edges() -> Iterator[GraphEdge]:
        for word in words:
            if word.case_id in cases:
                yield from feedback_edges(word, cases[word.case_id], runbooks)
        for event in opened:
            if event.case_id in cases:
                yield from opened_edges(event, cases[event.case_id], runbooks)

    return list(edges())


async def _edges_of_suspicions(
    unit: Unit, rows: Sequence[ListedCase], clean: Callable[[str], RedactedText]
) -> list[GraphEdge]:
    """Of the causes that lead in open cases, and in those that ended without a confirmed one."""
    unconfirmed = [row for row in rows if row.case.state.is_open or not row.cause]
    edges = list[GraphEdge]()
    for row in unconfirmed[:MOST_SUSPECTED]:
        cause = leading_cause((await unit.cases.view(row.case.id)).hypotheses)
        if cause is not None:
            edges.append(suspicion(row, cause.fault, clean))
    return edges
