"""Record one log for the failure signatures: python record.py NAME OUT_FOLDER (as root).

SIG_PYTHON is a virtual environment with flask, sqlalchemy, psycopg, httpx, redis, gunicorn,
pydantic-settings, supervisor and pytest; SIG_NODE a node_modules with express, pg, ioredis, pino.
`python record.py --list` prints the names, which are also the files' names under OUT_FOLDER.
"""

import shutil
import sys
from pathlib import Path

import configuration
import deploy
import disk
import memory
import network
import pool
from stage import Stage, enter

SCENES = pool.SCENES | memory.SCENES | disk.SCENES | network.SCENES | deploy.SCENES | configuration.SCENES


def main() -> None:
    if sys.argv[1] == "--list":
        print(*SCENES, sep="\n")
        return
    name, out = sys.argv[1], Path(sys.argv[2]).resolve()
    enter(name)
    kept = Path("/srv/log/app.log")
    stage = Stage(log=kept, host=name.split("/")[1].split("_")[1])
    try:
        SCENES[name](stage)
    finally:
        stage.close()
        target = out / f"{name}.log"
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(kept, target)


if __name__ == "__main__":
    main()
