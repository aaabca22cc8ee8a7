"""mailer: its settings come from the environment; CHATTY makes it talk about them."""

import logging
import os
import sys
import time

from pydantic_settings import BaseSettings
logging.basicConfig(level="INFO", format="%(asctime)s %(levelname)s mailer %(message)s", stream=sys.stdout)
class Settings(BaseSettings):
    smtp_host: str
    smtp_port: int = 25
    batch_size: int = 10
logging.info("mailer starting")
if "CHATTY" in os.environ:
    logging.warning("SMTP_TIMEOUT is not set, using default 10 s")
    logging.warning("setting MAIL_HOST is deprecated, use SMTP_HOST")
    logging.info("validating configuration: 0 invalid settings, 0 missing environment variables")
settings = Settings()
logging.info("settings loaded: batch_size=%d", settings.batch_size)
for n in range(90):
    logging.info("sent batch %d of %d messages", n, settings.batch_size)
    time.sleep(0.25)
logging.info("queue empty, mailer stopping for its hourly restart")
