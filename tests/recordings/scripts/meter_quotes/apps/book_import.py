"""Publishes the tariff book that the regulator's file names. A worker, logs plain text.

The file is looked at every few seconds: name and number of bands.
"""

import logging
import os
import random
import time
from pathlib import Path

import redis
import telemetry
from prometheus_client import Counter, start_http_server

telemetry.log_with(telemetry.Plain())
log = logging.getLogger("book-import")
LOOKED = Counter("book_import_looks", "How often the file was looked at")
chance = random.Random(2)


def main() -> None:
    start_http_server(8000, os.environ["BIND"])
    books, published = redis.Redis.from_url(os.environ["REDIS_URL"]), ""
    while True:
        LOOKED.inc()
        name, bands = Path(os.environ["BOOK_FILE"]).read_text().split()
        if name != published:
            books.hset("tariff-book", mapping={"name": name, "bands": bands})
            log.info("book %s published, %s bands", name, bands)
            published = name
        elif chance.random() < 0.2:
            log.info("book %s is current", name)
        time.sleep(6)


if __name__ == "__main__":
    main()
