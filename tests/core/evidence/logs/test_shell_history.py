"""What somebody ran by hand, as bash keeps it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import pytest

from core.evidence.logs.changes import COMMAND
from core.evidence.model import FindingKind
from tests.core.investigation.causes.sample_system import read_text

if TYPE_CHECKING:
    from core.evidence.model import Finding

pytestmark = pytest.mark.unit

HISTORY = """#1795552751
rabbitmqadmin -H mq-1 list queues name messages
#1795552766
less /srv/log/orders.log
#1795552789
python3 /srv/tools/requeue.py --from orders.dead --all
#1795552801
cat <<EOF > /tmp/note
put back by hand
EOF
"""


def deeds(name: str, text: str) -> list[Finding]:
    _, findings = read_text(name, text)
    return [finding for finding in findings if finding.kind is FindingKind.CHANGE]


def test_a_command_that_does_more_than_look_is_a_change_at_its_time() -> None:
    (ran,) = deeds("bash_history_dana", HISTORY)
    assert ran.text.text == "python3 /srv/tools/requeue.py --from orders.dead --all"
    assert ran.locus.line_start == 6
    assert ran.first is not None
    assert ran.first.replace(tzinfo=None) == datetime(2026, 11, 24, 20, 39, 49)  # noqa: DTZ001
    assert ran.signals == (COMMAND,)


def test_a_script_that_begins_with_a_number_is_no_history() -> None:
    assert not deeds("deploy.sh", "#1795552751\n" + "restart_all\n" * 40)


CHANNEL = """#ops export, times UTC
[2026-11-24 08:55] moira: db: raised work_mem for the stats role, no restart
[2026-11-24 19:02] jan: playtest at 23:00 UTC, heads up
[2026-11-24 21:24] kira: `cache-1> CONFIG SET maxmemory-policy noeviction`
[2026-11-24 21:28] configbot: e40d7712 applied on web-1 (replay.ini), SIGHUP sent
"""


def test_what_people_did_by_their_own_words_in_a_channel_is_a_change() -> None:
    assert [each.locus.line_start for each in deeds("ops-channel.txt", CHANNEL)] == [2, 4, 5]


def test_a_service_whose_lines_look_like_talk_lists_no_changes() -> None:
    lines = (f"21:24:{second:02} worker-{second % 3}: set {second} applied" for second in range(60))
    assert not deeds("worker.log", "\n".join(lines))
