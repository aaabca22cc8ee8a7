"""Clients that begin a request and never end it, one a second."""

import socket
import time

opened = []
for _ in range(58):
    door = socket.create_connection(("127.0.0.1", 8000))
    door.send(b"GET / HT")
    opened.append(door)
    time.sleep(1)
