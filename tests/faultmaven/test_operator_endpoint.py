import stat
from contextlib import ExitStack
from pathlib import Path

import pytest

from core.errors import StoreUnavailable, WrongUsage
from faultmaven.operator_endpoint import (
    ENDPOINT_FILE,
    LOCK,
    OperatorEndpoint,
    announce_endpoint,
    find_endpoint,
    lock_data_dir,
    read_endpoint,
)


def test_an_endpoint_is_found_while_it_is_announced(tmp_path: Path) -> None:
    endpoint = OperatorEndpoint.fresh("http://127.0.0.1:8000")
    with announce_endpoint(endpoint, tmp_path):
        assert read_endpoint(tmp_path) == endpoint
        assert stat.S_IMODE((tmp_path / ENDPOINT_FILE).stat().st_mode) == 0o600
    assert read_endpoint(tmp_path) is None


def test_tokens_differ() -> None:
    assert OperatorEndpoint.fresh("u").token != OperatorEndpoint.fresh("u").token


def test_a_successor_keeps_its_endpoint_when_the_predecessor_leaves(tmp_path: Path) -> None:
    successor = OperatorEndpoint.fresh("http://127.0.0.1:2")
    with ExitStack() as stack:
        with announce_endpoint(OperatorEndpoint.fresh("http://127.0.0.1:1"), tmp_path):
            stack.enter_context(announce_endpoint(successor, tmp_path))
        assert read_endpoint(tmp_path) == successor
    assert read_endpoint(tmp_path) is None


def test_a_file_that_is_no_endpoint_is_none(tmp_path: Path) -> None:
    (tmp_path / ENDPOINT_FILE).write_text('{"url": 1')
    assert read_endpoint(tmp_path) is None
    (tmp_path / ENDPOINT_FILE).write_text('{"other": "thing"}')
    assert read_endpoint(tmp_path) is None


def test_one_process_at_a_time_is_in(tmp_path: Path) -> None:
    endpoint = OperatorEndpoint.fresh("http://127.0.0.1:1")
    with lock_data_dir(tmp_path), announce_endpoint(endpoint, tmp_path):
        with pytest.raises(WrongUsage) as caught, lock_data_dir(tmp_path):
            pass
        assert str(caught.value).endswith(
            "runs on this data directory already, at http://127.0.0.1:1"
        )
    with lock_data_dir(tmp_path):
        assert read_endpoint(tmp_path) is None
        assert stat.S_IMODE((tmp_path / LOCK).stat().st_mode) == 0o600


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    endpoint = OperatorEndpoint.fresh("http://127.0.0.1:1")
    for way_in in (
        lock_data_dir(tmp_path / "file"),
        announce_endpoint(endpoint, tmp_path / "file"),
    ):
        with pytest.raises(StoreUnavailable, match="Not a directory") as caught, way_in:
            pass
        assert "FAULTMAVEN_DATA_DIR" in caught.value.next_step


def test_an_endpoint_behind_which_nobody_listens_is_closed(tmp_path: Path) -> None:
    with announce_endpoint(OperatorEndpoint.fresh("http://127.0.0.1:9"), tmp_path):
        assert find_endpoint(tmp_path) is None
