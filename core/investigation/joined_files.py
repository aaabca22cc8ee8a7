"""What files of a case tell only together: derived whenever the case is looked at, stored nowhere.

It goes with its files, whichever of them came first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.investigation.code_changes import with_code
from core.investigation.configuration_changes import with_configuration_changes
from core.investigation.local_times import with_utc
from core.investigation.profile_differences import with_profile_differences

if TYPE_CHECKING:
    from core.investigation.decision import Situation


def with_joined_files(situation: Situation) -> Situation:
    """The situation on one clock, with changes between versions of files and the traces' code."""
    situation = with_utc(situation)
    return with_code(with_profile_differences(with_configuration_changes(situation)))
