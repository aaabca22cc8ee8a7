"""diskwatch: writes segments, warns as the disk fills, and rotates them in time."""

import logging
import os
import shutil
import sys
import time
from pathlib import Path

logging.basicConfig(
    level="INFO", format="%(asctime)s %(levelname)s diskwatch: %(message)s", stream=sys.stdout
)
log = logging.getLogger()
folder = Path("/srv/data")
log.info("watching %s, alarm when no space left for 5 minutes", folder)
for n in range(150):
    (folder / f"segment-{n:04}.log").write_bytes(os.urandom(900_000))
    use = shutil.disk_usage(folder)
    share = use.used * 100 // use.total
    log.log(
        logging.WARNING if share >= 85 else logging.INFO,
        "disk usage of %s is %d%% (%d of %d MiB), segment %04d written",
        folder,
        share,
        use.used >> 20,
        use.total >> 20,
        n,
    )
    if share >= 90:
        old = sorted(folder.iterdir())[:-8]
        for path in old:
            path.unlink()
        log.info("disk almost full: rotated %d segments, space reclaimed", len(old))
    time.sleep(0.3)
