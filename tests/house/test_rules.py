"""The rules that `tests/conftest.py` lays on every test do bite."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

PYTEST = (sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-p", "pytest_timeout")
CONFTEST = Path(__file__).parents[1] / "conftest.py"
DOCUMENTATION_ADDRESS = "192.0.2.1"  # RFC 5737: belongs to nobody


def run_pytest(
    folder: Path, *texts: str, options: tuple[str, ...] = (), **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run test files under our conftest in a process of its own."""
    (folder / "tests").mkdir()
    shutil.copy(CONFTEST, folder / "tests" / "conftest.py")
    for number, text in enumerate(texts):
        (folder / "tests" / f"test_{number}.py").write_text(text, encoding="utf-8")
    (folder / "pytest.ini").write_text("[pytest]\nmarkers = unit\n integration\n e2e\n")
    clean = {
        name: value for name, value in os.environ.items() if name not in {"CI", "PYTEST_ADDOPTS"}
    }
    clean["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    return subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-p",
            "no:cacheprovider",
            "-p",
            "pytest_timeout",
            *options,
            "tests",
        ],
        cwd=folder,
        env={**clean, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_no_test_reaches_another_machine() -> None:
    with (
        socket.socket(socket.AF_INET, socket.SOCK_STREAM) as door,
        pytest.raises(RuntimeError, match="nothing but loopback"),
    ):
        door.connect((DOCUMENTATION_ADDRESS, 80))


async def test_nor_through_asyncio_nor_by_asking_for_a_name() -> None:
    with pytest.raises(RuntimeError, match="nothing but loopback"):
        await asyncio.open_connection(DOCUMENTATION_ADDRESS, 80)
    with pytest.raises(RuntimeError, match="nothing but loopback"):
        socket.getaddrinfo("example.org", 80)


async def test_loopback_stays_open() -> None:
    server = await asyncio.start_server(lambda _, writer: writer.close(), "localhost", 0)
    port = server.sockets[0].getsockname()[1]
    async with server:
        reader, writer = await asyncio.open_connection("localhost", port)
        assert await reader.read() == b""
        writer.close()
        await writer.wait_closed()


SKIPS = "import pytest\n\n@pytest.mark.integration\ndef test_it():\n    pytest.skip('no server')\n"


@pytest.mark.integration
@pytest.mark.parametrize(("ci", "code"), [("", 0), ("true", 1)])
def test_only_ci_forbids_a_skip(tmp_path: Path, ci: str, code: int) -> None:
    done = run_pytest(tmp_path, SKIPS, CI=ci)
    assert done.returncode == code, done.stdout
    assert ("CI allows no skips" in done.stdout) == bool(ci)


@pytest.mark.integration
def test_ci_has_no_model_of_its_own(tmp_path: Path) -> None:
    done = run_pytest(tmp_path, SKIPS.replace("integration", "llama"), CI="true")
    assert done.returncode == 0, done.stdout


LIMITS = """
import pytest

def limit(request):
    return request.node.get_closest_marker("timeout")

def test_unmarked(request):
    assert request.node.get_closest_marker("unit")
    assert limit(request).args == (30,)

@pytest.mark.timeout(3)
def test_its_own(request):
    assert limit(request).args == (3,)

@pytest.mark.integration
def test_marked(request):
    assert not request.node.get_closest_marker("unit")
    assert limit(request) is None
"""


@pytest.mark.integration
def test_a_test_without_a_marker_is_a_unit_test_with_a_short_limit(tmp_path: Path) -> None:
    done = run_pytest(tmp_path, LIMITS)
    assert "3 passed" in done.stdout, done.stdout


WAITS = "import pytest\n\n@pytest.mark.e2e\ndef test_waits():\n    pass\n"
COMPUTES = "def test_computes():\n    pass\n"


@pytest.mark.integration
def test_what_waits_and_what_computes_are_mixed_and_nothing_long_comes_last(tmp_path: Path) -> None:
    options = ("-p", "xdist.plugin", "-n", "1", "--dist", "loadfile", "-v")
    done = run_pytest(tmp_path, *[COMPUTES] * 8, *[WAITS] * 8, options=options)
    order = re.findall(r"PASSED \S+::test_(\w+)", done.stdout)
    assert set(order[:3]) == {"waits", "computes"}
    assert order[-3:] == ["computes"] * 3
