import stat
from contextlib import ExitStack
from pathlib import Path

import pytest

from core.errors import StoreUnavailable, WrongUsage
from faultmaven.door import DOOR, OperatorClient, announced, find_door, held, open_door


def test_a_door_is_found_while_it_is_announced(tmp_path: Path) -> None:
    door = OperatorClient.fresh("http://127.0.0.1:8000")
    with announced(door, tmp_path):
        assert find_door(tmp_path) == door
        assert stat.S_IMODE((tmp_path / DOOR).stat().st_mode) == 0o600
    assert find_door(tmp_path) is None


def test_tokens_differ() -> None:
    assert OperatorClient.fresh("u").token != OperatorClient.fresh("u").token


def test_a_successor_keeps_its_door_when_the_predecessor_leaves(tmp_path: Path) -> None:
    successor = OperatorClient.fresh("http://127.0.0.1:2")
    with ExitStack() as stack:
        with announced(OperatorClient.fresh("http://127.0.0.1:1"), tmp_path):
            stack.enter_context(announced(successor, tmp_path))
        assert find_door(tmp_path) == successor
    assert find_door(tmp_path) is None


def test_a_file_that_is_no_door_is_none(tmp_path: Path) -> None:
    (tmp_path / DOOR).write_text('{"url": 1')
    assert find_door(tmp_path) is None
    (tmp_path / DOOR).write_text('{"other": "thing"}')
    assert find_door(tmp_path) is None


def test_one_process_at_a_time_is_in(tmp_path: Path) -> None:
    door = OperatorClient.fresh("http://127.0.0.1:1")
    with held(tmp_path), announced(door, tmp_path):
        with pytest.raises(WrongUsage) as caught, held(tmp_path):
            pass
        assert str(caught.value).endswith(
            "runs on this data directory already, at http://127.0.0.1:1"
        )
    with held(tmp_path):
        assert find_door(tmp_path) is None


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    door = OperatorClient.fresh("http://127.0.0.1:1")
    for way_in in (held(tmp_path / "file"), announced(door, tmp_path / "file")):
        with pytest.raises(StoreUnavailable, match="Not a directory") as caught, way_in:
            pass
        assert "FAULTMAVEN_DATA_DIR" in caught.value.next_step


def test_a_door_behind_which_nobody_listens_is_closed(tmp_path: Path) -> None:
    with announced(OperatorClient.fresh("http://127.0.0.1:9"), tmp_path):
        assert open_door(tmp_path) is None
