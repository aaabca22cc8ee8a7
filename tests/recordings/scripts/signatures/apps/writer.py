"""Works with one resource over and over: `writer.py files|threads|write|message|ports SECONDS`."""

import logging
import random
import socket
import sys
import threading
import time
from pathlib import Path

logging.basicConfig(format="%(asctime)s %(levelname)s ledger %(message)s", level=logging.INFO)
KIND, SECONDS = sys.argv[1], float(sys.argv[2])
KEPT: list[object] = []
CHANCE = random.SystemRandom()


def files(number: int) -> None:
    KEPT.append(Path(f"/srv/data/{number % 7}.json").open("w"))  # noqa: SIM115 - it leaks


def threads(_number: int) -> None:
    thread = threading.Thread(target=time.sleep, args=(600,), daemon=True)
    thread.start()
    KEPT.append(thread)


def write(number: int) -> None:
    Path(f"/srv/data/{number}.json").write_text('{"total": 7}\n')


def message(number: int) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as door:
        door.setsockopt(socket.IPPROTO_IP, 10, 2)  # never fragment
        door.sendto(b"x" * (200 if number < 60 else 1460), ("127.0.0.1", 9125))


def ports(_number: int) -> None:
    KEPT.append(socket.create_connection(("127.0.0.1", 8082)))


until, number = time.monotonic() + SECONDS, 0
while time.monotonic() < until:
    number += 1
    try:
        globals()[KIND](number)
        logging.info("entry %d booked", number)
    except (OSError, RuntimeError) as error:
        named = type(error).__name__
        logging.error("entry %d not booked: %s: %s", number, named, error, exc_info=False)
    time.sleep(CHANCE.expovariate(9))
