"""Everyone reads; members command, and so do those whom the settings name."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from core.access import Identity, PersonProfile, Standing, require_permission
from core.errors import NotPermitted

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def somebody(standing: Standing) -> Identity:
    return Identity(
        tenant_id="default",
        platform="slack",
        workspace="main",
        external_id="U1",
        user_id="user_1",
        profile=PersonProfile(name="dana", standing=standing),
        met_at=NOON,
        seen_at=NOON,
    )


@pytest.mark.parametrize("standing", Standing)
def test_everyone_may_read(standing: Standing) -> None:
    require_permission(somebody(standing), changes=False, admins=())


def test_members_may_command() -> None:
    require_permission(somebody(Standing.MEMBER), changes=True, admins=())


@pytest.mark.parametrize("standing", set(Standing) - {Standing.MEMBER})
def test_others_may_not_and_are_told_why(standing: Standing) -> None:
    with pytest.raises(NotPermitted, match="may read along, but not command"):
        require_permission(somebody(standing), changes=True, admins=("slack:U2", "discord:U1"))


def test_whom_the_settings_name_may_command() -> None:
    require_permission(somebody(Standing.GUEST), changes=True, admins=("slack:U1",))
