"""inventory: the service others call. INVENTORY_DELAY_FILE holds its delay in seconds."""

import json
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

DELAY = Path("/srv/data/inventory.delay")


class Stock(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if DELAY.exists():
            time.sleep(float(DELAY.read_text()))
        body = json.dumps({"stock": 12}).encode()
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        sys.stdout.write(f"{stamp} INFO inventory {format % args}\n")
        sys.stdout.flush()


ThreadingHTTPServer(("127.0.0.1", 8090), Stock).serve_forever()
