"""A listener that never accepts: its short queue fills, then connections time out."""

import socket
import time

door = socket.socket()
door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
door.bind(("127.0.0.1", 5432))
door.listen(0)
time.sleep(99)
