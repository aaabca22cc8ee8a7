"""What files of a case tell only together: derived whenever the case is looked at, stored nowhere.

It goes with its files, whichever of them came first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.evidence.model import FindingKind
from core.investigation.code_changes import with_code
from core.investigation.configuration_changes import with_configuration_changes
from core.investigation.local_times import with_utc
from core.investigation.profile_differences import with_profile_differences

if TYPE_CHECKING:
    from core.investigation.decision import Situation

_OF_SETTINGS = frozenset({FindingKind.SETTINGS, FindingKind.CHANGE})
_OF_CODE = frozenset({FindingKind.CODE, FindingKind.CHANGE})


def with_joined_files(situation: Situation) -> Situation:
    """The situation on one clock, with changes between versions of files and the traces' code.

    Only what the findings can hold is looked for: most cases have neither profiles nor code.
    """
    situation = with_utc(situation)
    kinds = {finding.kind for of_file in situation.findings.values() for finding in of_file}
    if kinds & _OF_SETTINGS:
        situation = with_configuration_changes(situation)
    if FindingKind.PROFILE_SHARES in kinds:
        situation = with_profile_differences(situation)
    return with_code(situation) if kinds & _OF_CODE else situation
