"""A client: calls URL over and over and logs how each call went. TRUST: a file of authorities."""

import logging
import os
import random
import ssl
import sys
import time
import urllib.request

logging.basicConfig(format="%(asctime)s %(levelname)s orders %(message)s", level=logging.INFO)
URL, SECONDS = sys.argv[1], float(sys.argv[2])
CONTEXT = ssl.create_default_context(cafile=os.environ.get("TRUST")) if "https" in URL else None
CHANCE = random.SystemRandom()
until, number = time.monotonic() + SECONDS, 0
while time.monotonic() < until:
    number += 1
    began = time.monotonic()
    try:
        with urllib.request.urlopen(f"{URL}/{number}", timeout=3, context=CONTEXT) as answer:  # noqa: S310
            took = 1000 * (time.monotonic() - began)
            logging.info("stock of item %d read, status %d, %.0f ms", number, answer.status, took)
    except OSError as error:
        logging.error("stock of item %d not read: %s", number, error, exc_info=False)
    time.sleep(CHANCE.expovariate(5))
