"""A server: `stock.py PORT [CERTIFICATE KEY [TLS1]]`; with CUT it resets connections."""

import os
import socket
import ssl
import struct
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Stock(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if os.environ.get("CUT"):
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()
            return
        self.send_response(int(os.environ.get("STATUS", "200")))
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"7\n")

    def log_message(self, *_: object) -> None:
        pass


server = ThreadingHTTPServer(("0.0.0.0", int(sys.argv[1])), Stock)  # noqa: S104 - a namespace
if len(sys.argv) > 3:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(sys.argv[2], sys.argv[3])
    if "TLS1" in sys.argv:
        context.set_ciphers("DEFAULT:@SECLEVEL=0")
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = ssl.TLSVersion.TLSv1
    server.socket = context.wrap_socket(server.socket, server_side=True)
server.serve_forever()
