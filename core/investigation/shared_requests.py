"""Which services worked at the same requests, by the ids that their logs share.

That tells no more than that one calls the other, or both are called by a third: where nobody tells
who calls whom, it is what there is.
"""

from __future__ import annotations

from collections import defaultdict
from itertools import combinations
from typing import TYPE_CHECKING

from core.evidence.correlation.digests import read_identifiers
from core.evidence.correlation.identifiers import IdentifierKind
from core.evidence.model import FindingKind

if TYPE_CHECKING:
    from core.investigation.decision import Situation

_LEAST = 10  # ids, below which two logs may share them by chance
_OF_REQUESTS = frozenset({IdentifierKind.TRACE, IdentifierKind.REQUEST, IdentifierKind.OTHER})


def pairs_at_one_request(situation: Situation) -> frozenset[frozenset[str]]:
    """Each two services whose logs have enough ids of requests in common."""
    requests: defaultdict[str, set[int]] = defaultdict(set)
    for file in situation.files:
        for finding in situation.findings.get(file.id, ()):
            if file.service and finding.kind is FindingKind.IDENTIFIERS:
                seen = read_identifiers(finding, file=file.id).seen
                requests[file.service] |= {
                    hashed for hashed, each in seen.items() if each.kind in _OF_REQUESTS
                }
    return frozenset(
        frozenset({one, other})
        for one, other in combinations(sorted(requests), 2)
        if len(requests[one] & requests[other]) >= _LEAST
    )
