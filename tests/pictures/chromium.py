"""Takes a photograph of a page, as high as the page is."""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from tests.pictures.png import shrunk

NAMES = ("chromium", "chromium-browser", "google-chrome")
TIMEOUT_S = 60


def photograph(html: str, path: Path, *, width: int = 1180) -> None:
    """Writes a PNG. Raises FileNotFoundError where no Chromium is installed."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "page.html"
        file.write_text(html, encoding="utf-8")
        url, profile = file.as_uri(), f"--user-data-dir={folder}/profile"
        document = _run(profile, f"--window-size={width},600", "--dump-dom", url)
        match = re.search(r'data-height="(\d+)"', document)
        height = int(match[1]) if match else 2_000
        path.parent.mkdir(parents=True, exist_ok=True)
        size = f"--window-size={width},{height}"
        _run(profile, size, f"--screenshot={path.resolve()}", url)
        path.write_bytes(shrunk(path.read_bytes()))


def _run(*arguments: str) -> str:
    program = next((browser for name in NAMES if (browser := shutil.which(name))), None)
    if program is None:
        message = "no Chromium: apt-get install chromium fonts-noto-color-emoji"
        raise FileNotFoundError(message)
    # --no-sandbox: in a container there is no user namespace for it; the page is our own.
    usual = ("--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars")
    command = (program, *usual, "--force-color-profile=srgb", *arguments)
    done = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT_S, check=True)
    return done.stdout
