"""ledger: a worker of FastAPI's age: a psycopg pool or MariaDB behind a plain HTTP server, logfmt."""

import os
import sys
import time
import traceback
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

MARIADB = "MARIADB" in os.environ
if MARIADB:
    import pymysql
else:
    from psycopg_pool import ConnectionPool

    pool = ConnectionPool("host=127.0.0.1 user=shop dbname=shop", min_size=2, max_size=4, timeout=2, open=True)


def say(level: str, words: str, **fields: object) -> None:
    stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime()) + f".{time.time_ns() // 10**6 % 1000:03}Z"
    written = " ".join(f"{name}={value}" for name, value in fields.items())
    sys.stdout.write(f'time={stamp} level={level} app=ledger msg="{words}" {written}\n')
    sys.stdout.flush()


def work(seconds: float) -> None:
    if MARIADB:
        connection = pymysql.connect(host="127.0.0.1", user="shop", database="shop")
        with connection, connection.cursor() as cursor:
            cursor.execute("select sleep(%s)", (seconds,))
    else:
        with pool.connection() as connection:
            connection.execute("select pg_sleep(%s)", (seconds,))


class Door(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        started, status = time.monotonic(), 200
        try:
            work(float(self.path.rpartition("=")[2] or 0) if "=" in self.path else 0.01)
        except Exception as error:
            status = 503
            say("error", str(error).replace('"', "'"), kind=type(error).__name__, path=self.path)
            traceback.print_exc()
        self.send_response(status)
        self.end_headers()
        say("info", "request", path=self.path, status=status, took_ms=int((time.monotonic() - started) * 1000))

    def log_message(self, format: str, *arguments: object) -> None:
        return


ThreadingHTTPServer(("127.0.0.1", 8084), Door).serve_forever()
