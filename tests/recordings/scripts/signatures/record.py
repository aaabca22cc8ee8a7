"""Record one log for the failure signatures, as root.

From the root of the repository: python3 -m tests.recordings.scripts.signatures.record NAME OUT

SIG_PYTHON is a virtual environment with flask, sqlalchemy, psycopg, httpx, redis, gunicorn,
pydantic-settings, supervisor and pytest; SIG_NODE a node_modules with express, pg, ioredis, pino.
`--list` in the place of NAME prints the names, which are also the files' names under OUT.
"""

import sys
from pathlib import Path

from tests.recordings.scripts.signatures import (
    calls,
    configuration,
    deploy,
    disk,
    memory,
    network,
    pool,
)
from tests.recordings.scripts.signatures.stage import Stage, enter

SCENES = (
    pool.SCENES
    | memory.SCENES
    | disk.SCENES
    | network.SCENES
    | deploy.SCENES
    | configuration.SCENES
    | calls.SCENES
)


def main() -> None:
    if sys.argv[1] == "--list":
        print(*SCENES, sep="\n")
        return
    name, out = sys.argv[1], Path(sys.argv[2]).resolve()
    enter(name)
    target = out / f"{name}.log"
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("wb") as kept:  # opened now: the stage hides /tmp, where it may be
        log = Path("/srv/log/app.log")
        stage = Stage(log=log, host=name.split("/")[1].split("_")[1])
        try:
            SCENES[name](stage)
        finally:
            stage.close()
            kept.write(log.read_bytes())


if __name__ == "__main__":
    main()
