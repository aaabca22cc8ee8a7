from pathlib import Path

import pytest

from core.alerts.routing import Policy
from core.errors import WrongUsage
from core.places import CaseRoom, Destination
from faultmaven.policy import examine, read_policy
from faultmaven.settings import Settings, load_settings

CHANNELS = {"slack_channel": "#incidents", "discord_channel": "1234"}
SLACK = Destination(platform="slack", channel="#incidents", room=CaseRoom.CHANNEL)
DISCORD = Destination(platform="discord", channel="1234", room=CaseRoom.CHANNEL)


def settings(**given: object) -> Settings:
    return load_settings(case_place="channel", **given)


def test_without_a_file_cases_open_where_the_settings_say() -> None:
    assert read_policy(settings(**CHANNELS)) == Policy(otherwise=(SLACK, DISCORD))
    assert read_policy(settings()) == Policy()
    assert examine(settings(**CHANNELS)) == (Policy(otherwise=(SLACK, DISCORD)), [])


def test_a_file_that_does_not_say_where_else_leaves_that_to_the_settings(tmp_path: Path) -> None:
    path = tmp_path / "policy.yaml"
    path.write_text('routes: [{name: db, match: team="db", to: {slack: "#db"}}]')
    policy = read_policy(settings(policy_file=path, **CHANNELS))
    assert policy.destinations({}) == (SLACK, DISCORD)
    (destination,) = policy.destinations({"team": "db"})
    assert destination == Destination(platform="slack", channel="#db", room=CaseRoom.CHANNEL)


def test_mistakes_are_told_with_file_and_line(tmp_path: Path) -> None:
    path = tmp_path / "policy.yaml"
    path.write_text("\nrouts: []")
    with pytest.raises(WrongUsage, match=r"^policy\.yaml:2: routs is no key"):
        read_policy(settings(policy_file=path))
    assert [mistake.line for mistake in examine(settings(policy_file=path))[1]] == [2]


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    for path, reason in (
        (tmp_path / "none.yaml", "No such file"),
        (tmp_path, "Is a directory"),
    ):
        with pytest.raises(WrongUsage, match=reason) as caught:
            read_policy(settings(policy_file=path))
        assert "FAULTMAVEN_POLICY_FILE" in caught.value.next_step
    latin = tmp_path / "latin.yaml"
    latin.write_bytes(b"routes: [\xe4]")
    with pytest.raises(WrongUsage, match="UTF-8"):
        read_policy(settings(policy_file=latin))
