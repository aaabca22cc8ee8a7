"""Writes tests that are named after a failure: python cases.py FILE LOGGER LINE NAME..."""

import sys
from pathlib import Path

file, logger, line, *names = sys.argv[1:]
body = ["import logging, pytest, time", f"log = logging.getLogger({logger!r})"]
for name in names:
    body += [
        "@pytest.mark.parametrize('number', range(15))",
        f"def test_{name}(number):",
        "    time.sleep(0.01)",
        f"    log.info({line!r}, number, {name!r})",
    ]
Path(file).write_text("\n".join(body) + "\n")
